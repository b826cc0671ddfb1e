"""Write the reference of the site: a page for each group of public names, and the table of all."""

import importlib
import inspect
import re
from pathlib import Path

from write_api import STUB, groups, summary

HEAD = """# Reference

All names are in `qdml_quantum` itself: `import qdml_quantum as qdml`, then `qdml.anneal`. Models
that learn are in `qdml_quantum.learning` (see the guides).
"""


def pages() -> dict[str, str]:
    """Text of every page by its name, the table of all names first."""
    known = groups(STUB.read_text(encoding="utf-8"))
    slugs = {title: re.sub(r"[^a-z]+", "-", title.lower()).strip("-") for title in known}
    index = [HEAD, ":::{toctree}\n:hidden:\n", *(f"{slug}" for slug in slugs.values()), ":::\n"]
    made = {}
    for title, names in known.items():
        slug = slugs[title]
        rows = [
            f"| [`{name}`]({slug}.md#qdml_quantum.{name}) | {_cell(summary(module, name))} |"
            for module, name in names
        ]
        index.append(f"## {title}\n\n| name | what it is |\n|---|---|\n" + "\n".join(rows) + "\n")
        bodies = [_entry(module, name) for module, name in names]
        made[slug] = f"# {title}\n\n" + "\n\n".join(bodies) + "\n"
    return {"index": "\n".join(index), **made}


def write(folder: Path) -> None:
    """Write what is new; what is as before stays, and is not read again."""
    folder.mkdir(exist_ok=True)
    wanted = pages()
    for stale in folder.glob("*.md"):
        if stale.stem not in wanted:
            stale.unlink()
    for name, text in wanted.items():
        page = folder / f"{name}.md"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def _entry(module: str, name: str) -> str:
    """What Sphinx reads the docstring of a name from; a constant brings its own."""
    value = getattr(importlib.import_module(f"qdml_quantum.{module}"), name)
    if inspect.isclass(value):
        lines = [f".. autoclass:: qdml_quantum.{name}", "   :members:"]
    elif callable(value):
        lines = [f".. autofunction:: qdml_quantum.{name}"]
    else:
        lines = [f".. py:data:: qdml_quantum.{name}", "", f"   {summary(module, name)}"]
    return "```{eval-rst}\n" + "\n".join(lines) + "\n```"


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", r"\|")
