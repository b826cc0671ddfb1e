"""Bars and words on standard error."""

import sys

from qdml_quantum.support.progress import progress_bar, say


def test_words_are_said_with_and_without_a_bar(capsys, monkeypatch):
    say("before any bar")
    with progress_bar(total=2, desc="steps") as bar:
        say("beside a bar")
        bar.update()
    monkeypatch.delitem(sys.modules, "tqdm")
    say("without tqdm")
    shown = capsys.readouterr()
    assert shown.out == ""
    for words in ("before any bar", "beside a bar", "without tqdm"):
        assert words in shown.err


def test_items_come_through_a_bar():
    assert list(progress_bar(range(3), disable=True)) == [0, 1, 2]
