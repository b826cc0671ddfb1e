"""Figure 2: a free packet spreads as it should, and is drawn where it is."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot.paper import dispersion
from qdml_quantum.plot.paper.numbers import Numbers


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


def test_the_phase_is_that_of_the_closed_form(made):
    """Flat at first, then a parabola of curvature ``a / (2 w^2 (1 + a^2))``, a = D t / w^2."""
    table, w = made(2).tables["phase"], 0.8
    assert made(2).facts["largest error of the phase"] < 1e-6
    for time in (0.0, 1.5, 4.5):
        a = 0.5 * time / w**2
        phase, seen = table[f"t = {time:g}"], np.isfinite(table[f"t = {time:g}"])
        fit = np.polynomial.Polynomial.fit(table["x"][seen], phase[seen], 2).convert()
        assert seen.sum() > 50 and fit.coef[0] == pytest.approx(0, abs=1e-6)
        curvature = fit.coef[2] if fit.coef.size > 2 else 0.0
        assert 2 * curvature == pytest.approx(a / (2 * w**2 * (1 + a**2)), abs=1e-6)


@pytest.mark.extra("plots")
def test_densities_stand_left_phases_in_the_middle_and_widths_right(drawn):
    x = np.linspace(-2, 2, 5)
    tables = {
        "density": {"x": x, "t = 0": x**2, "t = 1": x**4},
        "phase": {"x": x, "t = 0": 0 * x, "t = 1": 5 * x},
        "width": {"time": x, "emulator": x, "closed form": 2 * x},
        "aer": {"time": x[:2], "width": 3 * x[:2]},
    }
    left, middle, right = drawn(dispersion, Numbers(2, "", tables, {}))
    assert [line.get_label() for line in left.get_lines()] == ["t = 0", "t = 1"]
    np.testing.assert_array_equal(left.get_lines()[1].get_ydata(), x**4)
    np.testing.assert_array_equal(middle.get_lines()[1].get_ydata(), 5 * x)
    curve, circuits = right.get_lines()
    np.testing.assert_array_equal(curve.get_ydata(), 2 * x)
    np.testing.assert_array_equal(circuits.get_xydata(), np.stack([x[:2], 3 * x[:2]], axis=1))
