"""What `test_jax_engine.py` runs in a process of its own, where JAX has four devices."""

import sys

import numpy as np
import pytest

pytest.importorskip("jax")

from qdml_quantum import Anneal, Gaussian, Grid, Problem, Schedule
from qdml_quantum.backends.engines.jax_engine import JaxEngine
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.problem.goal import Goal

PROBLEMS = [
    Problem(Grid([(-2.5, 2.5)], 9), "double_well"),
    Problem(Grid([(-5, 5), (-4, 4)], [4, 5]), "himmelblau"),
    Problem(Grid([(-3, 3)] * 3, [3, 4, 2]), "rastrigin"),
]
SCHEDULE = Schedule.geometric((2.0, 0.2), num_stages=3, num_steps=9, time_step=0.05)
STEPS = [Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.1)] * 10


def agrees():
    """With one device: state to 1e-14 [measured: 5e-16], energy to 12 digits, the same draws."""
    for problem in PROBLEMS:
        for imaginary in (False, True):
            anneal = Anneal(problem, SCHEDULE, "strang", Gaussian(0.5, 0.8, 0.4))
            states, seen, counts, looks = [], [], [], []
            for devices in (1, 4):
                engine = JaxEngine(problem, devices=devices, imaginary=imaginary)
                edges = []
                state = engine.run(
                    engine.begin(anneal),
                    anneal.recipe.stages,
                    lambda psi, engine=engine, edges=edges: edges.append(engine.edge(psi)),
                )
                looks.append(edges)
                states.append(engine.whole(state))
                seen.append(list(vars(engine.observe(state, 0.2, Goal(problem))).values()))
                draws = (engine.sample(state, basis, 900, 3) for basis in ("position", "momentum"))
                counts.append(list(draws))
            assert abs(states[1] - states[0]).max() <= 1e-14
            np.testing.assert_allclose(seen[1], seen[0], rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(looks[1], looks[0], atol=1e-14)
            assert counts[1] == counts[0]


def exchanges():
    """Two a step, and nothing is gathered."""
    for problem in PROBLEMS:
        text = JaxEngine(problem, devices=4).compiled(STEPS).as_text()
        loop = text.count(" all-to-all(") + text.count(" all-to-all-start(")
        # One kinetic phase in the body of the loop, and one in the tail behind it.
        assert loop == 4, loop
        assert "all-gather" not in text
        alone = JaxEngine(problem, devices=1).compiled(STEPS).as_text()
        assert "all-to-all" not in alone


def resumes():
    """From blocks, on as many devices and on others."""
    for problem in PROBLEMS:
        anneal = Anneal(problem, SCHEDULE)
        four = JaxEngine(problem, devices=4)
        state = four.run(four.begin(anneal), anneal.recipe.stages[:2])
        blocks = four.blocks(state)
        whole = four.whole(four.run(state, anneal.recipe.stages[2:]))
        again = four.run(four.from_blocks(blocks), anneal.recipe.stages[2:])
        np.testing.assert_array_equal(four.whole(again), whole)
        for devices in (1, 2):
            other = JaxEngine(problem, devices=devices)
            state = other.from_blocks(blocks)
            kept = other.blocks(state)
            assert list(kept) == list(blocks)
            assert all(np.array_equal(kept[name], blocks[name]) for name in blocks)
            rest = other.whole(other.run(state, anneal.recipe.stages[2:]))
            assert abs(rest - whole).max() <= 1e-14


def memory():
    """Bytes a device per amplitude of the whole: measured 34, 23 and 23."""
    for qubits, limit in (([18], 36), ([9, 9], 24), ([6, 6, 6], 24)):
        problem = Problem(Grid([(-3, 3)] * len(qubits), qubits), "rastrigin")
        used = JaxEngine(problem, devices=4).compiled(STEPS).memory_analysis()
        total = (
            used.argument_size_in_bytes + used.output_size_in_bytes + used.temp_size_in_bytes
        ) - used.alias_size_in_bytes
        assert total / problem.grid.size <= limit


if __name__ == "__main__":
    globals()[sys.argv[1]]()
