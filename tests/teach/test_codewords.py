"""Code words: the same in Python and in the page, and a lecturer's check of a class."""

import json
import shutil
import subprocess

import pytest

from qdml_quantum.teach.codewords import WORDS, check_words, code_word, read_answers
from qdml_quantum.teach.lab.page import SOURCES

NAMES = ["Ada Lovelace", "李明", "Zoë", "  Émile   Borel ", "a", "Noor 💥", "<img src=x>"]


def test_words_are_sixty_four_different_ones():
    assert len(set(WORDS)) == len(WORDS) == 64


def test_names_are_read_as_people_mean_them():
    assert code_word(" ADA\tlovelace", "width") == code_word("Ada Lovelace", "width")
    assert code_word("Ada", "width") != code_word("Ada", "tunnel")
    assert code_word("Ada", "width") != code_word("Adb", "width")


def test_no_name_is_refused():
    with pytest.raises(ValueError, match="`name` must hold a name"):
        code_word("  ", "width")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_the_page_gives_the_same_words():
    script = (
        f"import {{ codeWord }} from {json.dumps((SOURCES / 'codeword.js').as_uri())};\n"
        f"console.log(JSON.stringify({json.dumps(NAMES)}.map((n) => codeWord(n, 'width'))));"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [code_word(name, "width") for name in NAMES]


def test_a_class_is_checked(tmp_path):
    table = tmp_path / "answers.csv"
    right = code_word("李明", "width")
    table.write_text(f"name,exercise,word\n李明,width,{right}\nAda,width,{right}\n", "utf-8")
    checks = check_words(read_answers(table))
    assert [check.right for check in checks] == [True, False]


def test_a_table_without_its_columns_is_refused(tmp_path):
    table = tmp_path / "answers.csv"
    table.write_text("who,what\nAda,width\n", "utf-8")
    with pytest.raises(ValueError, match="columns name, exercise, word"):
        read_answers(table)
