"""`qdml teach`: exercises that know likely mistakes, and the check of code words."""

from __future__ import annotations

import argparse
from typing import Any

from qdml_quantum.cli import options as shared

VERIFY = "verify"


def _add(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    text = "number or name of an exercise; or verify, and a table"
    add("exercise", nargs="?", metavar="EXERCISE", help=f"{text}; without it all are listed")
    text = "of verify: a table (CSV) with the columns name, exercise, word"
    add("table", nargs="?", metavar="ANSWERS.csv", help=text)
    add("--name", help="your name, from which the numbers are drawn")
    add("--answer", help="a number, such as 0.5 or pi/2; or one of the choices")
    add("--hint", action="count", default=0, help="show a hint; twice: the second one, too")
    text = "draw other numbers: 1, 2, ..."
    add("--attempt", type=int, default=0, metavar="N", help=text)
    add("--language", choices=("en", "zh"), default="en", help="of questions and answers")
    shared.add_output(parser)


def _teach(options: argparse.Namespace) -> int:
    if options.exercise == VERIFY:
        return _verify(options)
    from qdml_quantum.support.messages import bad_value, count
    from qdml_quantum.teach import find_exercise

    if options.table is not None:
        raise bad_value("exercise", f"be {VERIFY} where a table is given", options.exercise)
    if options.exercise is None:
        return _list(options)
    exercise = find_exercise(options.exercise)
    if options.name is None:
        remedy = "Write --name and your name: your numbers are drawn from it."
        raise bad_value("name", "be given", "missing", remedy)
    question = exercise.ask(
        options.name, count("attempt", options.attempt, least=0), options.language
    )
    facts: dict[str, Any] = {
        "exercise": exercise.name,
        "name": options.name,
        "attempt": options.attempt,
        "title": question.title,
        "question": question.text,
        "choices": list(question.choices),
        "hints": list(question.hints[: options.hint]),
    }
    if options.answer is None:
        lines = [str(question), *question.hint_lines(options.hint)]
        shared.report(options, facts, [*lines, "", _next(options)])
        return 0
    said = question.check(options.answer)
    facts |= {"right": said.right, "mistake": said.mistake, "says": said.text}
    facts |= {"code_word": said.code_word}
    again = [] if said.right else ["", _next(options)]
    shared.report(options, facts, [str(said), *again])
    return 0 if said.right else shared.FAILED


def _next(options: argparse.Namespace) -> str:
    """What to type next."""
    import os
    import shlex
    import subprocess

    posix = os.name == "posix"  # Other shells know double quotes only.
    name = shlex.quote(options.name) if posix else subprocess.list2cmdline([options.name])
    said = f"qdml teach {options.exercise} --name {name}"
    more = f" --attempt {options.attempt}" if options.attempt else ""
    more += f" --language {options.language}" if options.language != "en" else ""
    return f"{said}{more} --answer ...   (or --hint)"


def _list(options: argparse.Namespace) -> int:
    from qdml_quantum.teach import EXERCISES, find_exercise

    facts = [
        {
            "number": j,
            "exercise": name,
            "title": find_exercise(name).words[options.language]["title"],
        }
        for j, name in enumerate(EXERCISES, 1)
    ]
    lines = [f"{one['number']:>2}  {one['exercise']:<13}{one['title']}" for one in facts]
    shared.report(options, facts, [*lines, "", "qdml teach 1 --name ANNA"])
    return 0


def _verify(options: argparse.Namespace) -> int:
    from qdml_quantum.support.messages import bad_value
    from qdml_quantum.teach import EXERCISES, check_words, read_answers

    if options.table is None:
        remedy = f"Write qdml teach {VERIFY} answers.csv."
        raise bad_value("table", "be given", "missing", remedy)
    numbers = {str(j): name for j, name in enumerate(EXERCISES, 1)}
    rows = [
        (who, numbers.get(what.strip(), what.strip().lower()), word)
        for who, what, word in read_answers(options.table)
    ]
    checks = [c._replace(right=c.right and _is_known(c.exercise)) for c in check_words(rows)]
    shared.report(options, [check._asdict() for check in checks], [_row(c) for c in checks])
    return 0 if all(check.right for check in checks) else shared.FAILED


def _is_known(exercise: str) -> bool:
    """Whether it is one of the list, or a score of the game."""
    from qdml_quantum.teach import EXERCISES

    return exercise in EXERCISES or exercise.startswith("game ")


def _row(check: Any) -> str:
    said = "" if _is_known(check.exercise) else " (there is no such exercise)"
    word = "right" if check.right else "WRONG"
    return f"{word:<7}{check.name}, {check.exercise}: {check.word}{said}"


COMMANDS = (
    shared.Command("teach", "exercises that know likely mistakes; verify code words", _add, _teach),
)
