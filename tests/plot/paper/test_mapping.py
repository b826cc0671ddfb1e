"""Figure 6: the packet ends at the weights of the best line; weights are drawn as lines."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot.paper import mapping


def test_the_packet_ends_at_the_weights_of_the_best_line(made):
    facts, weights = made(6).facts, made(6).tables["weights"]
    lowest = int(np.argmin(weights["loss"]))
    assert abs(facts["w1"] - weights["w1"][lowest]) <= 0.5
    assert abs(facts["w2"] - weights["w2"][lowest]) <= 0.5
    assert facts["success"] > 0.75 and facts["accuracy"] > 0.9
    assert weights["probability"].sum() == pytest.approx(1)
    samples = made(6).tables["samples"]
    assert np.hypot(samples["w1"] - facts["w1"], samples["w2"] - facts["w2"]).mean() < 1


def test_the_loss_is_that_of_the_data(made):
    data, weights = made(6).tables["data"], made(6).tables["weights"]
    sign = 2 * data["class"] - 1
    for index in (0, 500, 1000):
        score = weights["w1"][index] * data["x"] + weights["w2"][index] * data["y"]
        loss = np.log1p(np.exp(-sign * score)).mean()
        assert weights["loss"][index] == pytest.approx(loss, rel=1e-9)


@pytest.mark.extra("plots")
def test_a_point_of_parameter_space_is_a_line_in_learning_space(made, drawn):
    left, middle, right = drawn(mapping, made(6))
    facts = made(6).facts
    best = next(line for line in left.get_lines() if "best line" in line.get_label())
    for x, y in best.get_xydata():
        assert facts["w1"] * x + facts["w2"] * y == pytest.approx(0, abs=1e-9)
    for ax in (middle, right):
        star = ax.get_lines()[0].get_xydata()[0]
        np.testing.assert_allclose(star, [facts["w1"], facts["w2"]])
