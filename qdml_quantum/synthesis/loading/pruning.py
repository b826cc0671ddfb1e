"""How few two-qubit gates a state takes: fit more than enough, then take one away at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.loading.cz_circuit import CzCircuit, Pair, in_planes
from qdml_quantum.synthesis.loading.splitting import Vector, product_angles

# Measured on the ground states of an oscillator, a double well, Rastrigin's function and a Morse
# potential on 8 qubits, with two seeds: CX of all four, for fidelities of 0.99 and 0.999.
FEWEST, MOST = 2, 12
"""Staircases to begin with. From one or three on the CX are as many (29 and 50). Six were the most
that a state of one axis took for a loss of 1e-4, ten that of two coupled oscillators."""
_LONG = 40
"""CZ above which the one that is missed least at a glance is taken away, and no other tried."""
_SPREAD = 0.3
"""Standard deviation of first angles, in radians, about the product; of 0.1 and 0.6 the CX are as
many, but without it gradients vanish."""
_KICK = 0.2
"""The same of a kick; of 0.1 and 0.4 the CX are as many."""
_NUDGE = 0.1
"""The same of angles about another CZ, whose gradients may vanish without it; never tuned."""
_GLANCE = 20
"""Iterations after which circuits with another CZ gone are compared: with 5 there are 31 and 52 CX
for 29 and 50, with 100 as many."""
_ROUGHLY, _LOOK = 200, 600
"""Iterations of what was ranked first, for losses from 1e-3 on and below. With 200 for 1e-4 three
of eight fits ended in the exact circuit; with 600 for 1e-3 they take 1.6 times as long."""
_FAR = 0.3
"""Share of the loss that is asked for, below which the CZ that is missed least at a glance is taken
away and no other tried: with more care there CX are no fewer, and it takes a quarter longer."""
_FINE = 1e-3
_SETTLE = 2000
"""Iterations of the circuit that all begins with: one fit, which decides what can be reached."""
_STALLED, _ROUGH = 0.8, 0.05
"""A staircase more that leaves more than this of the loss, and a loss above this: the state is no
smooth one. Smooth ones stay where they are as well, but far below."""


@dataclass(frozen=True)
class Effort:
    """How much is tried; see `effort_for`.

    Attributes:
        starts: Random circuits to begin with, of which the best is thinned out.
        branches: Circuits without another CZ that are fitted to the end.
        kicks: Times that each of those is kicked and fitted again.
        iterations: Of a fit to the end.
        chains: Times that all of it is done, of which the best of every length is kept.
        exchanges: Times in a row that another CZ, anywhere, is tried in the place of one. Of five
            states at 0.999, of two complex, 30 took 210 CX where none took 224, and a tenth longer.
    """

    starts: int = 3
    branches: int = 4
    kicks: int = 1
    iterations: int = _LOOK
    chains: int = 1
    exchanges: int = 30


WIDE = 10
"""Qubits from which on less is tried: an iteration takes twice as long with each."""


def effort_for(num_qubits: int, loss: float, *, hard: bool = False) -> Effort:
    """What takes seconds for so many qubits.

    From a loss of 1e-3 on, of which a split may have taken some, fewer iterations suffice. Three
    chains are for what is hard: of two seeds each, complex states and coupled axes took 20 to 41 CX
    with one chain and 23 to 33 with three, while real states of one axis take as many.

    Args:
        num_qubits: Of the state.
        loss: That is asked for.
        hard: Whether it is complex, or of several axes.
    """
    if num_qubits >= WIDE:
        return Effort(starts=2, branches=2, kicks=0, exchanges=10)
    if loss <= _FINE / 2:
        return Effort()
    return Effort(starts=2, chains=3) if hard else Effort(iterations=_ROUGHLY)


class StateFit(NamedTuple):
    """A circuit and ``1 - |<wanted|state>|^2``."""

    loss: float
    ansatz: CzCircuit


Curve = Mapping[int, StateFit]
"""The best circuit by its number of two-qubit gates."""


def fitted_curve(
    wanted: Vector,
    edges: Sequence[Pair],
    loss: float,
    *,
    least: int = 0,
    effort: Effort | None = None,
    seed: int = 0,
) -> Curve:
    """Circuits for a state, from none to as many two-qubit gates as the loss takes.

    Staircases of CZ on the edges, two or more, with angles from random starts. Then one CZ after
    another is taken away, each time that without which the fit is best; and in the end CZ are put
    elsewhere. That is left out where the loss was not reached, unless a number of gates was.

    Args:
        wanted: Amplitudes of norm 1, real or complex, shape ``(2^n,)``.
        edges: Pairs of qubits that a gate can join, in the order of a staircase.
        loss: Infidelity that the first circuit shall have, above 0.
        least: Two-qubit gates that it shall have as well.
        effort: How much is tried; by default by the number of qubits.
        seed: Of all that is random.
    """
    rng = np.random.default_rng(seed)
    if effort is None:
        size, hard = wanted.size.bit_length() - 1, np.iscomplexobj(wanted)
        effort = effort_for(size, loss, hard=hard)
    planes = in_planes(wanted)
    curve: dict[int, StateFit] = {}

    def keep(fits: Iterable[StateFit]) -> None:
        for fit in fits:
            size = len(fit.ansatz.pairs)
            curve[size] = min(fit, curve.get(size, fit), key=_loss_of)

    for _ in range(effort.chains):
        dense = _dense(wanted, planes, edges, loss, least, effort, rng)
        keep([dense])
        if dense.loss > loss and not least:
            break
        keep(_thinned(planes, dense, loss, effort, rng))
    keep(_pressed(planes, curve, loss, effort, rng))
    keep(_exchanged(planes, curve, edges, loss, effort, rng))
    return curve


def _dense(
    wanted: Vector,
    planes: Array,
    edges: Sequence[Pair],
    loss: float,
    least: int,
    effort: Effort,
    rng: np.random.Generator,
) -> StateFit:
    """More gates than the loss takes, and than are asked for."""
    best = StateFit(*product(wanted).fitted(planes, effort.iterations))
    if not edges or (best.loss <= loss and not least):
        return best
    fewest = max(FEWEST, -(-least // len(edges)))
    for layers in range(min(fewest, MOST), MOST + 1):
        before = best
        for _ in range(effort.starts):
            start = _padded(product(wanted), [*edges] * layers).kicked(rng, _SPREAD)
            best = min(
                best, StateFit(*start.fitted(planes, effort.iterations)), key=lambda fit: fit.loss
            )
        best = min(best, StateFit(*best.ansatz.fitted(planes, _SETTLE)), key=lambda fit: fit.loss)
        if best.loss <= loss or best.loss > max(_STALLED * before.loss, _ROUGH):
            break
    return best


def _padded(ansatz: CzCircuit, pairs: list[Pair]) -> CzCircuit:
    """A product state with CZ after it."""
    wide = CzCircuit.of(ansatz.num_qubits, pairs, complex=ansatz.complex)
    wide.angles[: ansatz.num_qubits] = ansatz.angles[: ansatz.num_qubits]
    if ansatz.complex:
        wide.angles[-ansatz.num_qubits :] = ansatz.angles[-ansatz.num_qubits :]
    return wide


def _pressed(
    planes: Array,
    curve: Mapping[int, StateFit],
    loss: float,
    effort: Effort,
    rng: np.random.Generator,
) -> Iterator[StateFit]:
    """Shorter circuits with the loss, looked for harder, from the shortest that there is."""
    best = _shortest(curve, loss)
    if best is None:
        return
    harder = replace(effort, branches=2 * effort.branches, kicks=4 * effort.kicks)
    while best.ansatz.pairs:
        best = _fewer(planes, best, harder, rng, loss)
        if best.loss > loss:
            return
        yield best


def _shortest(curve: Curve, loss: float) -> StateFit | None:
    """With the loss; None where none has it, or the product does."""
    able = [fit for fit in curve.values() if fit.loss <= loss]
    best = min(able, key=lambda fit: len(fit.ansatz.pairs), default=None)
    return None if best is None or not best.ansatz.pairs else best


def _exchanged(
    planes: Array,
    curve: Curve,
    edges: Sequence[Pair],
    loss: float,
    effort: Effort,
    rng: np.random.Generator,
) -> Iterator[StateFit]:
    """Circuits with CZ in other places: one too short gets another CZ, and one is taken away."""
    best, tries = _shortest(curve, loss), effort.exchanges
    while best is not None and tries:
        size = len(best.ansatz.pairs)
        short, tries = curve[size - 1], tries - 1
        pair = edges[int(rng.integers(len(edges)))]
        longer = short.ansatz.with_pair(int(rng.integers(size)), pair).kicked(rng, _NUDGE)
        fit = StateFit(*longer.fitted(planes, effort.iterations))
        if fit.loss > loss:
            continue
        fewer = _fewer(planes, fit, effort, rng, loss)
        if fewer.loss < short.loss:
            yield fewer
        if fewer.loss <= loss:
            best, tries = _shortest(curve, loss), effort.exchanges


def _fewer(
    planes: Array, fit: StateFit, effort: Effort, rng: np.random.Generator, enough: float = 0.0
) -> StateFit:
    """The best circuit without one of the CZ, or the first with a loss that is enough."""
    fewer = (fit.ansatz.without(index) for index in range(len(fit.ansatz.pairs)))
    ranked = sorted((StateFit(*one.fitted(planes, _GLANCE)) for one in fewer), key=_loss_of)
    best = StateFit(1.0, fit.ansatz)
    for one in ranked[: effort.branches]:
        at = StateFit(*one.ansatz.fitted(planes, effort.iterations))
        best = min(best, at, key=_loss_of)
        for _ in range(effort.kicks):
            if best.loss <= enough:
                return best
            kicked = at.ansatz.kicked(rng, _KICK)
            at = min(at, StateFit(*kicked.fitted(planes, effort.iterations)), key=_loss_of)
            best = min(best, at, key=_loss_of)
    return best


def _loss_of(fit: StateFit) -> float:
    return fit.loss


def _thinned(
    planes: Array, dense: StateFit, loss: float, effort: Effort, rng: np.random.Generator
) -> Iterator[StateFit]:
    """The best circuits with one CZ less, and less, to none."""
    best = dense
    quick = replace(effort, branches=1, kicks=0)
    while best.ansatz.pairs:
        long, far = len(best.ansatz.pairs) > _LONG, best.loss < _FAR * loss
        fewer = _fewer(planes, best, quick if long or far else effort, rng)
        if far and not long and fewer.loss > _FAR * loss:
            fewer = _fewer(planes, best, effort, rng)
        best = fewer
        yield best


def product(wanted: Vector) -> CzCircuit:
    """The product state that is near a state; see `product_angles`.

    >>> plus = np.full(8, 8**-0.5)
    >>> bool(product(plus).loss(plus)[0] < 1e-12)
    True
    """
    tilts, turns = np.transpose(product_angles(wanted))
    is_complex = np.iscomplexobj(wanted)
    angles = np.concatenate([tilts, turns]) if is_complex else tilts
    return CzCircuit.of(tilts.size, (), angles, complex=is_complex)
