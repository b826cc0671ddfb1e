"""Self-tests without a transpiler, and counts for them."""

import dataclasses

import numpy as np
from judged import a_plan

from qdml_quantum import Goal, SelfTest
from qdml_quantum.diagnostics.metrics import sample_counts
from qdml_quantum.hardware.planning.motion import motion_of
from qdml_quantum.runs.self_test import judged_motion


def by_hand(qubits=3, shots=4096):
    """A self-test without a transpiler."""
    motion = motion_of(qubits)
    plans = [
        dataclasses.replace(
            a_plan(qubits, energy=False, shots=shots),
            anneal=one,
            goal=Goal(one.problem),
            ideal={"position": np.abs(one.final_state()) ** 2},
        )
        for one in motion.anneals
    ]
    return SelfTest(motion, tuple(plans))


def judged(test, histograms, seed=0):
    grid = test.plans[0].grid
    counts = [
        sample_counts(p, grid, test.plans[0].shots, 100 * seed + index)
        for index, p in enumerate(histograms)
    ]
    return judged_motion(test, counts)
