"""An exercise: a file of questions, formulas and mistakes; and what a student gets of it."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from qdml_quantum.objectives.formulas.formula import parse_number, parse_tree, value_of
from qdml_quantum.objectives.formulas.tokens import tokenize
from qdml_quantum.support.html import block, folded, paragraph
from qdml_quantum.support.messages import FormulaError, any_of, bad_type, bad_value
from qdml_quantum.teach.codewords import code_word, plain_name
from qdml_quantum.teach.drawing import draw, hash_of, stream

TRIALS = 300
"""Drawings after which an exercise is taken for one that has no fair parameters; that of the page.
Of sixty names the longest took 61 [measured]."""

LANGUAGES = ("en", "zh")

_HOLE = re.compile(r"\{(\w+)(?:\[(\w+)\])?(?::\.(\d)([fe]))?\}")
_FACTORS = {
    "two": 2.0,
    "root": math.sqrt(2),
    "pi": math.pi,
    "tau": math.tau,
    "ten": 10.0,
    "hundred": 100.0,
}
_SAID: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("said.toml").read_text(encoding="utf-8")
)
"""What is said beside the texts of an exercise."""


def evaluate(text: str, values: Mapping[str, float]) -> float:
    """The value of a formula in named numbers; NaN where it is none.

    Raises:
        FormulaError: It is no formula of the language.

    >>> evaluate("2*D*k", {"D": 0.5, "k": 3.0})
    3.0
    """
    tokenize(text, values)
    import numpy as np

    arrays = [np.asarray(value, dtype=float) for value in values.values()]
    with np.errstate(all="ignore"):
        return float(value_of(parse_tree(text, tuple(values)), arrays))


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A question whose numbers are drawn from a name; one file of `exercises/`, read by `read`.

    Formulas are those of objectives, in the drawn numbers, what was measured, `let`, and `answer`.
    The page of the lab reads the same definition.

    Args:
        name: Of its file, such as ``"width"``.
        draw: A rule for every drawn number, see `draw`.
        answer: Formula of the right answer; of a choice, its index.
        mistakes: Formulas of likely wrong answers, by name; each has a text of that name.
        words: Texts by language (``en``, ``zh``): ``title``, ``ask``, ``hint1``, ``hint2``,
            ``why``, and of every mistake. ``{D}`` is a number, ``{gap:.4f}`` one with four digits,
            ``{shape[a]}`` the text ``shape0``, ``shape1``, ... with the number a.
        let: Formulas of what others use, in order.
        measured: Name of the function in `measures.MEASURES` that gives numbers besides.
        fair: Conditions on the numbers; others are drawn until all hold.
        tolerance: Relative distance that counts as equal; 0 for choices and whole numbers.
        whole: Whether the answer is a whole number, which has to be hit.
        choices: What is offered, where the answer is one of them.
        sides: Mistakes that are meant below and above the right one, where choices have an order.
    """

    name: str
    draw: Mapping[str, Mapping[str, Any]]
    answer: str
    mistakes: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    let: Mapping[str, str] = field(default_factory=dict)
    measured: str = ""
    fair: tuple[str, ...] = ()
    tolerance: float = 0.0
    whole: bool = False
    choices: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: str | Path) -> Exercise:
        """Read a file (TOML): the fields, and a table of texts for each language.

        Raises:
            OSError: It cannot be read.
        """
        path = Path(path)
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        data["words"] = {key: data.pop(key) for key in LANGUAGES if key in data}
        data |= {key: tuple(data[key]) for key in ("fair", "choices", "sides") if key in data}
        return cls(name=path.stem, **data)

    @property
    def title(self) -> str:
        """The question in a line."""
        return self.words["en"]["title"]

    def ask(self, name: str, attempt: int = 0, language: str = "en") -> Question:
        """The question of a student: the same for the same name and attempt, in any language.

        Numbers are drawn until the right answer and all mistakes lie apart.

        Raises:
            ValueError: The name is empty, or the exercise has no such language.
        """
        if language not in self.words:
            raise bad_value("language", f"be {any_of(self.words)}", language)
        following = stream(hash_of(f"{plain_name(name)}\n{self.name}\n{attempt}"))
        for _ in range(TRIALS):
            question = self._question(name, draw(self.draw, following), language)
            if question is not None:
                return question
        raise RuntimeError(f"The exercise {self.name} has no fair numbers in {TRIALS} drawings.")

    def _question(self, name: str, values: dict[str, float], language: str) -> Question | None:
        """The question with these numbers, if it is a fair one."""
        if self.measured:
            from qdml_quantum.teach.measures import MEASURES

            values = values | MEASURES[self.measured](values)
        for key, formula in (*self.let.items(), ("answer", self.answer)):
            values = values | {key: evaluate(formula, values)}
        if not all(evaluate(f"where({condition}, 1, 0)", values) for condition in self.fair):
            return None
        mistakes = {key: evaluate(formula, values) for key, formula in self.mistakes.items()}
        question = Question(self, name, values, mistakes, language)
        return question if self.choices or question.is_apart() else None


