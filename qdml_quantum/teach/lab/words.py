"""What the page shares with Python, written for it: words of formulas, code words, exercises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from qdml_quantum.objectives.formulas import formula, grammar, tokens
from qdml_quantum.teach.catalogue import ON_THE_PAGE, find_exercise
from qdml_quantum.teach.codewords import WORDS

_HEAD = "/* Written by `python -m qdml_quantum.teach.lab.words`"


def words_module() -> str:
    """The file ``js/words.js``: what `grammar` says, as one JavaScript constant.

    >>> words_module().splitlines()[1]
    'export const WORDS = {'
    """
    words = {
        "letters": grammar.LETTERS,
        "numbered": grammar.NUMBERED,
        "constants": grammar.CONSTANTS,
        "functions": {name: limits for name, (_, *limits) in grammar.FUNCTIONS.items()},
        "keywords": _together(grammar.KEYWORDS),
        "names": grammar.INSTEAD_OF_NAME,
        "signs": grammar.INSTEAD_OF_SIGN,
        "lookAlikes": grammar.LOOK_ALIKES,
        "longest": tokens.LONGEST,
        "mostBrackets": tokens.MOST_BRACKETS,
        "deepest": formula.DEEPEST,
        "code": " ".join(WORDS),
    }
    lines = ",\n".join(f"  {name}: {_json(words[name])}" for name in words)
    return (
        f"{_HEAD} from the formula language of Python. */\nexport const WORDS = {{\n{lines},\n}};\n"
    )


def _together(remedies: Mapping[str, str]) -> dict[str, str]:
    """Words with one remedy in one line, with blanks between them: half of them share theirs."""
    kept: dict[str, list[str]] = {}
    for word, remedy in remedies.items():
        kept.setdefault(remedy, []).append(word)
    return {remedy: " ".join(words) for remedy, words in kept.items()}


def _json(value: object) -> str:
    """Letters as they are, but for those that nobody sees."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def definitions_module() -> str:
    """The file ``js/definitions.js``: the exercises that the page has on its stage.

    >>> definitions_module().count('"title"')  # in two languages
    20
    """
    lines = ",\n".join(_definition(name) for name in ON_THE_PAGE)
    shape = '/** @type {import("./exercises.js").Definition[]} */'
    return (
        f"{_HEAD} from the files of teach/exercises. */\n"
        f"{shape}\nexport const DEFINITIONS = [\n{lines},\n];\n"
    )


def _definition(name: str) -> str:
    """An exercise on one line, which nobody edits here, without what is empty."""
    fields: dict[str, Any] = asdict(find_exercise(name))
    kept = {key: value for key, value in fields.items() if value or key == "tolerance"}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    from pathlib import Path

    folder = Path(__file__).with_name("js")
    folder.joinpath("words.js").write_text(words_module(), encoding="utf-8")
    folder.joinpath("definitions.js").write_text(definitions_module(), encoding="utf-8")
