"""The figure of a self-test shows its numbers, and whether they show a motion."""

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")
pytest.importorskip("matplotlib")

from packets import by_hand, judged

from qdml_quantum.plot import style
from qdml_quantum.plot.self_test import plot_self_test


def test_a_motion_that_is_seen():
    test = by_hand()
    ax = plot_self_test(judged(test, [one.ideal["position"] for one in test.plans]))
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert np.array_equal(lines["exact"].get_ydata(), test.motion.exact)
    assert lines["middle of the box"].get_ydata()[0] == test.middle
    assert "motion seen" in ax.get_title() and ax.title.get_color() == style.INK
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any("4096 shots" in text for text in texts)


def test_one_that_is_not_seen_is_red():
    test = by_hand(4)
    ax = plot_self_test(judged(test, [test.plans[0].ideal["position"]] * 5))
    assert "4 qubits: motion not seen" in ax.get_title()
    assert ax.title.get_color() == style.VERMILION
    assert ax.get_xlabel() == "angle (rad)"
    assert "not run" in plot_self_test(test).get_title()
