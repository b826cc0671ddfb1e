"""The words of the formula language, and code words, for the page: one definition for both."""

from __future__ import annotations

import json
from collections.abc import Mapping

from qdml_quantum.lab.codewords import WORDS
from qdml_quantum.objectives.formulas import formula, grammar, tokens


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
        "/* Written by `python -m qdml_quantum.lab.words` from the formula language of Python. */\n"
        f"export const WORDS = {{\n{lines},\n}};\n"
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


if __name__ == "__main__":
    from pathlib import Path

    Path(__file__).with_name("js").joinpath("words.js").write_text(words_module(), encoding="utf-8")
