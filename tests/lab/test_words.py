"""The words that the page shares with the toolkit."""

from qdml_quantum.lab.page import SOURCES
from qdml_quantum.lab.words import words_module


def test_the_file_is_what_the_language_says():
    """Else run `python -m qdml_quantum.lab.words`."""
    assert (SOURCES / "words.js").read_text(encoding="utf-8") == words_module()
