"""The lessons as notebooks: found, titled, with answers that wait."""

import json
from pathlib import Path

import pytest

from qdml_quantum.teach import lessons
from qdml_quantum.teach.lessons import (
    find_lesson,
    lesson_files,
    notebook,
    notebook_json,
    title_of,
)

ROOT = Path(__file__).parents[2]


def test_all_lessons_are_there():
    files = lesson_files()
    assert list(files) == [f"{number:02}" for number in range(1, len(files) + 1)]
    assert set(files.values()) == set((ROOT / "examples").glob("[0-9]*.py"))
    assert len({title_of(file) for file in files.values()}) == len(files)


def test_an_installed_package_has_its_own(tmp_path, monkeypatch):
    (tmp_path / "01_shipped.py").write_text('"""Lesson: shipped."""\n', encoding="utf-8")
    monkeypatch.setattr(lessons, "_SHIPPED", tmp_path)
    assert title_of(find_lesson("shipped")) == "shipped"


def test_the_wheel_ships_them():
    """`force-include` of the build, read as it stands: `make dist` makes the wheel."""
    import tomllib

    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    made = tool["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert made == {"examples": "qdml_quantum/teach/lessons"}
    assert Path("qdml_quantum/teach/lessons") == lessons._SHIPPED.relative_to(ROOT)


@pytest.mark.parametrize(
    "which", [1, "1", "01", "double_well", "01_double_well", " 01_double_well.py"]
)
def test_a_lesson_has_a_number_and_a_name(which):
    assert find_lesson(which).name == "01_double_well.py"


@pytest.mark.parametrize("which", [0, 99, "-1", "nothing", "../setup"])
def test_no_such_lesson(which):
    with pytest.raises(ValueError, match="Unknown lesson"):
        find_lesson(which)


@pytest.mark.extra("lessons")
@pytest.mark.parametrize("file", lesson_files().values(), ids=lambda file: file.stem)
def test_a_notebook_is_the_lesson(file):
    made = json.loads(notebook_json(file))
    assert made["nbformat"] == 4
    cells = made["cells"]
    assert "".join(cells[0]["source"]).startswith("# ")
    assert not any(cell.get("outputs") for cell in cells)
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert "predict(" in code and "ask(" in code
    compile(code, file.name, "exec")


@pytest.mark.extra("lessons")
def test_answers_wait_for_a_key_on_slides():
    cells = notebook(find_lesson(9).read_text(encoding="utf-8")).cells
    kinds = {cell.metadata["slideshow"]["slide_type"] for cell in cells}
    assert kinds == {"slide", "fragment", "-"}
    for cell in cells:
        waits = cell.metadata["slideshow"]["slide_type"] == "fragment"
        folded = "hide-output" in cell.metadata.get("tags", ())
        assert waits == (folded or cell.source.startswith("<details>"))


@pytest.mark.extra("lessons")
def test_what_stands_above_the_cells_is_the_title():
    made = notebook('"""A title.\n\nMore.\n"""\n\n# %%\nx = 1\n')
    assert [cell.source for cell in made.cells] == ["x = 1"]
    made = notebook('"""A title.\n\nMore.\n"""\n\nx = 1\n')
    assert [cell.source for cell in made.cells] == ["# A title.\n\nMore.", "x = 1"]
