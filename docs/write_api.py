"""Write docs/api.md, the table of public names: groups and names from `__init__.pyi`.

The line of a name is the first line of its docstring. Run it with `make api`; a test says when the
page is no longer current.
"""

import ast
import importlib
import inspect
import itertools
import re
from pathlib import Path

import qdml_quantum

PAGE = Path(__file__).with_name("api.md")
STUB = Path(qdml_quantum.__file__).with_suffix(".pyi")

HEAD = """# Public names

All of them are in `qdml_quantum` itself: `import qdml_quantum as qdml`, then `qdml.anneal`. The
line of a name is the first one of its docstring; `help(qdml.anneal)` shows the whole. Models that
learn are in `qdml_quantum.learning` ([docs/learning.md](learning.md)).
"""
GROUP = re.compile(r"# (.+)")
NAME = re.compile(r"from \.([\w.]+) import (\w+) as \2")


def groups(stub: str) -> dict[str, list[tuple[str, str]]]:
    """(module, name) of every public name by the comment above its block, in the stub's order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for block in stub.strip().split("\n\n"):
        title, *lines = block.splitlines()
        if lines and (heading := GROUP.fullmatch(title)) and lines[0].startswith("from "):
            names = [NAME.fullmatch(line) for line in lines]
            assert all(names), f"each line under `{title}` must be `from .module import a as a`"
            found[heading[1]] = [(name[1], name[2]) for name in names if name]
    return found


def summary(module: str, name: str) -> str:
    """The first line of the docstring of a name; for a constant, of the string below it."""
    home = importlib.import_module(f"qdml_quantum.{module}")
    value = getattr(home, name)
    text = inspect.getdoc(value) if callable(value) else _string_below(home, name)
    if not text:
        raise ValueError(f"`{module}.{name}` has no docstring. Write one.")
    return text.splitlines()[0]


def _string_below(home: object, name: str) -> str | None:
    body = ast.parse(inspect.getsource(home)).body  # type: ignore[arg-type]
    for node, below in itertools.pairwise(body):
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
        if named and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            return inspect.cleandoc(str(below.value.value))
    return None


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, names in groups(STUB.read_text(encoding="utf-8")).items():
        rows = [f"| `{name}` | {_cell(summary(module, name))} |" for module, name in names]
        parts.append("\n".join([f"## {title}\n", "| name | what it is |", "|---|---|", *rows, ""]))
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", r"\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE}")
