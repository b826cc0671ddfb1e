"""Tables and searches as pages: small, closed to the network, and text whatever they hold."""

import json
import math
import re

import pytest

from qdml_quantum.teach.lab.report import Sheet, report_page

HOSTILE = "<img src=x onerror=alert(1)></script>"


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])


def test_everything_is_text():
    sheet = Sheet(HOSTILE, [(HOSTILE, "text"), ("b", "interval")], [[HOSTILE, [1, 0.5, 2]]])
    page = report_page(HOSTILE, [HOSTILE], [sheet])
    assert "<img" not in page
    assert page.count("<script") == 2
    data = data_of(page)
    assert data["title"] == HOSTILE
    assert data["tables"][0]["rows"] == [[HOSTILE, [1, 0.5, 2]]]


def test_it_is_small_and_asks_nobody():
    page = report_page("a", [], [])
    assert len(page.encode()) < 60_000
    assert "default-src 'none'" in page or "default-src &#x27;none&#x27;" in page
    assert "http" not in page.replace("http-equiv", "")


def test_what_is_not_finite_is_missing():
    page = report_page("a", [], [Sheet("t", [("x", "number")], [[math.nan], [math.inf], [1.0]])])
    assert data_of(page)["tables"][0]["rows"] == [[None], [None], [1.0]]


def test_long_tables_are_cut_and_say_so():
    rows = [[number, "x" * 80] for number in range(5000)]
    page = report_page("a", ["b"], [Sheet("t", [("n", "number"), ("w", "text")], rows)])
    assert len(page.encode()) < 300_000
    data = data_of(page)
    assert len(data["tables"][0]["rows"]) == 2000
    assert data["words"][-1].startswith("3000 rows are left out")


@pytest.mark.parametrize(
    ("columns", "rows", "words"),
    [
        ([("x", "picture")], [], "be of a kind"),
        ([("x", "number")], [[1, 2]], "have 1 cells each"),
    ],
)
def test_tables_that_are_none_are_refused(columns, rows, words):
    with pytest.raises(ValueError, match=words):
        Sheet("t", columns, rows)
