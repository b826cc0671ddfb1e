"""A script without what only its readers need: comments, indentation, blanks and line breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<blank>\s+)
    |(?P<word>[\w$#]+)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<sign>\+\+|--|[^\w\s"'`])""",
    re.S | re.X,
)
_PATTERN = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.S)

_SHEET = re.compile(r"\s*([{};,])\s*|(?<=:)\s+")

_BEFORE_PATTERN = {
    *("return", "typeof", "case", "in", "of", "new", "delete", "void", "throw", "do", "else"),
    *("yield", "await"),
}
"""Words behind which a slash begins a pattern; behind any other word it divides."""
_CLOSED = {")", "]", "}", "++", "--"}
"""Signs behind which a statement may be over."""
_HEADS = {"if", "for", "while"}
"""Words before brackets behind which a semicolon is a statement by itself."""
_GOES_ON = set(")]},;.?:&|=<>%")
"""Signs that no statement begins with: a line break before them ends nothing."""


def lean(script: str) -> str:
    r"""The same script in fewer bytes: what a string, a template or a pattern holds is not touched.

    A line break stays where it could end a statement, a blank where it keeps two tokens apart, a
    semicolon before a brace where it is the whole of a statement.
    Names stay as they are, so that the page can be read and debugged. Two things differ on purpose:
    lines inside of a template lose their indentation, which HTML does not mind, and a template with
    the tag ``css`` its blanks around brackets, semicolons, colons and commas.

    Args:
        script: Modules of the page, which are valid and end their statements with semicolons.

    Raises:
        ValueError: A string, a template or a pattern is never closed.

    >>> lean("/** Doc. */\nconst a = b + +c; // why\n  f( a,\n    2 )\n")
    'const a=b+ +c;f(a,2)'
    """
    written: list[str] = []
    last, gap = "", ""
    heads: list[bool] = []
    head = empty = False
    for kind, text in _tokens(script):
        if kind == "comment":
            gap += "\n" if "\n" in text else " "
        elif kind == "blank":
            gap += text
        else:
            if text == "}" and last == ";" and not empty:
                del written[-2:]
            elif text == ";":
                empty = last in ("else", "do", ";") or (last == ")" and head)
            elif text == "(":
                heads.append(last in _HEADS)
            elif text == ")":
                head = heads.pop()
            written += [_between(last, gap, text), text]
            last, gap = text, ""
    return "".join(written)


def _between(last: str, gap: str, text: str) -> str:
    """What has to stay of a gap between two tokens."""
    if not last or not gap:
        return ""
    if "\n" in gap:
        over = last in _CLOSED or _wordlike(last[-1]) or last[-1] in "\"'`/"
        return "\n" if over and text[0] not in _GOES_ON else ""
    words = _wordlike(last[-1]) and _wordlike(text[0])
    signs = last[-1] + text[0] in {"++", "--", "//", "/*"} or (last.isdigit() and text == ".")
    return " " if words or signs else ""


def _wordlike(sign: str) -> bool:
    return sign.isalnum() or sign in "_$#"


def _tokens(script: str) -> Iterator[tuple[str, str]]:
    """Kind and text of every token; a template is cut where it holds an expression."""
    index, last = 0, ""
    templates: list[int] = []  # how many braces are open in each expression of a template
    while index < len(script):
        resumes = script[index] == "}" and bool(templates) and templates[-1] == 0
        if script[index] == "`" or resumes:
            kind, text = "string", _template(script, index)
            if resumes:
                templates.pop()
            if text.endswith("${"):
                templates.append(0)
            index += len(text)
            text = _SHEET.sub(r"\1", text) if last == "css" else re.sub(r"\n[ \t]+", "\n", text)
        else:
            match = _PATTERN.match(script, index) if _begins_pattern(script, index, last) else None
            kind = "string" if match else ""
            match = match or _TOKEN.match(script, index)
            if match is None:
                raise _open(script, index, "string")
            kind, text = kind or str(match.lastgroup), match[0]
            index = match.end()
            if templates and text in "{}":
                templates[-1] += 1 if text == "{" else -1
        if kind not in ("comment", "blank"):
            last = text
        yield kind, text
    if templates:
        raise _open(script, index, "template")


def _begins_pattern(script: str, index: int, last: str) -> bool:
    """Whether a slash begins a pattern: where no operand stands before it, and no comment is."""
    if script[index] != "/" or script[index + 1 : index + 2] in {"/", "*"}:
        return False
    operand = _wordlike(last[-1:]) or last[-1:] in {")", "]", "}", '"', "'", "`"}
    return not last or last in _BEFORE_PATTERN or not operand


def _template(script: str, index: int) -> str:
    """From a backtick, or the end of an expression, to the next expression or the last backtick."""
    match = _TEXT.match(script, index + 1)
    end = len(script) if match is None else match.end()
    rest = script[end : end + 2]
    if not rest.startswith("`") and rest != "${":
        raise _open(script, index, "template")
    return script[index : end + (2 if rest == "${" else 1)]


def _open(script: str, index: int, what: str) -> ValueError:
    line = script.count("\n", 0, index) + 1
    return ValueError(f"Line {line} of the script holds a {what} that is not closed.")
