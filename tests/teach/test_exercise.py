"""Feedback: every right answer is accepted, every mistake recognised, no answer left alone."""

import math

import pytest

from qdml_quantum.support.messages import FormulaError
from qdml_quantum.teach import EXERCISES, Exercise, ask, code_word, find_exercise
from qdml_quantum.teach.exercise import evaluate, short

FIRST = ["Ada", "李明", "Zoë", "Émile", "Noor"]
NAMES = [f"{FIRST[j % 5]}{j}" for j in range(60)]


def answers_of(question):
    """What a student types: the right answer, and what every mistake leads to."""
    choices = question.exercise.choices

    def typed(value):
        return choices[int(value)] if choices else value

    return typed(question.answer), {key: typed(value) for key, value in question.mistakes.items()}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_right_and_wrong_for_sixty_names(exercise):
    different = set()
    for name in NAMES:
        question = ask(exercise, name)
        right, mistakes = answers_of(question)
        said = question.check(right)
        assert (said.right, said.mistake) == (True, "")
        assert said.code_word == code_word(name, exercise)
        for key, answer in mistakes.items():
            said = question.check(answer)
            assert (said.right, said.mistake, said.code_word) == (False, key, ""), (name, key)
            assert said.text == question.say(key)
            assert len(said.text) > 20
        different.add(tuple(question.values.items()))
    assert len(different) >= 10


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_answer_as_people_round_it_is_right(exercise):
    """Three digits, or two after the point."""
    for name in NAMES[:20]:
        question = ask(exercise, name)
        if not question.exercise.choices:
            rounded = (
                f"{question.answer:.0f}" if question.exercise.whole else f"{question.answer:.3g}"
            )
            assert question.check(rounded).right, (name, rounded)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_answer_is_only_wrong(exercise):
    """Whatever is answered, something is said that helps."""
    question = ask(exercise, "Ada")
    if question.exercise.choices:
        return
    for factor in (-3, -1, -0.1, 0.123, 0.5, 1 / math.pi, 1.3, math.sqrt(2), 2, math.pi, 10, 1e6):
        said = question.check(factor * question.answer)
        assert said.right or said.mistake or question.hints[0] in said.text
        assert said.text.lower().rstrip(".") not in ("wrong", "right")


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (2.0, "factor 2"),
        (0.1, "factor 10"),
        (1 / math.pi, "factor pi"),
        (-1.0, "the sign is not"),
        (-2.0, "factor 2: .*the sign is wrong"),
        (-1.3, "wrong sign, and the size"),
        (1.3, "too large"),
        (0.8, "too small"),
        (math.nan, None),
    ],
)
def test_what_is_said_where_no_mistake_is_known(factor, words):
    bare = Exercise(
        name="bare",
        draw={"x": {"from": 3, "to": 3, "step": 1}},
        answer="x",
        mistakes={},
        words={"en": {"title": "T", "ask": "A", "hint1": "Look.", "hint2": "B", "why": "C"}},
        tolerance=0.02,
    )
    question = bare.ask("Ada")
    if words is None:
        with pytest.raises(ValueError, match="`answer` must be finite"):
            question.check(factor)
        return
    said = question.check(factor * question.answer)
    assert (said.right, said.mistake) == (False, "")
    import re

    assert re.search(words, said.text) and said.text.endswith("Look.")


def test_numbers_are_read_as_people_write_them():
    question = ask("zero", "Ada")
    root = f"{question.answer:.4f}"
    for text in (root, f" {root} ", root.replace(".", ","), f"sqrt({question.values['D']})"):
        assert question.check(text).right, text
    assert question.check("\u2212" + root).text.startswith("The size is right")
    for text in ("", "abc", "1 2", "D", "sqrt(D)"):
        with pytest.raises(ValueError, match="`answer` must be a number"):
            question.check(text)
    with pytest.raises(TypeError, match="`answer` must be a number or text"):
        question.check(None)


def test_choices_are_read_by_word_and_by_number():
    question = ask("edge", "Ada")
    for answer in ("other", "OTHER", "on the left half, moving on", "3", 3):
        assert question.check(answer).right, answer
    assert question.check("lost").mistake == "lost"
    for answer in ("5", "0", "nowhere", 2.5):
        with pytest.raises(ValueError, match="be one of reflected, on the right"):
            question.check(answer)
    steps = ask("step", "Ada")
    assert steps.check(0.05).mistake == steps.check("0.05").mistake == "shy"


def test_the_question_of_a_notebook_hides_its_hints():
    html = ask("edge", "<script>")._repr_html_()
    assert html.count("<details>") == 2
    assert "<script>" not in html
    said = ask("zero", "Ada").check(0)
    assert "Not yet" in said._repr_html_()


def test_unfair_exercises_are_refused():
    same = Exercise(
        name="same",
        draw={"x": {"from": 1, "to": 2, "step": 1}},
        answer="x",
        mistakes={"again": "x"},
        words={"en": {}},
        tolerance=0.01,
    )
    with pytest.raises(RuntimeError, match="no fair numbers"):
        same.ask("Ada")


def test_formulas_know_their_numbers_only():
    assert evaluate("64", {}) == 64
    assert math.isnan(evaluate("sqrt(x)", {"x": -1.0}))
    with pytest.raises(FormulaError):
        evaluate("x", {"D": 1.0})


def test_a_file_is_read(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        'tolerance = 0.01\nanswer = "2*x"\n[draw]\nx = { from = 1, to = 9, step = 1 }\n'
        '[mistakes]\nonce = "x"\n[en]\ntitle = "T"\nask = "Twice {x}?"\nhint1 = "A"\n'
        'hint2 = "B"\nwhy = "C"\nonce = "Twice."\n'
    )
    question = Exercise.read(file).ask("Ada")
    assert question.text == f"Twice {question.values['x']:.0f}?"
    assert str(question.check(question.values["x"])) == "Twice."
    assert str(question.check(2 * question.values["x"])).startswith("Right. C\nCode word: ")
    with pytest.raises(OSError, match="nothing"):
        Exercise.read(tmp_path / "nothing.toml")


def test_numbers_are_short():
    assert [short(v) for v in (0.0, 1.25, 12.34, 123.4, -0.0123456)] == [
        "0", "1.25", "12.3", "123", "-0.0123",
    ]  # fmt: skip


def test_every_exercise_says_its_name():
    assert repr(find_exercise("zero").ask("Ada")) == "<Question zero of Ada>"
