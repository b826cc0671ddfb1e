"""Numbers that are drawn from a name, the same in Python and in the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

D_MIN, D_MAX, LEVELS = 0.02, 10.0, 240
"""D of the page runs over so many equal ratios, so that a link holds it exactly."""

_ALL = 0xFFFFFFFF


def diffusion_of(level: int) -> float:
    """D of a level of the page, from 0 to 240.

    >>> diffusion_of(0), diffusion_of(240)
    (0.02, 10.0)
    """
    return D_MIN * math.pow(D_MAX / D_MIN, level / LEVELS)


def level_of(diffusion: float) -> int:
    """The level that is nearest to a D in its logarithm.

    >>> level_of(diffusion_of(100))
    100
    """
    share = math.log(diffusion / D_MIN) / math.log(D_MAX / D_MIN)
    return sorted((0, math.floor(LEVELS * share + 0.5), LEVELS))[1]


def hash_of(text: str) -> int:
    """FNV-1a over UTF-8 bytes, then the finaliser of MurmurHash3: neighbours differ in all bits.

    References:
        G. Fowler, L. C. Noll, K.-P. Vo and D. Eastlake, The FNV non-cryptographic hash algorithm,
        draft-eastlake-fnv.

    >>> hash_of("a") == hash_of("b")
    False
    """
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & _ALL
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        value = (value ^ value >> shift) * factor & _ALL
    return value ^ value >> 16


def stream(seed: int) -> Callable[[], float]:
    """Numbers from 0 to below 1, one at every call: the generator Mulberry32, as in the page.

    >>> stream(1)() == stream(1)()
    True
    """
    state = seed & _ALL

    def following() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & _ALL
        mixed = (state ^ state >> 15) * (state | 1) & _ALL
        mixed ^= (mixed + (mixed ^ mixed >> 7) * (mixed | 61)) & _ALL
        return (mixed ^ mixed >> 14) / 2**32

    return following


def draw(
    rules: Mapping[str, Mapping[str, Any]], following: Callable[[], float]
) -> dict[str, float]:
    """One number for every rule, in their order.

    Args:
        rules: By name, ``{"from": 1, "to": 2, "step": 0.5}``; or ``{"level": [0.1, 0.8]}`` for a D
            that the page can show, evenly in its logarithm, which gives ``level`` besides.
        following: What `stream` makes.

    >>> draw({"n": {"from": 3, "to": 5, "step": 1}}, lambda: 0.5)
    {'n': 4.0}
    """
    drawn: dict[str, float] = {}
    for name, rule in rules.items():
        if "level" in rule:
            low, high = rule["level"]
            level = level_of(low * math.pow(high / low, following()))
            drawn |= {"level": level, name: float(f"{diffusion_of(level):.4g}")}
        else:
            low, high, step = rule["from"], rule["to"], rule["step"]
            steps = math.floor(following() * (math.floor((high - low) / step + 0.5) + 1))
            drawn[name] = round(float(low + step * steps), 4)
    return drawn
