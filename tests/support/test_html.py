"""What notebooks show."""

import base64
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from qdml_quantum import Gaussian, Grid, Problem, Schedule, evolve
from qdml_quantum.support import check, html
from qdml_quantum.support.check import at_least, at_most, check_lines

GOOD = at_most("norm", 0.0, 1e-9, "deviation <from> 1", "Use double precision.")
BAD = at_least("signal", 0.1, 0.5, "lower end", "Take more shots & wait.")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ground", ["#ffffff", "#1e1e1e"])
def test_words_in_colours_are_read_on_light_and_dark_pages(ground):
    """WCAG asks for 3 to 1 of bold words; measured: 3.2 and more."""
    for colour in check._COLOURS.values():
        low, high = sorted((luminance(colour), luminance(ground)))
        assert (high + 0.05) / (low + 0.05) > 3


def test_texts_are_escaped():
    shown = check_lines([GOOD, BAD])
    assert "&lt;from&gt;" in shown and "shots &amp; wait" in shown
    assert "<b>" not in html.table([("<b>", "x")])
    assert "&lt;" in html.preformatted("a < b")


def test_what_failed_is_in_the_open():
    shown = check_lines([GOOD, BAD])
    assert shown.index("signal") < shown.index("<details>") < shown.index("norm")
    assert "1 check passed" in shown
    assert "<details>" not in check_lines([BAD])
    assert "FAIL" in BAD._repr_html_() and "note" in replace(BAD, decides=False)._repr_html_()


WELL = Problem(Grid([(-4, 4), (-3, 3)], [3, 2]), "x**2 + y**2")
SHOWN = {
    "problem": WELL,
    "schedule": Schedule.geometric((4, 0.25), num_stages=68),
    "evolution": evolve(WELL, 0.5, times=[0, 1], initial=Gaussian([1, 0], 0.8)),
    "check": BAD,
}


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_nouns_show_themselves_in_a_notebook(name):
    shown = SHOWN[name]._repr_html_()
    opened = re.findall(r"<(\w+)", shown)
    closed = re.findall(r"</(\w+)", shown)
    assert sorted(tag for tag in opened if tag != "br") == sorted(closed)
    assert len(shown) < 6000


def test_a_long_schedule_is_a_line_and_a_short_table():
    schedule = SHOWN["schedule"]
    assert repr(schedule) == f"Schedule({schedule})"
    assert len(repr(schedule)) < 120
    assert schedule._repr_html_().count("<tr>") == 9
    short = Schedule.constant(1.0, time_step=0.1, num_steps=3)
    assert "Stage(diffusion=1.0" in repr(short)


def test_pictures_are_images_that_stand_for_themselves():
    """Their title is text, and what is in them is data of the image."""
    for image in (html.bars([0, 1, 0.5], "<b>", "-1", "<2>"), html.dots([[0, 1], [0.5, 0]], "<b>")):
        assert image.count("<") == 1
        drawn = base64.b64decode(image.split("base64,")[1].removesuffix('">')).decode()
        assert "<2>" not in drawn
        assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert html.bars([0, 0], "none") == html.dots([[0]], "none") == ""