@dataclass(frozen=True)
class Question:
    """An exercise with the numbers of a student; made by `Exercise.ask`.

    Args:
        exercise: What is asked.
        name: Of the student.
        values: All numbers, `answer` among them.
        mistakes: What each mistake leads to.
        language: One of `LANGUAGES`.
    """

    exercise: Exercise
    name: str
    values: Mapping[str, float]
    mistakes: Mapping[str, float]
    language: str = "en"

    @property
    def title(self) -> str:
        """The question in a line."""
        return self._words["title"]

    @property
    def answer(self) -> float:
        """The right answer; of a choice, its index."""
        return self.values["answer"]

    @property
    def text(self) -> str:
        """What is asked, with the numbers of the student."""
        return self.say("ask")

    @cached_property
    def hints(self) -> tuple[str, str]:
        """Two steps towards the answer."""
        return self.say("hint1"), self.say("hint2")

    def hint_lines(self, number: int) -> list[str]:
        """The first hints, each in a line with its number."""
        word = _SAID[self.language]["hint"]
        return [f"{word} {j}. {hint}" for j, hint in enumerate(self.hints[:number], 1)]

    @property
    def choices(self) -> tuple[str, ...]:
        """What is offered, in words; nothing where a number is asked."""
        words = self._words
        return tuple(words.get(f"choice_{choice}", choice) for choice in self.exercise.choices)

    def say(self, key: str) -> str:
        """A text of the exercise with the numbers filled in."""
        words = self._words

        def filled(hole: re.Match[str]) -> str:
            word, index, digits, kind = hole.groups()
            if index:
                return words[f"{word}{int(self.values[index])}"]
            value = self.values[word]
            return f"{value:.{digits}{kind}}" if digits else short(value)

        return _HOLE.sub(filled, words[key])

    def check(self, answer: float | str) -> Feedback:
        """Say whether an answer is right, or which mistake it is and what to look at.

        Args:
            answer: A number, or text: ``"0.5"``, ``"pi/2"``; of a choice its word or its number,
                counted from 1.

        Raises:
            ValueError: It is no number, or none of the choices.
        """
        value = self._value(answer)
        if self.exercise.choices:
            value = self._chosen(answer, value)
        if self._is_near(value, self.answer):
            word = code_word(self.name, self.exercise.name)
            said = _SAID[self.language]["right"].format(why=self.say("why"))
            return Feedback(True, "", said, word, self.language)
        mistake = self._mistake(value)
        said = self.say(mistake) if mistake else self._other(value)
        return Feedback(False, mistake, said, language=self.language)

    def is_apart(self) -> bool:
        """Whether no answer can be near two of the right one and the mistakes."""
        ends = [self.answer, *self.mistakes.values()]
        return all(map(math.isfinite, ends)) and all(
            abs(a - b) > self._reach(a) + self._reach(b)
            for j, a in enumerate(ends)
            for b in ends[j + 1 :]
        )

    def _reach(self, value: float) -> float:
        """Half the width of what counts as a value."""
        if self.exercise.choices or self.exercise.whole:
            return 0.25
        return self.exercise.tolerance * max((abs(value), 0.5 * abs(self.answer))) + 1e-9

    def _is_near(self, answer: float, value: float) -> bool:
        return abs(answer - value) <= self._reach(value)

    def _mistake(self, value: float) -> str:
        """The name of a mistake, or nothing."""
        if self.exercise.sides:
            return self.exercise.sides[value > self.answer]
        near = (key for key, wrong in self.mistakes.items() if self._is_near(value, wrong))
        return next(near, "")

    def _other(self, value: float) -> str:
        """What to say to an answer to which no known mistake leads."""
        said, ratio = _SAID[self.language], value / self.answer

        def with_hint(key: str, **words: str) -> str:
            return said[key].format(hint=self.hints[0], **words)

        if self._is_near(-value, self.answer):
            return with_hint("sign")
        for key, factor in _FACTORS.items():
            for scale in (factor, 1 / factor):
                if self._is_near(abs(value) / scale, abs(self.answer)):
                    return with_hint("both" if ratio < 0 else "factor", factor=said[key])
        return with_hint("neither" if ratio < 0 else "large" if ratio > 1 else "small")

    @property
    def _words(self) -> Mapping[str, str]:
        return self.exercise.words[self.language]

    def _value(self, answer: float | str) -> float:
        """The number that is meant; NaN for words, which only a choice may be."""
        if isinstance(answer, str):
            plain = re.sub("[\u2212\u2013]", "-", answer.strip())
            plain = re.sub(r"(?<=\d),(?=\d)", ".", plain)
            if self.exercise.choices and not re.match(r"[-+\d.]", plain):
                return math.nan
            try:
                return parse_number(plain)
            except FormulaError:
                must = "be a number, such as 0.5 or pi/2"
                raise bad_value("answer", must, answer) from None
        try:
            value = float(answer)
        except (TypeError, ValueError):
            raise bad_type("answer", "be a number or text", answer) from None
        if not math.isfinite(value):
            raise bad_value("answer", "be finite", value)
        return value

    def _chosen(self, answer: float | str, value: float) -> float:
        """The index of a choice."""
        names = [choice.lower() for choice in self.exercise.choices]
        shown = [choice.lower() for choice in self.choices]
        word = str(answer).strip().lower()
        for texts in (names, shown, [f"{number}" for number in _numbers(names)]):
            if word in texts:
                return texts.index(word)
        if value in _numbers(names):
            return _numbers(names).index(value)
        if value in range(1, len(names) + 1):
            return value - 1
        must = f"be one of {', '.join(self.choices)}"
        raise bad_value("answer", must, answer, "Its number, counted from 1, will do as well.")

    def _lines(self) -> Iterator[str]:
        yield self.title
        yield self.text
        yield from (f"  {j}) {choice}" for j, choice in enumerate(self.choices, 1))

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def __repr__(self) -> str:
        return f"<Question {self.exercise.name} of {self.name}>"

    def _repr_html_(self) -> str:
        title, *lines = self._lines()
        word = _SAID[self.language]["hint"]
        steps = (folded(f"{word} {j}", paragraph(hint)) for j, hint in enumerate(self.hints, 1))
        return block(title, *map(paragraph, lines), *steps)


