"""Levels from a coarse grid to the fine one: against matrices, where it is hard."""

import numpy as np
import pytest
from work import calls

from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference import block, nested
from qdml_quantum.reference.block import refined
from qdml_quantum.reference.lanczos import diagonalised
from qdml_quantum.reference.nested import hidden_depth, nested_levels

X = np.linspace(-3, 3, 512, endpoint=False)
RANDOM = np.random.default_rng(0)


def table(values):
    return Problem.from_table(values, [(-3, 3)] * np.ndim(values))


HARD = {
    "smooth": table(X**2),
    "symmetric, split by 1e-12": table(10 * (X**2 - 1) ** 2),
    "sixteen equal wells": table(10 * np.cos(2 * np.pi * 16 * X / 6)),
    "noise": table(10 * RANDOM.standard_normal(512)),
    "noise, 2-D": table(RANDOM.standard_normal((32, 16))),
    "a well between coarse points, where no state is": table(X**2 - 300 * (np.arange(512) == 481)),
    "a shallow well between coarse points": table(X**2 - 3 * (np.arange(512) == 151)),
    "a well on a coarse point": table(X**2 - 300 * (np.arange(512) == 148)),
    "walls of a million": table(X**2 + 1e6 * (np.abs(X) > 2)),
    "flat": table(0 * X),
    "equal wells, 2-D": Problem(Grid([(-4, 4)] * 2, [4, 5]), "rastrigin"),
    "axes of unequal length": Problem(Grid([(-3, 3), (-1, 1)], [7, 2]), "x**2 + 20*y**2"),
    "3-D": Problem(Grid([(-3, 3)] * 3, [3, 3, 3]), "rastrigin"),
}


@pytest.mark.each_value
@pytest.mark.parametrize("diffusion", [1.0, 0.05, 0.002])
@pytest.mark.parametrize("name", HARD)
def test_levels_are_those_of_the_matrix(name, diffusion):
    """Measured: 4e-12 of the scale, and 8e-11 with walls of a million, as matrices round too."""
    hamiltonian = Hamiltonian(HARD[name], diffusion)
    rounding = 2 * np.finfo(float).eps * (np.ptp(HARD[name].values) + hamiltonian.kinetic.max())
    for wanted in (1, 3, 6):
        exact, _ = diagonalised(hamiltonian, wanted)
        energies, columns = nested_levels(hamiltonian, wanted)
        assert np.abs(energies - exact).max() <= max(1e-9 * hamiltonian.scale(exact[0]), rounding)
        assert np.allclose(columns.T @ columns, np.eye(wanted), atol=1e-12)


def test_all_states_of_a_degenerate_level_are_there():
    """The oscillator on three axes has 1, 3 and 6 states at 3, 5 and 7; Lanczos misses some."""
    problem = Problem(Grid([(-6, 6)] * 3, 4), "x**2 + y**2 + z**2")
    energies, _ = nested_levels(Hamiltonian(problem, 1.0), 10)
    assert np.allclose(energies, [3] + [5] * 3 + [7] * 6, atol=3e-3)
    assert np.ptp(energies[1:4]) < 1e-9


@pytest.mark.parametrize("num_qubits", [10, 14, 17])
def test_residuals_are_certified_on_fine_grids(num_qubits):
    """Of states from the levels -5 and beyond of H: 2e-10 at 10 qubits, 5e-8 at 17: rounding."""
    problem = Problem(Grid((-8, 8), num_qubits), "x**2")
    hamiltonian = Hamiltonian(problem, 1.0)
    energies, columns = nested_levels(hamiltonian, 4)
    assert np.allclose(energies, [1, 3, 5, 7], atol=1e-9)
    rounding = 4 * np.finfo(float).eps * hamiltonian.kinetic.max()
    left = hamiltonian.apply(columns.T) - energies[:, None] * columns.T
    assert np.linalg.norm(left, axis=1).max() <= 2 * max(1e-9, rounding)


