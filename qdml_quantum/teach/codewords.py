"""Code words: what the page gives for a right answer, and a lecturer computes from the names.

They show who has worked, and prove nothing: the page computes them in the open.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from qdml_quantum.support.messages import bad_value
from qdml_quantum.teach.drawing import hash_of

WORDS = (
    "amber anchor aspen basalt birch brook cedar chalk clover cobalt comet coral crane delta "
    "ember falcon fern fjord flint garnet ginger glacier granite harbor hazel heron indigo iris "
    "island ivory jade juniper kestrel lagoon lantern larch lemon lichen linden lotus maple "
    "marble meadow merlin mint moss nectar nutmeg oak onyx opal orchid otter pebble pine plum "
    "quartz raven reed robin saffron sage thistle willow"
).split()
"""64 of them, so that six bits choose one."""


def plain_name(name: str) -> str:
    """A name as it is hashed: in lower case, with single blanks.

    Raises:
        ValueError: The name is empty.

    >>> plain_name("  Ada  Lovelace ")
    'ada lovelace'
    """
    plain = " ".join(name.lower().split())
    if not plain:
        raise bad_value("name", "hold a name", name)
    return plain


def code_word(name: str, exercise: str) -> str:
    """Two words and a number from the hash of a name and an exercise.

    Hashed (`hash_of`) is the name, in lower case with single blanks, a line feed, and the exercise.

    Args:
        name: Of the student, as typed into the page.
        exercise: Its id, such as ``"width"``.

    Raises:
        ValueError: The name is empty.

    >>> code_word("Ada Lovelace", "width") == code_word(" ada  lovelace ", "width")
    True
    """
    value = hash_of(f"{plain_name(name)}\n{exercise}")
    return f"{WORDS[value & 63]}-{WORDS[value >> 6 & 63]}-{(value >> 12) % 100:02d}"


class CodeCheck(NamedTuple):
    """A row of a class: who says to have solved what, with which word, and whether it is right."""

    name: str
    exercise: str
    word: str
    right: bool


def check_words(rows: Iterable[tuple[str, str, str]]) -> list[CodeCheck]:
    """Compare code words with those that the names give.

    Args:
        rows: ``(name, exercise, word)`` of every answer.

    >>> [check.right for check in check_words([("Ada", "width", "oak-oak-00")])]
    [False]
    """
    return [
        CodeCheck(name, exercise, word, code_word(name, exercise) == word.strip().lower())
        for name, exercise, word in rows
    ]


def read_answers(path: str | Path) -> list[tuple[str, str, str]]:
    """Read a table with the columns name, exercise and word (CSV with a header).

    Raises:
        OSError: The file cannot be read.
        ValueError: A column is missing.
    """
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("name", "exercise", "word")
    missing = [c for c in columns if rows and rows[0].get(c) is None]
    if missing or not rows:
        must = "be a table with the columns name, exercise, word and a row for every answer"
        raise bad_value("answers", must, f"{path}", "Write a header: name,exercise,word.")
    return [(row["name"], row["exercise"], row["word"] or "") for row in rows]
