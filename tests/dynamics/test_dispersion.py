"""Folded momentum phases: even in k, of two bits at most, and the same for every reader."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum import Anneal, Grid, Problem, Schedule, Stage, anneal
from qdml_quantum.dynamics.dispersion import (
    added,
    as_fold,
    bit_products,
    fold_of_axes,
    folded_squares,
    kinetic_angles,
    scaled,
)
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL, Formula
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.problem.grid import Axis

WELL = Problem(Grid([(-2.5, 2.5)], 5), "(x**2 - 1)**2 + 0.2*x")
FOLDED = Schedule(
    (Stage(2.0, 0.3, 1, 1, fold=(0.1, -0.2, 0.3)), Stage(0.7, 0.5, 2, fold=(0.2, 0, 0, -0.1))), 0.1
)


@given(st.integers(1, 7), st.integers(0, 999))
def test_squares_of_residues_by_their_definition(n, seed):
    axis, rng = Axis(-1.5, 2.0, n), np.random.default_rng(seed)
    k = np.rint(axis.wave_numbers * axis.length / (2 * np.pi)).astype(int)
    for m, square in enumerate(folded_squares(axis), 1):
        residue = [min(j % 2**m, 2**m - j % 2**m) for j in k]
        assert np.allclose(square, (2 * np.pi / axis.length * np.array(residue)) ** 2)
    angle, fold = rng.normal(), tuple(rng.normal(size=rng.integers(n)))
    angles = kinetic_angles(axis, angle, fold)
    assert np.allclose(angles, np.roll(angles[::-1], 1))  # even in k
    bits = (np.arange(axis.size)[:, None] >> np.arange(n)) & 1
    products = bit_products(axis, angle, fold)
    assert set(products) == {(i, j) for i in range(n) for j in range(i, n)}
    summed = sum(c * bits[:, i] * bits[:, j] for (i, j), c in products.items())
    assert np.allclose(summed, angles, atol=1e-9)


def test_they_are_all_even_functions_of_two_bits():
    """With a constant they span as many dimensions as even functions made of products have."""
    for n in (2, 3, 4, 5):
        axis = Axis(0, 1, n)
        bits = (np.arange(axis.size)[:, None] >> np.arange(n)) & 1
        pairs = [bits[:, i] * bits[:, j] for i in range(n) for j in range(i, n)]
        space = np.array([np.ones(axis.size), *pairs]).T
        odd = space - np.roll(space[::-1], 1, axis=0)
        even = space.shape[1] - np.linalg.matrix_rank(odd)
        assert even == np.linalg.matrix_rank([np.ones(axis.size), *folded_squares(axis)]) == n + 1


def test_one_way_to_say_a_thing():
    assert as_fold([]) == as_fold(np.zeros(3)) == as_fold([[0.0], [], [0, 0]]) == ()
    assert as_fold([0.1, 0.2, 0]) == as_fold([[0.1, 0.2]] * 2) == (0.1, 0.2)
    assert Stage(1, 1, 1, fold=[0.1]) == Stage(1, 1, 1, fold=[[0.1]])
    plane = Grid([(0, 1)] * 2, [3, 2])
    assert fold_of_axes((), plane) == ((), ())
    assert fold_of_axes(((0.1, 0.2), ()), plane) == ((0.1, 0.2), ())


folds = st.one_of(
    st.lists(st.floats(-1, 1), max_size=3),
    st.lists(st.lists(st.floats(-1, 1), max_size=3), min_size=2, max_size=2),
)


@given(folds, folds, st.floats(-2, 2))
def test_sums_and_multiples(one, other, factor):
    axis, grid = Axis(0, 1, 4), Grid([(0, 1)] * 2, 4)

    def angles(fold):
        return np.array([kinetic_angles(axis, 0, own) for own in fold_of_axes(fold, grid)])

    one, other = as_fold(one), as_fold(other)
    assert np.allclose(angles(added(one, other)), angles(one) + angles(other), atol=1e-9)
    assert np.allclose(angles(scaled(one, factor)), factor * angles(one), atol=1e-9)


def test_json_is_todays_where_nothing_is_folded():
    plain = Schedule((Stage(2.0, 0.3, 1), Stage(0.7, 0.5, 2)), 0.1)
    assert plain.to_dict()["stages"][0] == {"diffusion": 2.0, "time_step": 0.3, "num_steps": 1}
    nested = Schedule((Stage(1.0, 0.1, 1, (1, 0), fold=((0.1,), (0.2, 0.3))),), 0.1)
    for schedule in (plain, FOLDED, nested):
        assert Schedule.from_dict(json.loads(json.dumps(schedule.to_dict()))) == schedule
    unfolded = Schedule(tuple(Stage(s.diffusion, s.time_step, 1) for s in FOLDED.stages), 0.1)
    assert Anneal(WELL, FOLDED).id != Anneal(WELL, unfolded).id


def test_the_emulator_against_matrices():
    """Phases by dense transforms on the register of each stage."""
    psi = np.full(16, 0.25, dtype=complex)
    for n, stage in ((4, FOLDED.stages[0]), *[(5, FOLDED.stages[1])] * 2):
        if psi.size != 2**n:
            spectrum = np.fft.fft(psi, norm="ortho")
            psi = np.fft.ifft(np.r_[spectrum[:8], np.zeros(16), spectrum[8:]], norm="ortho")
        psi = psi * np.exp(-1j * stage.time_step * WELL.thinned(5 - n).values)
        angles = kinetic_angles(Axis(-2.5, 2.5, n), stage.time_step * stage.diffusion, stage.fold)
        psi = np.fft.ifft(np.exp(-1j * angles) * np.fft.fft(psi))
    assert np.allclose(Anneal(WELL, FOLDED).final_state(), psi, atol=1e-13)


def test_recipes_merge_and_share_out_folded_phases():
    """Halves of a kinetic phase at both ends of a step, merged over steps and seams."""
    ends = Formula("ends", 2, ((KINETIC, 0.5), (POTENTIAL, 1.0), (KINETIC, 0.5)))
    stages = (Stage(2.0, 0.3, 1, fold=(0.2,)), Stage(1.0, 0.3, 1, fold=(0.4, 0.6)))
    phases = make_recipe(Schedule(stages, 0.1), ends).phases
    kinetic = [(p.angle, p.fold) for p in phases if p.term == KINETIC]
    assert kinetic == [
        (pytest.approx(0.3), (0.1,)),
        (pytest.approx(0.45), (pytest.approx(0.3), pytest.approx(0.3))),
        (pytest.approx(0.15), (0.2, 0.3)),
    ]
    halves = FOLDED.halved()
    assert halves.stages[0].fold == (0.05, -0.1, 0.15)
    whole = Anneal(WELL, FOLDED).final_state()
    assert np.allclose(Anneal(WELL, FOLDED).after(2).final_state(), whole)


def test_they_commute_with_translations_and_reflections_and_load_nothing():
    """On one register: the refinement of a coarse one has no partner for its lowest wave number."""
    schedule = Schedule(FOLDED.stages[1:], 0.1)
    moved = [Problem.from_table(v, [(-2.5, 2.5)]) for v in _moved(WELL.values)]
    states = [Anneal(problem, schedule).final_state() for problem in moved]
    for state, same in zip(states, _moved(states[0]), strict=True):
        assert np.allclose(state, same, atol=1e-12)
    nothing = Problem.from_table(np.zeros(32), [(-2.5, 2.5)])
    assert np.allclose(np.abs(Anneal(nothing, FOLDED).final_state()) ** 2, 1 / 32)


def _moved(values):
    return values, np.roll(values, 4), np.roll(values[::-1], 1)


def test_bad_input():
    with pytest.raises(ValueError, match="`stages` must have no `fold` without a goal"):
        Schedule((Stage(1.0, 0.1, 1, fold=(0.1,)),))
    with pytest.raises(ValueError, match="`fold` must be finite"):
        Stage(1.0, 0.1, 1, fold=(float("nan"),))
    with pytest.raises(TypeError, match="`fold` must be a number"):
        Stage(1.0, 0.1, 1, fold=("a",))
    with pytest.raises(TypeError, match="`fold` must be a sequence"):
        Stage(1.0, 0.1, 1, fold=0.1)
    for fold, coarse in (((0.1,) * 5, 0), ((0.1,) * 4, 1)):
        schedule = Schedule((Stage(1.0, 0.1, 1, coarse, fold=fold),), 0.1)
        with pytest.raises(ValueError, match="`fold` must have at most"):
            Anneal(WELL, schedule)
    with pytest.raises(ValueError, match="`fold` must be for all axes"):
        Anneal(WELL, Schedule((Stage(1.0, 0.1, 1, fold=((0.1,), (0.2,))),), 0.1))


def test_imaginary_time_refuses_in_a_sentence():
    with pytest.raises(ValueError, match="Imaginary time cannot follow folded momentum phases"):
        anneal(WELL, FOLDED, backend="imaginary-time")
    with pytest.raises(ValueError, match="Imaginary time cannot follow folded momentum phases"):
        Propagator(WELL, imaginary=True).run(
            np.ones(32, complex), Anneal(WELL, FOLDED).recipe.moves
        )


def test_kinetic_angles_of_pairs_are_a_mask_of_bits():
    """A fold of one bit is that bit: no pair at all."""
    products = bit_products(Axis(0, 2 * np.pi, 3), 0.0, (1.0,))
    pairs = [products[pair] for pair in itertools.combinations(range(3), 2)]
    assert products[0, 0] == 1.0 and not any(pairs)
