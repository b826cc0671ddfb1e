"""The words of the formula language, and code words, for the page: one definition for both."""

from __future__ import annotations

import json

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
        "keywords": grammar.KEYWORDS,
        "names": grammar.INSTEAD_OF_NAME,
        "signs": grammar.INSTEAD_OF_SIGN,
        "lookAlikes": grammar.LOOK_ALIKES,
        "longest": tokens.LONGEST,
        "mostBrackets": tokens.MOST_BRACKETS,
        "deepest": formula.DEEPEST,
        "code": WORDS,
    }
    lines = ",\n".join(f"  {name}: {json.dumps(words[name])}" for name in words)
    return (
        "/* Written by `python -m qdml_quantum.lab.words` from the formula language of Python. */\n"
        f"export const WORDS = {{\n{lines},\n}};\n"
    )


if __name__ == "__main__":
    from pathlib import Path

    Path(__file__).with_name("js").joinpath("words.js").write_text(words_module(), encoding="utf-8")
