"""Figure 5, lower row: falling noise levels beat every single one; and each stands on its panel."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot.paper import generation
from qdml_quantum.plot.paper.numbers import Numbers


def test_annealing_beats_every_single_level(made):
    facts, scan = made(5).facts, made(5).tables["distance"]
    assert facts["annealed"] < scan["sliced wasserstein"].min()
    assert facts["best single level"] == scan["sliced wasserstein"].min()
    best = np.argmin(scan["sliced wasserstein"])
    assert facts["its sigma"] == scan["sigma"][best]
    assert facts["lowest level"] == scan["sliced wasserstein"][0]
    assert scan["sigma"][0] == scan["sigma"].min()


@pytest.mark.extra("plots")
def test_samples_stand_on_their_panels_and_distances_on_the_last(drawn):
    points = {"x": np.arange(3.0), "y": np.zeros(3)}
    higher = {"x": np.arange(3.0), "y": np.ones(3)}
    tables = {
        "distance": {
            "sigma": np.array([0.1, 0.2]),
            "sliced wasserstein": np.array([0.5, 0.4]),
            "standard error": np.array([0.01, 0.02]),
        },
        "held out": points,
        "one level": {"x": np.arange(3.0), "y": np.full(3, 2.0)},
        "annealed": higher,
    }
    facts = {"annealed": 0.3, "fresh data": 0.1}
    first, second, last = drawn(generation, Numbers(5, "", tables, facts))
    for ax, height, title in ((first, 2, "lowest level only"), (second, 1, "annealed")):
        assert [line.get_ydata()[0] for line in ax.get_lines()] == [0, height]
        assert ax.get_title() == title
    heights = {line.get_label(): line.get_ydata()[0] for line in last.get_lines()}
    assert (heights["annealed"], heights["fresh data"]) == (0.3, 0.1)
    assert last.containers[0].lines[0].get_ydata().tolist() == [0.5, 0.4]
