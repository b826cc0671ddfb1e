"""Grids: positions, wave numbers and the bit order of the registers."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import Bounds

from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.grid import MAX_QUBITS, Axis, Grid, as_bounds
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian, amplitudes
from qdml_quantum.support.messages import TooLargeError

ends = st.tuples(st.floats(-100, 100), st.floats(0.01, 100)).map(lambda p: (p[0], p[0] + p[1]))
grids = st.lists(st.tuples(ends, st.integers(1, 4)), min_size=1, max_size=3).map(
    lambda axes: Grid([box for box, _ in axes], [n for _, n in axes])
)


@given(box=ends, n=st.integers(1, 8))
def test_points_start_at_the_left_end_and_leave_the_right_end_out(box, n):
    axis = Axis(*box, n)
    assert axis.points[0] == axis.lower
    assert axis.points.size == axis.size == 2**n
    assert axis.points[-1] + axis.spacing == pytest.approx(axis.upper, abs=1e-12)
    assert axis.spacing * axis.size == pytest.approx(axis.length)


@pytest.mark.parametrize("n", range(1, 8))
def test_wave_numbers_are_the_index_read_in_twos_complement(n):
    axis = Axis(-1.0, 3.0, n)
    index = np.arange(2**n)
    signed = np.where(index >= 2 ** (n - 1), index - 2**n, index)
    assert np.allclose(axis.wave_numbers, 2 * math.pi / 4.0 * signed, atol=1e-12)
    assert np.abs(axis.wave_numbers).max() == pytest.approx(axis.max_wave_number)


def test_transform_to_wave_numbers_is_the_orthonormal_fft():
    """A plane wave of wave number k_m has all its weight at index m."""
    axis = Axis(-1.0, 3.0, 4)
    for m in range(16):
        wave = np.exp(1j * axis.wave_numbers[m] * axis.points) / 4
        spectrum = np.abs(np.fft.fft(wave, norm="ortho")) ** 2
        assert spectrum.argmax() == m
        assert spectrum[m] == pytest.approx(1)


@given(grid=grids, data=st.data())
def test_axis_zero_sits_on_the_lowest_qubits(grid, data):
    index = tuple(data.draw(st.integers(0, size - 1)) for size in grid.shape)
    integer, shift = 0, 0
    for j, n in zip(index, grid.qubits_per_axis, strict=True):
        integer += j << shift
        shift += n
    marker = np.zeros(grid.shape)
    marker[index] = 1.0
    assert grid.to_vector(marker).argmax() == integer
    assert grid.bitstring_of(index) == f"{integer:0{grid.num_qubits}b}"
    assert grid.index_of(grid.bitstring_of(index)) == index


@given(grid=grids)
def test_vector_and_array_are_inverse(grid):
    array = np.arange(grid.size).reshape(grid.shape)
    assert np.array_equal(grid.from_vector(grid.to_vector(array)), array)
    assert grid.to_vector(array).shape == (grid.size,)


def test_bit_strings_with_blanks_between_registers_are_read():
    grid = Grid([(0, 1), (0, 1)], [3, 2])
    assert grid.index_of("01 110") == grid.index_of("01110") == (6, 1)


def test_coordinates_broadcast_to_the_shape():
    grid = Grid([(-4, 4), (0, 1), (2, 3)], [3, 2, 1])
    mesh = np.broadcast_arrays(*grid.coordinates())
    assert all(part.shape == grid.shape == (8, 4, 2) for part in mesh)
    place = (5, 2, 1)
    assert grid.position(place) == pytest.approx([part[place] for part in mesh])
    assert [k.shape for k in grid.wave_numbers()] == [(8, 1, 1), (1, 4, 1), (1, 1, 2)]


@given(grid=grids)
def test_json_form_gives_the_same_grid(grid):
    assert Grid(**grid.to_dict()) == grid


def test_equal_grids_are_equal_and_hash_alike():
    a, b = Grid([(-4, 4)], 3), Grid((-4.0, 4.0), [3])
    assert a == b
    assert hash(a) == hash(b)
    assert a != Grid([(-4, 4)], 4)


def test_one_number_of_qubits_serves_all_axes():
    assert Grid([(-4, 4), (0, 1)], 3).qubits_per_axis == (3, 3)
    assert Grid([(-4, 4), (0, 1)], np.int64(3)) == Grid([(-4, 4), (0, 1)], np.array([3, 3]))


def test_one_qubit_is_a_grid_of_two_points():
    grid = Grid((-1, 1), 1)
    assert grid.axes[0].points.tolist() == [-1.0, 0.0]
    assert grid.axes[0].wave_numbers.tolist() == [0.0, -math.pi]


def test_large_grids_are_made_without_allocating_them():
    assert Grid([(-1, 1), (-1, 1)], MAX_QUBITS).size == 2 ** (2 * MAX_QUBITS)
    with pytest.raises(TooLargeError, match="`num_qubits` must be at most 30 on an axis, but is"):
        Grid([(-1, 1), (-1, 1)], [4, MAX_QUBITS + 1])


@pytest.mark.parametrize(
    "ask",
    [
        Grid.points,
        lambda grid: Problem(grid, "sphere").values,
        lambda grid: Problem(grid, "sphere").span,
        lambda grid: Goal(Problem(grid, "sphere")),
        lambda grid: amplitudes("uniform", grid),
        lambda grid: amplitudes(Gaussian([0.0] * 10, [1.0] * 10), grid),
        lambda grid: amplitudes(lambda *x: x[0], grid),
        lambda grid: amplitudes("uniform", grid, coarse=1),
    ],
)
def test_what_needs_all_points_says_that_they_do_not_fit(ask):
    """Ten axes of four qubits: terabytes, which nobody has begun to take."""
    with pytest.raises(TooLargeError, match=r"on \d0 qubits needs .* GiB .*Use fewer `num_"):
        ask(Grid([(-1, 1)] * 10, 4))


@pytest.mark.parametrize(
    ("bounds", "pairs"),
    [((-1, 1), [(-1, 1)]), ([(-1, 1)], [(-1, 1)]), (np.array([[0, 1], [2, 3]]), [(0, 1), (2, 3)])],
)
def test_bounds_are_read_from_what_people_write(bounds, pairs):
    assert as_bounds(bounds) == pairs


@given(st.integers(-(2**52), 2**52), st.integers(1, 12), st.integers(-30, 30), st.integers(0, 5))
def test_boxes_that_floating_point_holds_are_taken(start, n, power, more):
    """Every box of 2^n points that are exact, wherever it lies."""
    scale = 2.0**power
    lower, upper = start * scale, (start + (1 << (n + more))) * scale
    axis = Axis(lower, upper, n)
    assert np.array_equal(np.diff(axis.points), np.full(axis.size - 1, axis.spacing))
    assert axis.points[-1] + axis.spacing == upper


@given(st.floats(1e-6, 1e15), st.floats(1e-17, 1e-9), st.integers(1, 12))
def test_points_are_even_or_the_box_is_refused(lower, part, n):
    upper = lower * (1 + part)
    assume(upper > lower)
    try:
        axis = Axis(lower, upper, n)
    except ValueError as error:
        assert f"far enough apart for {2**n} points" in str(error)
        return
    steps = np.diff(axis.points)
    assert (steps > 0).all() and np.allclose(steps, axis.spacing, rtol=2e-3, atol=0)


def test_far_boxes():
    assert (Grid([(1e9, 1e9 + 1)], 6).axes[0].points * 64 % 1 == 0).all()
    with pytest.raises(ValueError, match=r"for 64 points.* steps of 1.2e-07. Use fewer qubits"):
        Grid([(1e9, 1e9 + 1e-6)], 6)
    assert repr(Grid([(1e9, 1e9 + 1)], 6)) == "Grid([(1e+09, 1000000001.0)], [6])"


def test_bounds_of_scipy():
    assert as_bounds(Bounds([0, 1], 2)) == [(0.0, 2.0), (1.0, 2.0)]
    assert Grid(Bounds(-1, 1), 3) == Grid((-1, 1), 3)


def test_masked_arrays_are_no_arrays_on_a_grid():
    grid = Grid([(0, 1)], 2)
    masked = np.ma.masked_equal([1, 2, -9, 4], -9)
    for take in (grid.to_vector, grid.from_vector):
        with pytest.raises(ValueError, match="masked at index 2"):
            take(masked)


@pytest.mark.parametrize("coarse", [0, 2])
def test_a_centred_grid_is_its_own_mirror_image(coarse):
    plain, moved = Grid([(-1, 3), (0, 1)], [5, 3]), Grid.centred([(-1, 3), (0, 1)], [5, 3], coarse)
    assert moved.shape == plain.shape and np.allclose(moved.lengths, plain.lengths)
    for axis, whole in zip(moved.thinned(coarse).axes, plain.axes, strict=True):
        middle = (whole.lower + whole.upper) / 2
        assert np.allclose(axis.points + axis.points[::-1], 2 * middle)


def test_a_centred_grid_leaves_a_qubit():
    with pytest.raises(ValueError, match="`coarse` must leave a qubit"):
        Grid.centred([(-1, 1)], 3, coarse=3)
