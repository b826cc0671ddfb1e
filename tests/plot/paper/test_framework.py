"""Figure 1: both loops end in the lower well, and stand beside the equations."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot.paper import framework


def test_both_loops_end_in_the_lower_well(made):
    """Real time comes near what imaginary time, the classical approximation, finds."""
    facts = made(1).facts
    assert 0.85 < facts["success, real time"] < facts["success, imaginary time"]
    for name in ("real", "imaginary"):
        table = made(1).tables[name]
        step = table["x"][1] - table["x"][0]
        densities = [density for label, density in table.items() if label != "x"]
        assert len(densities) == 4
        np.testing.assert_allclose([density.sum() * step for density in densities], 1, atol=1e-9)
        assert densities[-1][table["x"] < 0].sum() * step > 0.9
        assert list(table)[1] == "D = 1" and list(table)[-1] == "D = 0.02"


@pytest.mark.extra("plots")
def test_the_equations_stand_left_and_densities_beside_them(made, drawn):
    diagram, real, imaginary = drawn(framework, made(1))
    words = " ".join(text.get_text() for text in diagram.texts)
    for part in ("potential", "qubits", "Wick rotation", "outer loop", "inner loop", "40 rounds"):
        assert part in words
    for ax, name in ((real, "real"), (imaginary, "imaginary")):
        assert f"{name} time" in ax.get_title()
        np.testing.assert_array_equal(
            ax.get_lines()[3].get_ydata(), made(1).tables[name]["D = 0.02"]
        )
