"""`qdml teach`: the list, a question, hints, answers of all kinds, and the check of a class."""

import json

import pytest
from command import qdml

from qdml_quantum.cli.options import FAILED, MISTAKE
from qdml_quantum.teach import EXERCISES, ask, code_word


def test_all_are_listed(capsys):
    code, out, _ = qdml(capsys, "teach")
    assert code == 0
    rows = out.splitlines()
    assert rows[0].split()[:2] == ["1", "width"]
    assert sum(row.split()[1:2] == [name] for row in rows for name in EXERCISES) == 20
    listed = json.loads(qdml(capsys, "teach", "--json")[1])
    assert [one["exercise"] for one in listed] == list(EXERCISES)


def test_a_question_has_the_numbers_of_the_name(capsys):
    code, out, _ = qdml(capsys, "teach", 6, "--name", "Ada Lovelace")
    assert code == 0
    assert ask("zero", "Ada Lovelace").text in out
    assert "Hint" not in out
    assert "qdml teach 6 --name 'Ada Lovelace' --answer" in out
    other = qdml(capsys, "teach", "zero", "--name", "Ada Lovelace", "--attempt", 1)[1]
    assert ask("zero", "Ada Lovelace", 1).text in other != out


def test_hints_come_in_steps(capsys):
    first, second = ask("zero", "Ada").hints
    once = qdml(capsys, "teach", "zero", "--name", "Ada", "--hint")[1]
    assert first in once and second not in once
    twice = qdml(capsys, "teach", "zero", "--name", "Ada", "--hint", "--hint")[1]
    assert first in twice and second in twice


def test_a_right_answer_gives_the_word(capsys):
    question = ask("fall", "Ada")
    code, out, _ = qdml(
        capsys, "teach", "fall", "--name", "Ada", "--answer", f"{question.answer:.3f}"
    )
    assert code == 0
    assert f"Code word: {code_word('Ada', 'fall')}" in out


def test_a_mistake_is_named(capsys):
    question = ask("fall", "Ada")
    answer = f"{question.mistakes['newton']:.3f}"
    code, out, _ = qdml(capsys, "teach", "fall", "--name", "Ada", "--answer", answer)
    assert code == FAILED
    assert out.splitlines()[0] == "That is Newton for m = 1. Here m = 1/(2D)."
    assert "Code word" not in out
    said = json.loads(
        qdml(capsys, "teach", "fall", "--name", "Ada", "--answer", answer, "--json")[1]
    )
    assert (said["right"], said["mistake"], said["code_word"]) == (False, "newton", "")


def test_a_choice_is_answered_by_its_word(capsys):
    assert qdml(capsys, "teach", "edge", "--name", "Ada", "--answer", "other")[0] == 0
    code, out, _ = qdml(capsys, "teach", "edge", "--name", "Ada", "--answer", "lost")
    assert (code, "norm stays 1" in out) == (FAILED, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([21, "--name", "Ada"], "Unknown exercise"),
        (["zero"], "Write --name"),
        (["zero", "--name", " "], "must hold a name"),
        (["zero", "--name", "Ada", "--answer", "x"], "such as 0.5 or pi/2"),
        (["zero", "--name", "Ada", "--attempt", "-1"], "`--attempt` must be at least 0"),
        (["edge", "--name", "Ada", "--answer", "up"], "be one of reflected"),
        (["verify"], "qdml teach verify answers.csv"),
        (["verify", "nothing.csv"], "nothing.csv"),
        (["zero", "answers.csv"], "be verify where a table is given"),
    ],
)
def test_mistakes(here, capsys, arguments, message):
    code, out, err = qdml(capsys, "teach", *arguments)
    assert (code, out) == (MISTAKE, "")
    assert message in err


def test_a_class_is_verified(here, capsys):
    rows = [
        ("Ada", "width", code_word("Ada", "width")),
        ("李明", "20", code_word("李明", "denoise").upper()),
        ("Eve", "width", "oak-oak-00"),
        ("Eve", "wdth", code_word("Eve", "wdth")),
        ("Ada", "game 84", code_word("Ada", "game 84")),
    ]
    table = here / "a.csv"
    head = "name,exercise,word\n"
    table.write_text(head + "".join(f"{','.join(row)}\n" for row in rows), encoding="utf-8")
    code, out, _ = qdml(capsys, "teach", "verify", "a.csv")
    assert code == FAILED
    assert [line.split()[0] for line in out.splitlines()] == [
        "right", "right", "WRONG", "WRONG", "right",
    ]  # fmt: skip
    assert "no such exercise" in out.splitlines()[3]
    checks = json.loads(qdml(capsys, "teach", "verify", "a.csv", "--json")[1])
    assert [check["right"] for check in checks] == [True, True, False, False, True]
    table.write_text(head + ",".join(rows[0]) + "\n", encoding="utf-8")
    assert qdml(capsys, "teach", "verify", "a.csv")[0] == 0


def test_in_chinese(capsys):
    code, out, _ = qdml(capsys, "teach", "born", "--name", "李明", "--language", "zh", "--hint")
    assert code == 0 and out.startswith("测到的有多宽？") and "提示 1. " in out
    assert "--language zh --answer" in out
    assert (
        "两比特门" not in out and "测到的有多宽？" in qdml(capsys, "teach", "--language", "zh")[1]
    )
