"""`qdml plan`, `submit`, `fetch`, `jobs` and `cancel`: runs on devices."""

from __future__ import annotations

from qdml_quantum.cli.options import Adder


def add(command: Adder) -> None:
    """Add the commands."""
