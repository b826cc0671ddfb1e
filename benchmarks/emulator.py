"""One Strang step of the emulator against the bare FFT pair it cannot do without.

The bare pair is two `scipy.fft` transforms, in place and with all cores, and two multiplications by
ready factor arrays. The emulator runs the merged recipe of 16 equal steps, including the making of
its factor arrays, and is divided by 16. Both are timed in turn in one process.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from common import arguments, finish, interleaved, median

from qdml_quantum import Grid, Problem, Schedule, amplitudes, as_objective, make_recipe
from qdml_quantum.dynamics.propagate import Propagator, available_cores

STEPS = 16


def compare(shape_qubits: list[int], dtype: type, seconds: float) -> dict[str, object]:
    dimensions = len(shape_qubits)
    problem = Problem(
        Grid([(-4.0, 4.0)] * dimensions, shape_qubits), as_objective("harmonic", dimensions)
    )
    psi = amplitudes("uniform", problem.grid).astype(dtype)
    factors = [np.exp(1j * np.random.default_rng(0).random(psi.shape)).astype(dtype)] * 2
    workers = available_cores()

    def bare() -> None:
        work = psi.copy()
        for _ in range(STEPS):
            work = scipy.fft.fftn(work, overwrite_x=True, workers=workers)
            work *= factors[0]
            work = scipy.fft.ifftn(work, overwrite_x=True, workers=workers)
            work *= factors[1]

    phases = make_recipe(Schedule.constant(0.5, num_steps=STEPS, time_step=0.01)).phases

    def ours() -> None:
        Propagator(problem, dtype=dtype).run(psi.copy(), phases)

    problem.values  # noqa: B018  sampled once, outside the timing
    times = interleaved({"ours": ours, "bare": bare}, seconds=seconds, rounds=7)
    fast, slow = median(times["bare"]) / STEPS, median(times["ours"]) / STEPS
    return {
        "qubits": " + ".join(map(str, shape_qubits)),
        "precision": "double" if dtype is np.complex128 else "single",
        "bare_ms": 1e3 * fast,
        "emulator_ms": 1e3 * slow,
        "ratio": slow / fast,
    }


def main() -> None:
    options = arguments(__doc__ or "")
    cases = [[10], [5, 5]] if options.quick else [[12], [16], [20], [6, 6], [8, 8], [10, 10]]
    seconds = 0.1 if options.quick else 4.0
    rows = [compare(case, np.complex128, seconds) for case in cases]
    if not options.quick:
        rows += [compare(case, np.complex64, seconds) for case in ([20], [10, 10])]
    finish("emulator", rows, options.output)


if __name__ == "__main__":
    main()
