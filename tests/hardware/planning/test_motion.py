"""Motions in one step: the closed form, the emulator, and the same in small steps."""

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qdml_quantum import Anneal, Schedule
from qdml_quantum.diagnostics.metrics import total_variation
from qdml_quantum.hardware.planning.motion import motion_of


def histograms(motion):
    return [np.abs(one.final_state()) ** 2 for one in motion.anneals]


@pytest.mark.parametrize("qubits", [3, 4, 5, 6])
def test_one_step_is_where_the_closed_form_says(qubits):
    motion = motion_of(qubits)
    points = motion.anneals[0].grid.axes[0].points
    means = [float(p @ points) for p in histograms(motion)]
    # 0.026 for the fall on 8 points, 0.003 for the turn [measured].
    assert means == pytest.approx(motion.exact, abs=0.03 if qubits == 3 else 0.004)
    middle = points.mean()
    assert means[0] > middle + 1 and means[-1] < middle - 0.4  # Further than noise takes it.
    assert means == sorted(means, reverse=True)


@pytest.mark.parametrize("qubits", [4, 5, 6])
def test_the_turn_in_small_steps_is_the_same(qubits):
    motion = motion_of(qubits)
    for angle, one, p in zip(motion.times, motion.anneals, histograms(motion), strict=True):
        small = Schedule.constant(1.0, num_steps=400, time_step=angle / 800)
        fine = Anneal(one.problem, small, "strang", one.initial)
        assert total_variation(np.abs(fine.final_state()) ** 2, p) < 0.005


def test_the_fall_is_a_gaussian_that_spreads():
    motion = motion_of(3)
    points = motion.anneals[0].grid.axes[0].points
    for time, center, one, p in zip(
        motion.times, motion.exact, motion.anneals, histograms(motion), strict=True
    ):
        width, diffusion = one.initial.width, one.schedule.final_diffusion
        spread = width**2 + (diffusion * time / width) ** 2
        gauss = np.exp(-((points - center) ** 2) / (2 * spread))
        assert total_variation(gauss / gauss.sum(), p) < 0.04


def test_sizes_that_have_no_motion():
    for qubits, error in ((2, ValueError), (7, ValueError), (3.5, TypeError)):
        with pytest.raises(error, match="qubits"):
            motion_of(qubits)