@pytest.mark.parametrize("together", [1, 3 * 512, 1 << 18])
def test_levels_are_the_same_whatever_rows_are_taken_together(monkeypatch, together):
    hamiltonian = Hamiltonian(HARD["sixteen equal wells"], 0.05)
    expected = nested_levels(hamiltonian, 5)[0]
    monkeypatch.setattr(block, "_TOGETHER", together)
    assert np.allclose(nested_levels(hamiltonian, 5)[0], expected, atol=1e-12)


@pytest.mark.parametrize(("depth", "hidden"), [(0.99, False), (1.01, True)])
def test_half_of_what_lies_above_the_wanted_levels_decides(monkeypatch, depth, hidden):
    """Two are wanted of 0, 1 and 3: nothing that falls by less than 1 gets below both."""
    asked = []
    monkeypatch.setattr(nested, "hidden_depth", lambda *given: asked.append(given) or depth)
    problem = Problem(Grid([(-3, 3), (-1, 1)], [7, 3]), "x**2 + 20*y**2")
    assert nested._is_hidden(problem, 0.1, np.array([0.0, 1.0, 3.0]), 2) is hidden
    assert asked == [(problem, 0.1, (1, 0), 3.0)]


def test_parts_are_all_rows_once():
    for shape in ((1, 7), (5, 1 << 17), (3, 1 << 19), (4, 2, 3), (0, 8)):
        rows = np.zeros(shape)
        for part in block.in_parts(rows):
            rows[part] += 1
        assert np.all(rows == 1)


@pytest.mark.parametrize("near", [1.0, 1e-2, 1e-8, 0.0])
def test_rows_become_orthonormal_however_near_to_dependent_they_are(near):
    """With 1e-2 by Cholesky factors, below by reflections; the last rows then span what is left."""
    rows = RANDOM.standard_normal((4, 300))
    rows[2] = rows[0] - 2 * rows[1] + near * rows[2]
    rows *= np.array([1e-9, 1.0, 1e5, 1.0])[:, None]
    made = nested._orthonormal(rows)
    np.testing.assert_allclose(made @ made.T, np.eye(4), atol=1e-14)
    for first in (1, 2, 4):  # those of the first ones
        part = rows[:first] / np.linalg.norm(rows[:first], axis=1, keepdims=True)
        np.testing.assert_allclose(part @ made[:first].T @ made[:first], part, atol=1e-13)


def test_a_row_of_zeros_is_no_direction():
    made = nested._orthonormal(np.array([[1.0, 0, 0], [0, 0, 0]]))
    np.testing.assert_allclose(made @ made.T, np.eye(2), atol=1e-14)


def test_reflections_are_used_where_rows_are_nearly_dependent_only(monkeypatch):
    used = []
    monkeypatch.setattr(nested, "orthonormal", lambda rows: used.append(rows) or rows)
    rows = RANDOM.standard_normal((3, 50))
    nested._orthonormal(rows)
    assert not used
    rows[1] = rows[0] + 1e-5 * rows[1]
    assert nested._orthonormal(rows) is used[0] is rows


def test_a_finer_grid_takes_no_more_rounds():
    """Of both grids nearly all calls are those of the coarse grids that they share."""
    few, many = (
        calls(
            lambda n=n: nested_levels(
                Hamiltonian(Problem(Grid((-2.5, 2.5), n), "double_well"), 0.05), 3
            )
        )
        for n in (11, 15)
    )
    assert many < 3 * few


@pytest.mark.parametrize("shape", [(512,), (16, 32)])
def test_where_it_does_not_converge_something_slower_does(monkeypatch, shape):
    problem = table(RANDOM.standard_normal(shape))
    hamiltonian = Hamiltonian(problem, 0.01)
    exact, _ = diagonalised(hamiltonian, 3)
    monkeypatch.setattr(nested, "_MAX_ROUNDS", 1)
    assert np.allclose(nested_levels(hamiltonian, 3)[0], exact, atol=1e-11)
    monkeypatch.setattr(nested, "DENSE_POINTS", 300)  # Lanczos
    assert np.allclose(nested_levels(hamiltonian, 3)[0], exact, atol=1e-9)


