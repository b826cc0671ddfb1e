"""What `minimize` did, as a page."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

from qdml_quantum import minimize
from qdml_quantum.optimize.report import MOST_WINDOWS, search_data, search_to_html

BOX = [(-2, 2), (-1, 3), (0, 1)]


@pytest.fixture(scope="module")
def result():
    return minimize("x**2 + (y - 1)**2 + z", BOX, seed=1, maxfev=3000)


def test_windows_close_in_on_the_point(result, tmp_path):
    path = search_to_html(result, BOX, tmp_path / "a.html", "<b>bowl</b>")
    page = path.read_text(encoding="utf-8")
    assert len(page.encode()) < 300_000
    assert "<b>bowl" not in page
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])
    assert data["title"] == "<b>bowl</b>"
    search = data["search"]
    assert len(search["windows"]) == len(result.windows)
    assert search["bounds"] == [[-2, 2], [-1, 3]]
    assert search["lowest"] <= min(window["fun"] for window in search["windows"])
    assert sum(window["nfev"] for window in search["windows"]) == sum(
        window.nfev for window in result.windows
    )
    np.testing.assert_allclose(search["x"], result.x[:2], atol=1e-5)
    assert [row[0] for row in data["tables"][0]["rows"]] == [1, 2, 3, 4]
    assert "what a classical" in data["words"][1]


def test_of_many_windows_some_are_drawn_and_no_evaluation_is_lost(result):
    many = tuple(
        replace(result.windows[j % len(result.windows)], start=j * 4 // 3000) for j in range(3000)
    )
    long = OptimizeResult(result | {"windows": many})
    search = search_data(long, BOX)
    assert len(search["windows"]) <= MOST_WINDOWS + 1
    assert sum(window["nfev"] for window in search["windows"]) == sum(w.nfev for w in many)
    best = min(window["fun"] for window in search["windows"] if window["start"] == 3)
    assert best == min(window.fun for window in many if window.start == 3)


def test_one_dimension(tmp_path):
    result = minimize("x**2", [(-2, 2)], seed=1, maxfev=500)
    search = search_data(result, [(-2, 2)])
    assert search["bounds"] == [[-2, 2]]
    assert all(len(window["origin"]) == 1 for window in search["windows"])


def test_a_file_that_cannot_be_written_is_an_error(result, tmp_path):
    with pytest.raises(OSError):
        search_to_html(result, BOX, tmp_path)
    assert list(tmp_path.iterdir()) == []
