"""The list of all exercises, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from qdml_quantum.support.messages import unknown
from qdml_quantum.teach.exercise import Exercise, Question

ON_THE_PAGE = (
    "width",
    "tunnel",
    "slow",
    "period",
    "fall",
    "zero",
    "wheel",
    "step",
    "edge",
    "shots",
)
"""What the page of the lab can show on its stage, which measures the right answer."""

EXERCISES = (
    *ON_THE_PAGE,
    "grid",
    "point",
    "transform",
    "born",
    "chance",
    "gates",
    "cool",
    "survival",
    "temperature",
    "denoise",
)
"""Files of `exercises/`, in the order of their numbers, which begin with 1."""

_FOLDER = Path(__file__).with_name("exercises")


@cache
def _read(name: str) -> Exercise:
    return Exercise.read(_FOLDER / f"{name}.toml")


def find_exercise(which: str | int) -> Exercise:
    """An exercise by its name or its number.

    Raises:
        ValueError: There is none.

    >>> find_exercise(1).name, find_exercise("zero").title
    ('width', 'What does it cost to sit at the bottom?')
    """
    key = str(which).strip().lower()
    if key.isdecimal() and 1 <= int(key) <= len(EXERCISES):
        return _read(EXERCISES[int(key) - 1])
    if key not in EXERCISES:
        raise ValueError(unknown("exercise", which, EXERCISES))
    return _read(key)


def ask(which: str | int, name: str, attempt: int = 0, language: str = "en") -> Question:
    """The question of a student, with numbers of their own; `check` reads the answer.

    Args:
        which: Name or number of the exercise, see `EXERCISES`.
        name: Of the student.
        attempt: Another one draws other numbers.
        language: Of what is said: ``"en"`` or ``"zh"``.

    Raises:
        ValueError: There is no such exercise or language, or the name is empty.

    >>> question = ask("zero", "Ada")
    >>> print(question.text)
    ζ = x², whose minimum is 0. What is the energy of the ground state at D = 2.12?
    >>> print(question.check(0))
    Only a ball rests at the bottom. A wave at one point has endless kinetic energy.
    >>> question.check("sqrt(2.115)").right
    True
    """
    return find_exercise(which).ask(name, attempt, language)
