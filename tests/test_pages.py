"""What the package, its tests and its pages name as a page is a file of this repository."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("qdml_quantum", "tests", "docs", "examples", "benchmarks", "circuits")
FILES = sorted(
    file
    for pattern in ("*.py", "*.pyi", "*.md", "*.toml", "*.json")
    for place in (ROOT.glob(pattern), *((ROOT / name).rglob(pattern) for name in FOLDERS))
    for file in place
    if file.name != Path(__file__).name and ROOT / "docs" / "reference" not in file.parents
)

PAGE = re.compile(r"(?<![\w*}/.-])((?:\.\./)*[\w./-]*\w\.(?:md|rst))\b(?:#([\w-]+))?")
SECTION = re.compile(r"\b([A-Z]{4,}),? section")


def pages_named_in(text):
    """(path, anchor or an empty string) of every page that the text names.

    A name in capitals with a section is a page too, as in "README, section 2".
    """
    yield from PAGE.findall(text)
    yield from ((f"{name}.md", "") for name in SECTION.findall(text))


def is_there(path, file):
    """Pages are named from the folder of the file that names them, or from the top."""
    return (file.parent / path).is_file() or (ROOT / path).is_file()


def anchors(page):
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_pages_that_are_named_are_there(file):
    named = set(pages_named_in(file.read_text(encoding="utf-8")))
    assert {path for path, _ in named if not is_there(path, file)} == set()
    for path, anchor in named:
        if anchor:
            assert anchor in anchors((file.parent / path).resolve()), f"{path}#{anchor}"


def test_the_search_sees_every_way_to_name_a_page():
    text = "[a](../docs/x.md#few-steps), see y.md, `A.md`: (PLAN, section 5) and docs/*.md"
    assert set(pages_named_in(text)) == {
        ("../docs/x.md", "few-steps"),
        ("y.md", ""),
        ("A.md", ""),
        ("PLAN.md", ""),
    }
    assert not is_there("PLAN.md", Path(__file__))
    assert is_there("docs/theory.md", Path(__file__))
    assert is_there("../README.md", Path(__file__))
    assert "few-steps" in anchors(ROOT / "docs" / "theory.md")
