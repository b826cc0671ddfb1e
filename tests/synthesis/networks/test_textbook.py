"""What Qiskit's own tools make of phases and steps."""

import numpy as np
import pytest
from qiskit.quantum_info import Operator

from qdml_quantum import Axis, WalshSeries
from qdml_quantum.synthesis.networks.textbook import (
    StepOf,
    diagonal,
    gray_synth,
    pauli_evolution,
)


@pytest.mark.parametrize("coefficients", [[0.1, 0.2], [0.1, 0.2 - np.pi / 2], [-3.0, 4.0]])
def test_gray_synth_is_right_without_with_and_with_many_half_turns(coefficients):
    series = WalshSeries(3, np.array([1, 6]), np.array(coefficients))
    made = Operator(gray_synth(series)).data
    np.testing.assert_allclose(made, np.diag(np.exp(-1j * series.values())), atol=1e-11)


@pytest.mark.parametrize("line", [False, True])
def test_both_transforms_are_around_the_same_square(line):
    """Against the step in momentum, by a Fourier transform of NumPy."""
    axis = Axis(-4, 4, 3)
    series = WalshSeries.of_values(axis.points**4 / 100)
    step = StepOf(series, 0.3, (axis,), 0.2, line)
    made = Operator(step.after(pauli_evolution(step.scaled))).data
    phases = np.exp(-0.3j * axis.points**4 / 100)
    waves = np.exp(-0.2j * axis.wave_numbers**2)[:, None]
    exact = np.fft.ifft(waves * np.fft.fft(np.diag(phases), axis=0), axis=0)
    same = np.vdot(exact, made)
    np.testing.assert_allclose(made * abs(same) / same, exact, atol=1e-11)
    assert np.allclose(np.diag(Operator(diagonal(step.scaled)).data), phases, atol=1e-11)
