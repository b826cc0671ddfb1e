"""`qdml lessons`: the list, and a copy that overwrites nobody's work."""

import json

import pytest
from command import qdml

from qdml_quantum.cli.options import MISTAKE
from qdml_quantum.teach.lessons import find_lesson, lesson_files


def test_all_are_listed(capsys):
    code, out, _ = qdml(capsys, "lessons")
    assert code == 0
    assert out.splitlines()[0].strip().startswith("1  anneal a tilted double well")
    listed = json.loads(qdml(capsys, "lessons", "--json")[1])
    assert [one["lesson"] for one in listed] == [file.stem for file in lesson_files().values()]


@pytest.mark.extra("lessons")
def test_a_notebook_is_written_once(here, capsys):
    code, out, _ = qdml(capsys, "lessons", 9)
    made = here / "09_wave_packets.ipynb"
    assert code == 0 and "jupyter lab 09_wave_packets.ipynb" in out
    assert json.loads(made.read_text(encoding="utf-8"))["cells"]
    made.write_text("my answers", encoding="utf-8")
    code, _, err = qdml(capsys, "lessons", 9)
    assert code == MISTAKE and "may hold your work" in err
    assert made.read_text(encoding="utf-8") == "my answers"
    assert qdml(capsys, "lessons", 9, "--fresh")[0] == 0
    assert json.loads(made.read_text(encoding="utf-8"))["cells"]


def test_a_script_is_copied_as_it_is(here, capsys):
    code, out, _ = qdml(capsys, "lessons", "softmax", "--script", "--output", "mine.py", "--json")
    assert (code, json.loads(out)["path"]) == (0, "mine.py")
    assert (here / "mine.py").read_bytes() == find_lesson(11).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["99"], "Unknown lesson"), (["1", "--script", "--slides"], "not allowed with")],
)
def test_mistakes(here, capsys, arguments, message):
    code, _, err = qdml(capsys, "lessons", *arguments)
    assert code == MISTAKE and message in err
    assert list(here.iterdir()) == []
