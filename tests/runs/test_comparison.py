"""Runs beside each other: real and imaginary time of one schedule."""

import json
import sys

import numpy as np
import pytest

from qdml_quantum import (
    Comparison,
    Gaussian,
    Grid,
    Problem,
    Schedule,
    anneal,
    eigenstates,
    relax,
)
from qdml_quantum.dynamics.hamiltonian import Hamiltonian

WELL = Problem(Grid([(-2.5, 2.5)], 6), "double_well")
FALLING = Schedule.geometric((4, 0.3), num_stages=4, num_steps=40, time_step=0.02)


@pytest.fixture(scope="module")
def both():
    ways = ("emulator", "imaginary-time")
    return Comparison(*(anneal(WELL, FALLING, backend=way) for way in ways))


def test_imaginary_time_is_exp_of_minus_tau_h_stage_by_stage():
    """Against diagonalisation: ``exp(-tau H)`` of every stage in turn, normalised."""
    result = anneal(WELL, FALLING, backend="imaginary-time", validate=False)
    psi = np.full(64, 1 / 8)
    for stage, record in zip(FALLING.stages, result.stages, strict=True):
        energies, states = eigenstates(WELL, stage.diffusion, 64)
        tau = stage.time_step * stage.num_steps
        psi = states.T @ (np.exp(-tau * (energies - energies[0])) * (states @ psi))
        psi /= np.linalg.norm(psi)
        # Measured: 2e-4, the Trotter error of Strang at dt = 0.02.
        energy = Hamiltonian(WELL, stage.diffusion).energy(psi)
        assert record.energy == pytest.approx(energy, abs=2e-3)
    assert abs(np.vdot(result.state, psi)) > 1 - 1e-6


def test_imaginary_time_lowers_the_energy_of_a_stage_and_real_time_keeps_it():
    """At fixed D: the one cools, the other is unitary."""
    packet = Gaussian(0.5, 0.3)
    still = Schedule.constant(0.5, num_steps=200, time_step=0.005)
    start = Hamiltonian(WELL, 0.5).energy(packet.amplitudes(WELL.grid))
    real = anneal(WELL, still, initial=packet, validate=False)
    cool = anneal(WELL, still, initial=packet, validate=False, backend="imaginary-time")
    assert real.energy == pytest.approx(start, abs=1e-3)
    assert cool.energy < start - 0.5


@pytest.mark.parametrize("shift", [-1e6, 0.0, 1e6])
def test_a_constant_added_to_the_objective_changes_nothing(shift):
    """The energy is shifted so that nothing overflows."""
    moved = Problem(WELL.grid, lambda x: 10 * (x**2 - 1) ** 2 + 0.1 * x + shift)
    plain = Problem(WELL.grid, lambda x: 10 * (x**2 - 1) ** 2 + 0.1 * x)
    states = [
        anneal(one, FALLING, backend="imaginary-time", validate=False).state
        for one in (moved, plain)
    ]
    assert np.abs(states[0] - states[1]).max() < 1e-8


def test_negative_fractions_are_refused():
    with pytest.raises(ValueError, match=r"`formula` .* no negative fractions .* `suzuki4`"):
        anneal(WELL, FALLING, formula="suzuki4", backend="imaginary-time")


def test_rows_and_words(both):
    rows = list(both.rows())
    assert [row["D"] for row in rows] == [stage.diffusion for stage in FALLING.stages]
    assert rows[-1]["energy, emulator"] == both.results[0].energy
    assert rows[-1]["success, imaginary-time"] == both.results[1].success_probability
    text = str(both)
    for words in ("emulator", "imaginary-time", "overlap", "stage"):
        assert words in text
    plain = json.loads(json.dumps(both.to_dict(), allow_nan=False))
    assert [run["label"] for run in plain["runs"]] == list(both.labels)
    assert len(plain["stages"]) == 4


def test_the_overlap_of_a_run_with_itself_is_one(both):
    same = Comparison(both.results[0], both.results[0])
    assert same.overlap() == pytest.approx(1)
    assert same.labels == ("emulator 1", "emulator 2")
    assert both.overlap() < 1


def test_a_ground_state_can_stand_beside_an_anneal(both):
    """Without stages there is no table of them, and the rest is there."""
    beside = Comparison(both.results[0], relax(WELL, 0.3))
    assert list(beside.rows()) == []
    assert "imaginary time" in str(beside)


def test_what_cannot_be_compared_is_refused(both):
    with pytest.raises(ValueError, match="`results` must be two or more"):
        Comparison(both.results[0])
    with pytest.raises(TypeError, match="`results` must be results"):
        Comparison(both.results[0], 3)
    other = anneal(Problem(WELL.grid, "harmonic"), FALLING, validate=False)
    with pytest.raises(ValueError, match="`results` must be of one problem"):
        Comparison(both.results[0], other)


def test_the_figure_has_a_line_for_energy_and_success_of_each(both):
    plot = pytest.importorskip("qdml_quantum.plot")
    ax = plot.plot_comparison(both)
    energies = [line for line in ax.get_lines() if line.get_label().startswith("energy")]
    for line, result in zip(energies, both.results, strict=True):
        assert np.array_equal(line.get_ydata(), [stage.energy for stage in result.stages])


def test_runs_are_rows_of_a_data_frame_and_shown_in_a_notebook(monkeypatch):
    problem = Problem(Grid([(-4, 4)], 4), "harmonic")
    once = Schedule.constant(1.0, time_step=0.1, num_steps=4)
    both = Comparison(*(anneal(problem, once, backend=b) for b in ("emulator", "imaginary-time")))
    assert "2 runs" in both._repr_html_()
    pandas = pytest.importorskip("pandas")
    frame = both.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.index) == list(both.labels)
    assert list(frame["success"]) == [result.success_probability for result in both.results]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="Data frames need pandas"):
        both.to_pandas()
