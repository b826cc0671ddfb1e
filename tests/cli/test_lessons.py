"""`qdml lessons`: the list, and a copy that overwrites nobody's work."""

import json
import subprocess
import sys
import webbrowser
from importlib import util
from pathlib import Path

import pytest
from command import qdml

from qdml_quantum.cli.options import MISTAKE
from qdml_quantum.teach import slides as slides_module
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


@pytest.mark.extra("lessons")
def test_a_notebook_is_opened_where_jupyter_is(here, capsys, monkeypatch):
    monkeypatch.setattr(util, "find_spec", lambda name: name == "notebook")
    started = []

    def start(command):
        started.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", start)
    assert "at once: --open" in qdml(capsys, "lessons", 9, "--output", "other.ipynb")[1]
    for _ in range(2):  # What is there is opened, and not written again.
        code, out, _ = qdml(capsys, "lessons", 9, "--open")
        assert (code, out) == (0, "09_wave_packets.ipynb\n")
        Path("09_wave_packets.ipynb").write_text("my answers", encoding="utf-8")
    assert started == 2 * [[sys.executable, "-m", "notebook", "09_wave_packets.ipynb"]]
    assert Path("09_wave_packets.ipynb").read_text() == "my answers"
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    code, _, err = qdml(capsys, "lessons", 8, "--open")
    assert code == MISTAKE and "`--open` must find Jupyter here" in err
    assert not Path("08_on_a_device.ipynb").exists()


def test_slides_are_opened_in_a_browser(here, capsys, monkeypatch):
    monkeypatch.setattr(slides_module, "slides", lambda lesson: "<p>")
    shown = []
    monkeypatch.setattr(webbrowser, "open", lambda address: shown.append(address) or True)
    code, out, _ = qdml(capsys, "lessons", 1, "--slides", "--open", "--json")
    assert code == 0 and json.loads(out)["opened"] is True
    assert shown == [(here / "01_double_well.slides.html").as_uri()]


def test_a_script_is_copied_as_it_is(here, capsys):
    code, out, _ = qdml(capsys, "lessons", "softmax", "--script", "--output", "mine.py", "--json")
    assert (code, json.loads(out)["path"]) == (0, "mine.py")
    assert (here / "mine.py").read_bytes() == find_lesson(11).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["99"], "Unknown lesson"),
        (["1", "--script", "--slides"], "not allowed with"),
        (["1", "--script", "--open"], "`--open` must be left out with --script"),
    ],
)
def test_mistakes(here, capsys, arguments, message):
    code, _, err = qdml(capsys, "lessons", *arguments)
    assert code == MISTAKE and message in err
    assert list(here.iterdir()) == []