@dataclass(frozen=True)
class Feedback:
    """What is said to an answer.

    Args:
        right: Whether it is right.
        mistake: Name of the mistake that leads there; empty for none that is known.
        text: What to look at, or why it is right.
        code_word: What a lecturer can check; empty for a wrong answer.
        language: Of the text.
    """

    right: bool
    mistake: str
    text: str
    code_word: str = ""
    language: str = "en"

    def __str__(self) -> str:
        code = _SAID[self.language]["code"].format(word=self.code_word)
        return f"{self.text}\n{code}" if self.right else self.text

    def _repr_html_(self) -> str:
        head, *rest = str(self).splitlines()
        return block(
            _SAID[self.language]["yes" if self.right else "no"], *map(paragraph, (head, *rest))
        )


def short(value: float) -> str:
    """A number with the digits that people want.

    >>> short(0.12345), short(3.0), short(45.678), short(-1024)
    ('0.123', '3', '45.7', '-1024')
    """
    size = abs(value)
    digits = ".0f" if size >= 100 or not size else ".1f" if size >= 10 else ".2f"
    text = f"{value:{digits}}" if size >= 1 or not size else f"{value:.3g}"
    return f"{float(text):.6g}"


def _numbers(names: list[str]) -> list[float]:
    """The choices as numbers, if they are."""
    try:
        return [float(name) for name in names]
    except ValueError:
        return []
