"""Bars and words for whoever waits; `tqdm` is imported when there is something to show."""

from __future__ import annotations

import sys
from typing import Any


def progress_bar(*items: Any, **options: Any) -> Any:
    """A bar of `tqdm`, on a terminal or in a notebook; arguments are those of `tqdm.tqdm`.

    >>> with progress_bar(total=3, disable=True) as bar:
    ...     bar.update()
    """
    from tqdm.auto import tqdm

    return tqdm(*items, **options)


def say(words: str) -> None:
    """Tell what is going on, on standard error; bars stay whole."""
    if "tqdm" not in sys.modules:
        print(words, file=sys.stderr)
        return
    from tqdm import tqdm

    tqdm.write(words, file=sys.stderr)
