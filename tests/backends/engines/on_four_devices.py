"""What `test_jax_engine.py` runs in a process of its own, where JAX has four devices."""

import sys
from itertools import chain, product

import numpy as np
import pytest

pytest.importorskip("jax")

from qdml_quantum import Anneal, Gaussian, Grid, Problem, Schedule, Stage
from qdml_quantum.backends.engines import jax_layout
from qdml_quantum.backends.engines.base import coarse_after
from qdml_quantum.backends.engines.jax_engine import JaxEngine
from qdml_quantum.backends.engines.numpy_engine import NumPyEngine
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase, Refine
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


COARSE = [
    [(), (8, 4, 1)],
    [(), ((3, 4), (3, 1), (0, 1)), ((1, 0),)],
    [(), ((2, 3, 1), (0, 2, 0), (0, 1, 0))],
]
"""Of each of the problems: grids of fewer points than devices, and others that are cut."""


def of_coarse(problem, coarse):
    stages = [Stage(2.0, 0.05, 5, coarse=idle) for idle in (*coarse, 0)]
    return Anneal(problem, Schedule(tuple(stages)), "strang", Gaussian(0.5, 0.8, 0.4))


def coarse():
    """With NumPy, cut and not."""
    cuts = set()
    for problem, some in zip(PROBLEMS, COARSE, strict=True):
        for uncut, idle in product((1, 1 << 13), some[1:]):
            jax_layout._UNCUT = uncut
            four = JaxEngine(problem, devices=4)
            follows(of_coarse(problem, idle), NumPyEngine(problem), four)
            cuts |= {placed.layout.num_blocks for placed in four._levels.values()}
    assert cuts == {1, 2, 4}


def follows(anneal, numpy, four):
    """After every stage, by itself, as it is seen, and all at once [measured: 7e-16]."""
    one, ours = numpy.begin(anneal), four.begin(anneal)
    looks, our_looks = [], []
    assert abs(four.whole(ours) - one).max() <= 1e-16
    for number, moves in enumerate(anneal.recipe.stages):
        one = numpy.run(one, [moves], lambda psi: looks.append(numpy.edge(psi)))
        ours = four.run(ours, [moves], lambda psi: our_looks.append(four.edge(psi)))
        assert abs(four.whole(ours) - one).max() <= 1e-14
        level = coarse_after(anneal.schedule, number)
        seen = four.whole(four.shown(ours, level))
        assert abs(seen - numpy.shown(one, level)).max() <= 1e-14
    np.testing.assert_allclose(our_looks, looks, atol=1e-14)
    at_once = four.run(four.begin(anneal), anneal.recipe.stages)
    assert abs(four.whole(at_once) - one).max() <= 1e-14


def coarse_in_imaginary_time():
    """With one device."""
    problem, idle = PROBLEMS[1], COARSE[1][1]
    jax_layout._UNCUT = 1
    anneal, states = of_coarse(problem, idle), []
    for devices in (1, 4):
        engine = JaxEngine(problem, devices=devices, imaginary=True)
        states.append(engine.whole(engine.run(engine.begin(anneal), anneal.recipe.stages)))
    assert abs(states[1] - states[0]).max() <= 1e-14


def refinements():
    """Two exchanges at most, nothing is gathered, and a device needs less than a stage does."""
    for qubits, idle, others in (([18], 1, 2), ([18], 10, 1), ([9, 9], 2, 2), ([9, 9], 8, 1)):
        problem = Problem(Grid([(-3, 3)] * len(qubits), qubits), "rastrigin")
        program = JaxEngine(problem, devices=4).compiled([Refine(idle, 0)])
        text = program.as_text()
        # Of the few points of 2^8, on every device, only the way back is one.
        assert text.count(" all-to-all(") + text.count(" all-to-all-start(") == others
        assert "all-gather" not in text
        used = program.memory_analysis()
        total = used.argument_size_in_bytes + used.output_size_in_bytes + used.temp_size_in_bytes
        assert total / problem.grid.size <= 24  # Measured: 20, 16, 11 and 11.


def resumes():
    """From blocks, on as many devices and on others."""
    for problem, idle in chain.from_iterable(
        ((problem, idle) for idle in some) for problem, some in zip(PROBLEMS, COARSE, strict=True)
    ):
        anneal = of_coarse(problem, idle) if idle else Anneal(problem, SCHEDULE)
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
