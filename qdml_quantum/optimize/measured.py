"""What an anneal on the values of a window measures."""

from __future__ import annotations

import numpy as np

from qdml_quantum.backends import Backend, make_task
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.optimize.windows import Windows
from qdml_quantum.problem.problem import Problem, log_ranks
from qdml_quantum.support.arrays import Array


class Measured:
    """From values on the grid of a window to indices on the finer grid, those of the shots.

    The ranks of the values are the potential; the schedule and what is idle are those of `Windows`.

    Args:
        windows: Schedule, shots, compiler.
        backend: What runs it.
        rng: Of the seeds of the shots.

    Attributes:
        gates: Two-qubit gates of the first circuit of every shape, before transpilation: ranks
            leave out no string of Z, so that the others have as many.

    >>> from qdml_quantum.backends import as_backend
    >>> measured = Measured(Windows(2), as_backend("emulator"), np.random.default_rng(1))
    >>> indices = measured((np.arange(4.0)[:, None] - 2) ** 2 + np.arange(4.0) ** 2)
    >>> indices.shape[1], int(indices.max()) < 16
    (2, True)
    """

    def __init__(self, windows: Windows, backend: Backend, rng: np.random.Generator) -> None:
        self._windows, self._backend, self._rng = windows, backend, rng
        self.gates: dict[tuple[int, ...], int] = {}

    def __call__(self, values: Array) -> Array:
        """Indices, shape (count, sides), each once."""
        sides = values.ndim
        finite = np.where(np.isfinite(values), values, np.finfo(float).max)
        filled = log_ranks(finite)
        for axis, qubits in enumerate(self._windows.idle(sides)):
            filled = np.repeat(filled, 1 << qubits, axis=axis)  # No phase acts on those between.
        problem = Problem.from_table(filled, [(0, 1)] * sides)
        task = make_task(
            self._backend,
            Anneal(problem, self._windows.schedule_on(sides)),
            compiler=self._windows.compiler,
            shots=self._windows.shots,
            seed=int(self._rng.integers(2**31)),
        )
        if values.shape not in self.gates:  # Before it runs: what fails must not be paid for.
            self.gates[values.shape] = task.cost(self._backend)["two_qubit_gates"]
        outcome = self._backend.run(task, start=None, on_stage=lambda number, psi: None)
        assert outcome.counts is not None  # there are shots
        return np.array([problem.grid.index_of(bits) for bits in outcome.counts])
