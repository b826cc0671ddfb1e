"""Figure 2: a free packet spreads as it should, and is drawn where it is."""

import numpy as np
import pytest

from qdml_quantum.paper import dispersion
from qdml_quantum.paper.numbers import Numbers


def test_a_free_packet_spreads_as_it_should(made):
    width = made(2).tables["width"]
    np.testing.assert_allclose(width["closed form"], np.hypot(0.8, 0.5 * width["time"] / 0.8))
    assert made(2).facts["largest error of the emulator"] < 1e-6
    assert made(2).facts["largest error of the circuit"] < 1e-6


def test_densities_have_weight_one_and_flatten(made):
    density = made(2).tables["density"]
    curves = [values for name, values in density.items() if name != "x"]
    step = density["x"][1] - density["x"][0]
    np.testing.assert_allclose([curve.sum() * step for curve in curves], 1, atol=1e-9)
    peaks = [curve.max() for curve in curves]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] == pytest.approx(1 / np.sqrt(2 * np.pi * 0.8**2), rel=1e-3)


@pytest.mark.extra("plots")
def test_densities_stand_left_and_widths_right(drawn):
    x = np.linspace(-2, 2, 5)
    tables = {
        "density": {"x": x, "t = 0": x**2, "t = 1": x**4},
        "width": {"time": x, "emulator": x, "closed form": 2 * x},
        "aer": {"time": x[:2], "width": 3 * x[:2]},
    }
    left, right = drawn(dispersion, Numbers(2, "", tables, {}))
    assert [line.get_label() for line in left.get_lines()] == ["t = 0", "t = 1"]
    np.testing.assert_array_equal(left.get_lines()[1].get_ydata(), x**4)
    curve, circuits = right.get_lines()
    np.testing.assert_array_equal(curve.get_ydata(), 2 * x)
    np.testing.assert_array_equal(circuits.get_xydata(), np.stack([x[:2], 3 * x[:2]], axis=1))
