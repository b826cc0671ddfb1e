"""The page: its modules joined to one script, in one HTML file that asks nobody for anything.

It is joined when it is asked for, from the sources in ``js/``: nothing that was built lies about
and can grow old, and no tool but Python is needed.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from qdml_quantum.teach.lab.lean import lean

SOURCES = Path(__file__).with_name("js")
ENTRY, RUN_ENTRY = "page.js", "run-page.js"
TITLE = "Quantum optimisation, live"

_IMPORT = re.compile(r'^import\s[^;]*?from\s+"\./([\w-]+\.js)";\n', re.M)
_NAMESPACE = re.compile(r'^import \* as (\w+) from "\./([\w-]+\.js)";$', re.M)
_EXPORT = re.compile(r"^export (?=(?:const|function|class|async) )", re.M)
_TOP_LEVEL = re.compile(r"^(?:export )?(?:const|let|function|class|async function) (\w+)", re.M)
_EXPORTED = re.compile(r"^export (?:const|function|class) (\w+)", re.M)

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
</head>
<body>
<div id="lab"></div>
<noscript>This page is a simulation and needs JavaScript.</noscript>
{data}<script type="module">{script}</script>
</body>
</html>
"""


def order_of(entry: str = ENTRY, folder: Path = SOURCES) -> list[str]:
    """Modules that an entry needs, each behind all that it imports.

    >>> order_of("engine.js")
    ['engine.js']
    """
    order: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise RuntimeError(f"The modules {', '.join((*above, name))} import each other.")
        if name not in order:
            for other in _IMPORT.findall(_text(folder, name)):
                visit(other, (*above, name))
            order.append(name)

    visit(entry, ())
    return order


@cache
def join(entry: str = ENTRY, folder: Path = SOURCES) -> str:
    """One script of all modules that an entry needs: imports and `export` are left out.

    ``import * as engine`` becomes an object of what that module exports.

    Raises:
        RuntimeError: Two modules define one name, which would be one variable then; or they import
            each other.
    """
    names: dict[str, str] = {}
    parts: list[str] = []
    made: set[str] = set()
    for name in order_of(entry, folder):
        text = _text(folder, name)
        for defined in _TOP_LEVEL.findall(text):
            if defined in names:
                both = f"{names[defined]} and {name}"
                raise RuntimeError(f"`{defined}` is defined in {both}. Rename one of them.")
            names[defined] = name
        for alias, other in _NAMESPACE.findall(text):
            if alias not in made:
                made.add(alias)
                exported = ", ".join(_EXPORTED.findall(_text(folder, other)))
                parts.append(f"const {alias} = {{ {exported} }};\n")
        parts.append(_EXPORT.sub("", _IMPORT.sub("", text)))
    return lean("".join(parts))


def lab_page(data: Mapping[str, Any] | None = None) -> str:
    """The page as HTML: one file below 200 kB, without any request.

    The policy in its head allows this one script, by its hash, and nothing else.

    Args:
        data: What the page is opened with, plain JSON: ``state`` (the hash of a link) and, of a
            run, ``stages``, ``checks`` and ``facts``, which the page has a panel for then. It is
            text everywhere.

    >>> lab_page().count("<script")
    1
    """
    return page_of(RUN_ENTRY if data and data.get("stages") else ENTRY, data)


def page_of(
    entry: str, data: Mapping[str, Any] | None = None, *, title: str = TITLE, language: str = "en"
) -> str:
    """A page of one of the entries in ``js/``, with data that it finds in the element `data`.

    Args:
        entry: Name of a module.
        data: Plain JSON.
        title: Of the document; text.
        language: Of the document.
    """
    script = _escaped_script(join(entry))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    block = ""
    if data is not None:
        plain = json.dumps(data, ensure_ascii=True, allow_nan=False)
        for sign in "<>&":
            plain = plain.replace(sign, f"\\u{ord(sign):04x}")
        block = f'<script type="application/json" id="data">{plain}</script>\n'
    return _PAGE.format(
        policy=html.escape(policy),
        title=html.escape(title),
        language=language,
        data=block,
        script=script,
    )


@cache
def _text(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _escaped_script(script: str) -> str:
    """Nothing in a string of the script ends it as HTML, or begins a comment of HTML."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
