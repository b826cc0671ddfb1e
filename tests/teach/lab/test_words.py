"""What the page shares with the toolkit is written from it."""

import pytest

from qdml_quantum.teach.lab.page import SOURCES
from qdml_quantum.teach.lab.words import definitions_module, words_module


@pytest.mark.parametrize(
    ("file", "text"), [("words.js", words_module), ("definitions.js", definitions_module)]
)
def test_the_file_is_what_python_says(file, text):
    """Else run `python -m qdml_quantum.teach.lab.words`."""
    assert (SOURCES / file).read_text(encoding="utf-8") == text()
