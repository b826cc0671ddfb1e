"""Figure 7: a denoiser in front gains points; images clean, noisy, denoised from the top."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot.paper import denoising
from qdml_quantum.plot.paper.numbers import Numbers


@pytest.mark.slow
def test_the_learned_denoiser_gains_points_where_there_is_noise(made):
    table, facts = made(7).tables["accuracy"], made(7).facts
    assert len(facts) == 4
    for sigma, none, learned in zip(
        table["sigma"][1:], table["none"][1:], table["learned"][1:], strict=True
    ):
        gain = facts[f"points gained at sigma = {sigma:g}"]
        assert gain == pytest.approx(100 * (learned - none))
        assert gain > 0
    # Without noise nothing is denoised.
    assert table["none"][0] == table["linear"][0] == table["learned"][0] > 0.9


@pytest.mark.slow
def test_denoised_images_are_nearer_to_the_clean_ones_than_noisy_ones(made):
    images = made(7).tables["images"]

    def row(kind):
        return np.stack([pixels for name, pixels in images.items() if name.startswith(kind)])

    clean = row("clean")
    assert np.abs(row("learned") - clean).mean() < 0.5 * np.abs(row("noisy") - clean).mean()


@pytest.mark.extra("plots")
def test_images_stand_in_rows_and_accuracies_beside_them(drawn):
    shades = {"clean": 0.1, "noisy": 0.5, "learned": 0.9}
    images = {f"{kind} {k}": np.full(64, v + k / 100) for kind, v in shades.items() for k in (1, 2)}
    images["clean 1"] = np.arange(64) / 64  # Its pixels go row by row.
    sigma = np.array([0.0, 0.5])
    accuracy = {"sigma": sigma, "none": sigma, "linear": sigma + 1, "learned": sigma + 2}
    left, right = drawn(denoising, Numbers(7, "", {"accuracy": accuracy, "images": images}, {}))
    shown = left.images[0].get_array()
    assert shown.shape == (24, 16)
    np.testing.assert_allclose(shown[0, :8], np.arange(8) / 64)
    np.testing.assert_allclose(shown[[0, 8, 16], 8], [0.12, 0.52, 0.92])
    heights = {line.get_label(): line.get_ydata()[0] for line in right.get_lines()}
    assert heights == {"no denoiser": 0, "linear filter": 1, "diffusion model": 2}
