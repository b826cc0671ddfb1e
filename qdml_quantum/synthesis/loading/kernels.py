"""Compiled loops of a fit: what layers of gates make, the slope of the overlap, and L-BFGS.

Amplitudes are real numbers in one or two planes, one after the other, shape ``(planes 2^n,)``:
the real parts alone where the state and all gates are real, the imaginary parts after them where
not. Ry turns pairs within a plane, Rz pairs across them, and the phase of the overlap is free.

The angles of a circuit stand in the order of its gates: Ry of every qubit; for every CZ an Ry on
both its qubits, with an Rz before each where there are two planes; last an Rz of every qubit there.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from qdml_quantum.synthesis.compiled import compiled, inlined, vectorised

Array = NDArray[Any]
Int = Any
Real = Any

MEMORY = 12
"""Steps that L-BFGS remembers: a dozen take as long as a tenth of a gradient; never tuned."""
_SUFFICIENT = 1e-4
"""Share of the decrease along the slope that a step has to make (Armijo)."""
_SHORTER = 12
"""Times that a step is shortened before the search ends."""
_FIRST = 0.1
"""Radians of the first step, before anything is known of the curvature."""
_CURVED = 1e-14
"""Curvature below which a step is not remembered: rounding decides its sign."""
_FLAT = 1e-13
"""Gain in fidelity below which the search ends."""


@vectorised
def _turn(state: Array, one: Int, two: Int, cosine: Real, sine: Real) -> None:
    low, high = state[one], state[two]
    state[one] = cosine * low - sine * high
    state[two] = sine * low + cosine * high


@vectorised
def _ry(state: Array, stride: Int, cosine: Real, sine: Real) -> None:
    # Short loops have a length that the compiler knows, and long ones arrays of their own: both
    # turn several amplitudes at once, which takes a third of the time.
    if stride == 1:
        for i in range(state.size // 2):
            _turn(state, 2 * i, 2 * i + 1, cosine, sine)
    elif stride == 2:
        for i in range(state.size // 4):
            for j in range(2):
                _turn(state, 4 * i + j, 4 * i + 2 + j, cosine, sine)
    elif stride == 4:
        for i in range(state.size // 8):
            for j in range(4):
                _turn(state, 8 * i + j, 8 * i + 4 + j, cosine, sine)
    else:
        for base in range(0, state.size, 2 * stride):
            lows, highs = state[base : base + stride], state[base + stride : base + 2 * stride]
            for i in range(stride):
                low, high = lows[i], highs[i]
                lows[i] = cosine * low - sine * high
                highs[i] = sine * low + cosine * high


@vectorised
def _rz(state: Array, stride: Int, cosine: Real, sine: Real) -> None:
    half = state.size // 2
    reals, imags = state[:half], state[half:]
    for i in range(half):
        real, imag, turned = reals[i], imags[i], -sine if i & stride else sine
        reals[i] = cosine * real + turned * imag
        imags[i] = cosine * imag - turned * real


@vectorised
def _cz(state: Array, one: Int, two: Int) -> None:
    both = one | two
    for i in range(state.size):
        state[i] = -state[i] if i & both == both else state[i]


@compiled
def forward(state: Array, n: Int, planes: Int, pairs: Array, angles: Array) -> None:
    """Fill `state`, shape ``(planes 2^n,)``, with what a circuit makes of all qubits in 0."""
    state[:] = 0.0
    state[0] = 1.0
    k = 0
    for q in range(n):
        _ry(state, 1 << q, math.cos(angles[k] / 2), math.sin(angles[k] / 2))
        k += 1
    for j in range(pairs.shape[0]):
        _cz(state, 1 << pairs[j, 0], 1 << pairs[j, 1])
        for turn in range(3 - planes, 2 + 1):
            for side in range(2):
                stride = 1 << pairs[j, side]
                cosine, sine = math.cos(angles[k] / 2), math.sin(angles[k] / 2)
                if planes == 2 and turn == 1:
                    _rz(state, stride, cosine, sine)
                else:
                    _ry(state, stride, cosine, sine)
                k += 1
    if planes == 2:
        for q in range(n):
            _rz(state, 1 << q, math.cos(angles[k] / 2), math.sin(angles[k] / 2))
            k += 1


@vectorised
def _undo_turn(state: Array, back: Array, one: Int, two: Int, cosine: Real, sine: Real) -> Real:
    low, high, left, right = state[one], state[two], back[one], back[two]
    state[one] = cosine * low + sine * high
    state[two] = cosine * high - sine * low
    back[one] = cosine * left + sine * right
    back[two] = cosine * right - sine * left
    return right * low - left * high


@vectorised
def _undo_ry(state: Array, back: Array, stride: Int, cosine: Real, sine: Real) -> Real:
    """Take an Ry off both; returns twice the slope of their overlap by its angle."""
    slope = 0.0
    if stride == 1:
        for i in range(state.size // 2):
            slope += _undo_turn(state, back, 2 * i, 2 * i + 1, cosine, sine)
    elif stride == 2:
        for i in range(state.size // 4):
            for j in range(2):
                slope += _undo_turn(state, back, 4 * i + j, 4 * i + 2 + j, cosine, sine)
    elif stride == 4:
        for i in range(state.size // 8):
            for j in range(4):
                slope += _undo_turn(state, back, 8 * i + j, 8 * i + 4 + j, cosine, sine)
    else:
        for base in range(0, state.size, 2 * stride):
            middle, end = base + stride, base + 2 * stride
            lows, highs = state[base:middle], state[middle:end]
            lefts, rights = back[base:middle], back[middle:end]
            for i in range(stride):
                low, high, left, right = lows[i], highs[i], lefts[i], rights[i]
                slope += right * low - left * high
                lows[i] = cosine * low + sine * high
                highs[i] = cosine * high - sine * low
                lefts[i] = cosine * left + sine * right
                rights[i] = cosine * right - sine * left
    return slope


@vectorised
def _undo_rz(state: Array, back: Array, stride: Int, cosine: Real, sine: Real) -> Real:
    """The same for an Rz."""
    half = state.size // 2
    reals, imags, lefts, rights = state[:half], state[half:], back[:half], back[half:]
    slope = 0.0
    for i in range(half):
        real, imag, left, right = reals[i], imags[i], lefts[i], rights[i]
        turned = -sine if i & stride else sine
        part = left * imag - right * real
        slope += -part if i & stride else part
        reals[i] = cosine * real - turned * imag
        imags[i] = cosine * imag + turned * real
        lefts[i] = cosine * left - turned * right
        rights[i] = cosine * right + turned * left
    return slope


@compiled
def loss(
    wanted: Array,
    n: Int,
    planes: Int,
    pairs: Array,
    angles: Array,
    slope: Array,
    state: Array,
    back: Array,
) -> Real:
    """``1 - |<wanted|state>|^2``, its gradient into `slope`, by going back through the circuit."""
    forward(state, n, planes, pairs, angles)
    half = 1 << n
    real, imag = 0.0, 0.0
    for i in range(wanted.size):
        real += wanted[i] * state[i]
    if planes == 2:
        for i in range(half):
            imag += wanted[i] * state[i + half] - wanted[i + half] * state[i]
    size = math.sqrt(real * real + imag * imag)
    cosine, sine = (real / size, imag / size) if size > 0 else (1.0, 0.0)
    if planes == 2:
        for i in range(half):
            back[i] = cosine * wanted[i] - sine * wanted[i + half]
            back[i + half] = sine * wanted[i] + cosine * wanted[i + half]
    else:
        for i in range(half):
            back[i] = cosine * wanted[i]
    k = angles.size
    if planes == 2:
        for q in range(n - 1, -1, -1):
            k -= 1
            cosine, sine = math.cos(angles[k] / 2), math.sin(angles[k] / 2)
            slope[k] = -size * _undo_rz(state, back, 1 << q, cosine, sine)
    for j in range(pairs.shape[0] - 1, -1, -1):
        for turn in range(2, 2 - planes, -1):
            for side in range(1, -1, -1):
                k -= 1
                stride = 1 << pairs[j, side]
                cosine, sine = math.cos(angles[k] / 2), math.sin(angles[k] / 2)
                if planes == 2 and turn == 1:
                    slope[k] = -size * _undo_rz(state, back, stride, cosine, sine)
                else:
                    slope[k] = -size * _undo_ry(state, back, stride, cosine, sine)
        _cz(state, 1 << pairs[j, 0], 1 << pairs[j, 1])
        _cz(back, 1 << pairs[j, 0], 1 << pairs[j, 1])
    for q in range(n - 1, -1, -1):
        k -= 1
        cosine, sine = math.cos(angles[k] / 2), math.sin(angles[k] / 2)
        slope[k] = -size * _undo_ry(state, back, 1 << q, cosine, sine)
    return 1 - size * size


_SLOPE, _NEW, ANGLES, _TRIAL, _DIRECTION, _STEPS = range(6)
"""Rows of the vectors of a fit; the steps have `MEMORY` of them, the turns of the slope the next.
"""
ROWS = _STEPS + 2 * MEMORY


@inlined
def _dot(vectors: Array, one: Int, two: Int) -> Real:
    total = 0.0
    for i in range(vectors.shape[1]):
        total += vectors[one, i] * vectors[two, i]
    return total


@inlined
def _add(vectors: Array, row: Int, factor: Real, other: Int) -> None:
    for i in range(vectors.shape[1]):
        vectors[row, i] += factor * vectors[other, i]


@compiled
def _descent(vectors: Array, weights: Array, count: Int) -> Real:
    """Where L-BFGS goes after `count` steps; returns the slope that way."""
    known = min(count, MEMORY)
    vectors[_DIRECTION] = 0.0
    _add(vectors, _DIRECTION, -1.0, _SLOPE)
    for number in range(count - 1, count - 1 - known, -1):
        step = _STEPS + number % MEMORY
        weight = _dot(vectors, step, _DIRECTION) / _dot(vectors, step, step + MEMORY)
        weights[number % MEMORY] = weight
        _add(vectors, _DIRECTION, -weight, step + MEMORY)
    if known:
        step = _STEPS + (count - 1) % MEMORY
        turn = step + MEMORY
        scale = _dot(vectors, step, turn) / _dot(vectors, turn, turn)
        _add(vectors, _DIRECTION, scale - 1, _DIRECTION)
    for number in range(count - known, count):
        step = _STEPS + number % MEMORY
        weight = _dot(vectors, step + MEMORY, _DIRECTION) / _dot(vectors, step, step + MEMORY)
        _add(vectors, _DIRECTION, weights[number % MEMORY] - weight, step)
    return _dot(vectors, _SLOPE, _DIRECTION)


@compiled
def fit(
    wanted: Array,
    n: Int,
    planes: Int,
    pairs: Array,
    iterations: Int,
    vectors: Array,
    weights: Array,
    state: Array,
    back: Array,
) -> Real:
    """Improve the angles in place by L-BFGS; returns the loss.

    References:
        D. C. Liu and J. Nocedal, Math. Program. 45, 503 (1989), doi 10.1007/BF01589116.
    """
    idle, count = 0, 0
    angles, trial = vectors[ANGLES], vectors[_TRIAL]
    least = loss(wanted, n, planes, pairs, angles, vectors[_SLOPE], state, back)
    for _ in range(iterations):
        fall = _descent(vectors, weights, count)
        if fall >= 0.0 and count:
            count = 0
            fall = _descent(vectors, weights, count)
        if fall == 0.0:
            break
        length = 1.0 if count else _FIRST / math.sqrt(-fall)
        value = least
        for _shorter in range(_SHORTER):
            for i in range(angles.size):
                trial[i] = angles[i] + length * vectors[_DIRECTION, i]
            value = loss(wanted, n, planes, pairs, trial, vectors[_NEW], state, back)
            if value <= least + _SUFFICIENT * length * fall:
                break
            best = -fall * length * length / (2 * (value - least - length * fall))
            length = max(0.1 * length, min(0.5 * length, best))
        if value >= least:
            break
        step = _STEPS + count % MEMORY
        for i in range(angles.size):
            vectors[step, i] = trial[i] - angles[i]
            vectors[step + MEMORY, i] = vectors[_NEW, i] - vectors[_SLOPE, i]
            angles[i], vectors[_SLOPE, i] = trial[i], vectors[_NEW, i]
        if _dot(vectors, step, step + MEMORY) > _CURVED:
            count += 1
        idle = idle + 1 if least - value < _FLAT else 0
        least = value
        if idle == 3:
            break
    return least
