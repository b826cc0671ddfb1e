"""The shape of the package in figures: lines, rooms, imports, circles, tests at mirrored paths.

    python benchmarks/structure.py [--json]

Imports in functions and for annotations count. An import is upward if the room it leads to stands
above its own in the contract of layers in pyproject.toml.
"""

from __future__ import annotations

import argparse
import ast
import json
import tomllib
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "qdml_quantum"


def imports() -> dict[str, set[str]]:
    """For every module of the package the modules of the package that it imports."""
    graph = grimp.build_graph(PACKAGE.name, cache_dir=None)
    return {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}


def circles(edges: dict[str, set[str]]) -> list[str]:
    """Modules that lie on a circle or between two, sorted."""
    left = {name: set(others) for name, others in edges.items()}
    for turned in (False, True):
        while leaves := {name for name, others in left.items() if not others}:
            left = {n: others - leaves for n, others in left.items() if n not in leaves}
        if not turned:
            back: dict[str, set[str]] = {name: set() for name in left}
            for name, others in left.items():
                for other in others:
                    back[other].add(name)
            left = back
    return sorted(left)


def upward(edges: dict[str, set[str]]) -> list[str]:
    """Imports against the order of rooms."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    order = next(c["layers"] for c in contracts if c.get("containers") == [PACKAGE.name])
    level = {room: number for number, room in enumerate(order)}

    def room(name: str) -> int | None:
        parts = name.split(".")
        return level.get(parts[1]) if len(parts) > 1 else None

    return sorted(
        f"{name} -> {other}"
        for name, others in edges.items()
        for other in others
        if None not in (room(name), room(other)) and room(other) < room(name)  # type: ignore[operator]
    )


def without_test() -> list[str]:
    """Modules that define something and have no test file at the mirrored path."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        inside = file.relative_to(PACKAGE)
        defines = any(
            isinstance(node, ast.FunctionDef | ast.ClassDef)
            for node in ast.parse(file.read_text(encoding="utf-8")).body
        )
        test = ROOT / "tests" / inside.parent / f"test_{inside.name}"
        if defines and file.name != "__init__.py" and not test.exists():
            found.append(str(inside))
    return found


def measure() -> dict[str, object]:
    """All figures."""
    files = list(PACKAGE.rglob("*.py"))
    edges = imports()
    top = [path for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    missing = without_test()
    return {
        "python_lines": sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files),
        "modules": len(files),
        "entries_at_the_top": len(top),
        "flat_files_at_the_top": sum(path.is_file() for path in top),
        "imports": sum(map(len, edges.values())),
        "modules_on_circles": circles(edges),
        "upward_imports": upward(edges),
        "modules_without_mirrored_test": len(missing),
        "which": missing,
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    figures = measure()
    if parser.parse_args().json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):<32}{value if not isinstance(value, list) else len(value)}")
        if isinstance(value, list):
            print(*(f"    {item}" for item in value), sep="\n")


if __name__ == "__main__":
    main()
