"""Bars and words for whoever waits; `tqdm` is imported when there is something to show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def progress_bar(*items: Any, **options: Any) -> Any:
    """A bar of `tqdm`, on a terminal or in a notebook; arguments are those of `tqdm.tqdm`.

    >>> with progress_bar(total=3, disable=True) as bar:
    ...     bar.update()
    """
    if options.get("disable"):
        return _NoBar(*items[:1])
    from tqdm.auto import tqdm

    return tqdm(*items, **options)


class _NoBar:
    """What stands for a bar that is not shown: it does nothing, at once."""

    n = 0

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __enter__(self) -> _NoBar:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def say(words: str) -> None:
    """Tell what is going on, on standard error; bars stay whole."""
    if "tqdm" not in sys.modules:
        print(words, file=sys.stderr)
        return
    from tqdm import tqdm

    tqdm.write(words, file=sys.stderr)
