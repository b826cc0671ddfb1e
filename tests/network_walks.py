"""Walks of a search, which the tests of its compiled loops follow."""

import numpy as np

from qdml_quantum.synthesis.networks.kernels.moves import breed
from qdml_quantum.synthesis.networks.kernels.states import States
from qdml_quantum.synthesis.networks.weights import Weights

WEIGHTS = Weights(0.05, 0.1, 0.05, 0.3)


def walked(search, rng, choose):
    """States after some moves, chosen by the search or at random, and the moves of each."""
    states, rows = search._begun((), {}), np.zeros(1, dtype=np.int64)
    search._best, search._stalled, search._spare = (1 << 40, 0, 0), 0, None
    paths = [()]
    for _ in range(24):
        if choose:
            states, rows, _, (parent, control, target) = search._advance(states, rows)
        else:
            moves = rng.integers(search.rules.control.size, size=len(rows))
            shape = states.counts.shape[1], states.words.shape[1]
            made = States.room(40, search.n, *shape)
            parent = breed(states, rows, moves, made, search.rules)
            control, target = (
                search.rules.control[moves[parent]],
                search.rules.target[moves[parent]],
            )
            states, rows = made, np.arange(parent.size)
        ends = zip(control.tolist(), target.tolist(), strict=True)
        paths = [(*paths[row], move) for row, move in zip(parent, ends, strict=True)]
        kept = rng.permutation(len(paths))[:6]
        rows, paths = rows[kept], [paths[row] for row in kept]
        yield states, rows, paths