def test_depth_is_seen_on_every_axis_that_is_thinned():
    """A hole of 0.5 between coarse points of either axis, and of both; not on a coarse point."""
    smooth = np.zeros((8, 8))
    for point, along_x, along_y in [((1, 0), 0.5, 0), ((0, 3), 0, 0.5), ((4, 4), 0, 0)]:
        values = smooth.copy()
        values[point] = -0.5
        problem = table(values)
        # At a coarse point only the outer weight of the cubics, 1/16, sees the hole.
        assert hidden_depth(problem, 1e-9, (1, 0), 9.0) == pytest.approx(
            along_x or 0.5 / 16, abs=1e-12
        )
        assert hidden_depth(problem, 1e-9, (0, 1), 9.0) == pytest.approx(
            along_y or 0.5 / 16, abs=1e-12
        )
        assert hidden_depth(problem, 1e-9, (1, 1), 9.0) == pytest.approx(
            max(along_x, along_y) or 0.5 / 16, abs=1e-12
        )
        assert hidden_depth(problem, 1e-9, (0, 0), 9.0) == 0


def test_walls_hide_no_more_than_four_times_the_energy():
    """A slope of walls beside a well: only what a state of this energy feels of them counts."""
    values = np.array([0.0, 0.0, 1e6, 1e6, 0.0, 0.0, 0.0, 0.0])
    low = np.minimum(values, 4 * 2.0)
    expected = hidden_depth(table(low), 1e-9, (1,), 2.0)
    assert expected == pytest.approx(9 / 16 * 4 * 2.0)  # between 0 and a wall
    assert hidden_depth(table(values), 1e-9, (1,), 2.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "grids"),
    [
        ("smooth", [512]),  # 256 points are diagonalised.
        ("a well between coarse points, where no state is", []),
    ],
)
def test_only_what_a_coarse_grid_may_not_have_begins_with_noise(monkeypatch, name, grids):
    """And it is found: the coarse grid of the hidden well has the bowl alone."""
    begun = []

    def seen(coarse, shape):
        begun.append(*shape)
        return refined(coarse, shape)

    monkeypatch.setattr(nested, "refined", seen)
    hamiltonian = Hamiltonian(HARD[name], 0.002)
    energies, _ = nested_levels(hamiltonian, 2)
    assert begun == grids
    assert np.allclose(energies, diagonalised(hamiltonian, 2)[0], atol=1e-9)


@pytest.mark.parametrize("diffusion", [1e-4, 1e-2, 1.0, 100.0])
def test_no_ground_state_falls_by_more_than_the_depth(diffusion):
    """The bound is that of a state, so that it must hold for every dip: 24 drawn ones each."""
    tightest = 0.0
    for _ in range(24):
        values = np.linspace(-2, 2, 32) ** 2
        dips = np.zeros(32)
        dips[RANDOM.choice(np.arange(1, 32, 2), RANDOM.integers(1, 4))] = RANDOM.uniform(0.1, 3)
        values -= dips
        problem = table(values)
        cubic = 9 * (values[::2] + np.roll(values[::2], -1))
        cubic -= np.roll(values[::2], 1) + np.roll(values[::2], -2)
        smooth = values.copy()
        smooth[1::2] = np.maximum(values[1::2], cubic / 16)
        low = diagonalised(Hamiltonian(problem, diffusion), 1)[0][0]
        high = diagonalised(Hamiltonian(table(smooth), diffusion), 1)[0][0]
        # An energy so high that neither walls nor points are left out.
        allowed = hidden_depth(problem, diffusion, (1,), max(low, values.max()))
        assert high - low <= allowed + 1e-9
        tightest = max(tightest, (high - low) / allowed)
    assert tightest > 0.02
