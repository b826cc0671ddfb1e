"""The page in a browser: every control by mouse and keyboard, links, tasks, and nothing asked for.

Skipped where no browser is; `make browsers` installs chromium. With QDML_BROWSER=firefox it is the
firefox of playwright, as in the weekly workflow, or the installed one where playwright has none.
"""

import functools
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from lab_numbers import FILE, unpacked

from qdml_quantum import (
    Gaussian,
    Grid,
    Problem,
    Schedule,
    Windows,
    anneal,
    eigenstates,
    evolve,
    minimize,
)
from qdml_quantum.optimize.report import search_data
from qdml_quantum.runs.run_page import run_data
from qdml_quantum.teach.codewords import code_word
from qdml_quantum.teach.lab.page import SOURCES, join, lab_page
from qdml_quantum.teach.lab.report import Sheet, report_page

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
AXE = Path(sys.prefix) / "lab" / "node_modules" / "axe-core" / "axe.min.js"
api = pytest.importorskip("playwright.sync_api", reason="no browser")
FIREFOX = os.environ.get("QDML_BROWSER") == "firefox"
INSTALLED = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
pytestmark = pytest.mark.skipif(not FIREFOX and CHROMIUM is None, reason="no browser")
only_chromium = pytest.mark.skipif(FIREFOX, reason="fingers are those of chromium")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with api.sync_playwright() as playwright:
        if FIREFOX:
            if Path(playwright.firefox.executable_path).exists():
                made = playwright.firefox.launch()
            else:
                from firefox import Installed

                made = Installed(playwright, INSTALLED, tmp_path_factory.mktemp("firefox"))
            yield made
            made.close()
            return
        arguments = ["--disable-gpu", *["--no-sandbox"] * (os.geteuid() == 0)]
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield made
        made.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("lab") / "lab.html"
    path.write_text(lab_page(), encoding="utf-8")
    return path


PLANE = "#f=x**2%2B2*y**2%2B0.3*x*y&b=-3,3&y=-2,2,0,0&n=5"
SHOWN = "() => document.getElementById('lab').widget.work() > 0"
"""A function: an expression would be an `eval` in Firefox, which the policy of the page forbids."""
WIDGET = "() => { const { lab, ui } = document.getElementById('lab').widget; "
TO_THE_END = """() => {
  const { lab } = document.getElementById('lab').widget;
  while (!lab.done) lab.advance(1);
}"""
"""The pace of a film is that of people."""
TWO_FRAMES = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(done)))"""


READ = {
    "get_attribute",
    "inner_html",
    "inner_text",
    "input_value",
    "is_checked",
    "is_disabled",
    "is_visible",
    "text_content",
}


class Page:
    """A page, whose mistakes and requests are kept."""

    def __init__(self, browser, width=1440, height=900, **options):
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.wrong, self.requests, self.times = [], [], 0
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: self.wrong.append("dialog") or dialog.dismiss())
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path, state="", framed=False):
        self.times += 1  # A hash alone would not open the page anew.
        self.address = f"{path.as_uri()}?{self.times}"
        self.requests.clear()
        self.page.goto(self.address + state)
        if not framed:
            self.page.wait_for_function(SHOWN)
        return self

    def __getattr__(self, name):
        """What the browser's page has; what is seen is read when it has been drawn."""
        if name in READ:
            self.drawn()
        return getattr(self.page, name)

    def lab(self, what):
        """A value of the widget: `lab` and `ui` are its parts."""
        return self.page.evaluate(WIDGET + f"return {what}; }}")

    def settings(self):
        return self.lab("lab.settings")

    def until(self, what):
        self.page.wait_for_function(WIDGET + f"return {what}; }}")

    def drawn(self):
        """Wait for a frame, so that what is seen follows what was done."""
        self.page.evaluate(TWO_FRAMES)

    def look_back(self):
        """Nothing went wrong, and nobody was asked for anything but the page."""
        assert self.wrong == []
        assert {url.split("#")[0] for url in self.requests} <= {
            self.address,
            "about:srcdoc",
        }


@pytest.fixture(scope="module")
def free(browser):
    """Pages that a test has left, by their options: a new one takes a second of two cores."""
    return {}


@pytest.fixture
def opened(browser, file, free):
    """Open pages; at the end they are looked through."""
    taken = []

    def make(state="", *, path=file, framed=False, fresh=True, **options):
        key = json.dumps(options)
        pages = free.setdefault(key, [])
        page = pages.pop() if pages else Page(browser, **options)
        taken.append((key, page))
        page.bring_to_front()  # Keys go to no page that was left for a newer one.
        used = not fresh and page.times and page.address.startswith(path.as_uri())
        return page if used else page.open(path, state, framed)

    yield make
    for key, page in taken:
        page.look_back()
        free[key].append(page)


def test_setup_by_mouse_and_by_keyboard(opened):
    page = opened()
    page.select_option("#preset", "barrier")
    assert page.settings()["formula"] == "3*exp(-8*x**2)"
    page.fill("#formula", "2x^2 + |x|")
    page.press("#formula", "Enter")
    assert page.settings()["formula"] == "2*x**2 + abs(x)"
    assert page.input_value("#preset") == "own"
    page.fill("#formula", "1/x")
    page.press("#formula", "Enter")
    assert "not finite at x = 0" in page.inner_text(".error")
    assert page.settings()["formula"] == "2*x**2 + abs(x)"
    page.press("#formula", "ControlOrMeta+A")
    page.keyboard.type("x^4")  # What a script fills in is no change to firefox.
    page.press("#formula", "Tab")
    assert page.inner_text(".error") == ""
    page.select_option("#start", "ground")
    assert page.settings()["start"] == "ground"
    page.focus("#start")
    page.keyboard.press("ArrowDown")
    assert page.settings()["start"] == "pair"
    page.click("#more")
    page.focus("#more")
    page.keyboard.press("Enter")
    assert page.settings()["n"] == 8
    for button, end in (("fewer", 3), ("more", 9), ("fewer", 3)):
        nine_clicks = "one => { for (let j = 0; j < 9; j++) one.click(); }"
        page.locator(f"#{button}").evaluate(nine_clicks)
        assert page.settings()["n"] == end
    assert page.is_disabled("#fewer")


def test_transport_by_mouse_and_by_keyboard(opened):
    page = opened()
    page.click("#step")
    page.focus("#step")
    page.keyboard.press("Enter")
    assert page.lab("lab.wave.steps") == 2
    page.click("#back")
    assert page.lab("lab.wave.steps") == 0
    page.click("h1")
    page.keyboard.press("Space")
    page.until("lab.wave.steps > 5")
    page.keyboard.press("Space")
    assert page.lab("ui.playing") is False
    page.click("#mode-hand")
    assert page.settings()["mode"] == "hand"
    page.focus("#level")
    before = page.settings()["level"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.settings()["level"] == before + 2
    page.focus("#dt")
    page.keyboard.press("ArrowRight")
    assert page.settings()["dt"] == 0.05
    assert "too long" in page.inner_text(".status")  # 0.17 of the run is another one [measured]
    page.keyboard.press("ArrowLeft")
    page.select_option("#time", "6")
    assert page.settings()["time"] == 6
    page.focus("#theta")
    page.keyboard.press("End")
    assert page.settings()["theta"] == 90
    page.click("#step")
    assert "Heat: norm" in page.inner_text(".status")
    page.focus("#mode-curve")
    page.keyboard.press("Enter")
    assert page.settings()["mode"] == "curve"


NOTE = """window.noted = []; const ask = requestAnimationFrame;
window.requestAnimationFrame = (then) => ask((time) => {
  then(time);
  const lab = document.getElementById("lab");
  noted.push([lab.shadowRoot.querySelector("#stage").width, lab.widget.work()]);
});"""


def test_the_stage_is_drawn_before_anything_else_is_made(browser, file):
    """Two frames go by behind the first picture, so that it is seen first."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(NOTE)
    page.goto(file.as_uri() + PLANE)
    page.wait_for_function(SHOWN)
    page.wait_for_function("noted.some(([, work]) => work > 0)")
    noted = page.evaluate("noted")
    assert all(width > 600 for width, _ in noted)  # a canvas has 300 until it is drawn on
    # A busy machine may let more frames go by, never fewer.
    assert [work > 0 for _, work in noted[:3]] == [False, False, False]
    page.close()


def test_a_whole_run_ends(opened):
    page = opened("#dt=0.1&T=1.5&k=e7d2bda89380695440")
    page.click("#play")
    page.evaluate("document.getElementById('lab').widget.lab.advance(15)")
    page.until("!ui.playing && lab.done")
    assert page.inner_text("#play-text") == "Play"
    page.click("#play")
    page.until("lab.wave.steps > 0 && lab.wave.steps < 15")


def box_of(page, selector):
    box = page.locator(selector).bounding_box()
    return box["x"], box["y"], box["width"], box["height"]


THROW = """([from, to, y]) => {
  const stage = document.getElementById('lab').shadowRoot.querySelector('.stage');
  const send = (type, x) => stage.dispatchEvent(
    new PointerEvent(type, { clientX: x, clientY: y, pointerId: 1, bubbles: true }));
  for (let j = 0; j <= 4; j++) send('pointermove', from + ((to - from) * j) / 4);
  send('pointerup', to);
}"""
"""A hand that is fast, whatever the machine does."""


def test_the_stage_takes_packets_throws_and_landscapes(opened):
    page = opened("#m=hand&n=7")
    x, y, width, height = box_of(page, ".stage")
    page.mouse.click(x + 0.6 * width, y + 0.8 * height)
    assert page.settings()["start"] == "packet"
    first = page.settings()["center"]
    page.mouse.move(x + 0.2 * width, y + 0.85 * height)
    page.mouse.down()
    page.evaluate(THROW, [x + 0.3 * width, x + 0.31 * width, y + 0.85 * height])
    page.mouse.up()
    assert page.settings()["center"] < first
    assert page.settings()["momentum"] > 0.5
    page.until("ui.playing")
    page.focus(".stage")
    page.keyboard.press("Space")
    assert page.lab("ui.playing") is False
    page.keyboard.press("ArrowLeft")
    left = page.settings()["center"]
    page.keyboard.press("ArrowRight")
    assert page.settings()["center"] > left
    page.keyboard.press("ArrowDown")  # A quick throw ends at the largest momentum there is.
    pushed = page.settings()["momentum"]
    page.keyboard.press("ArrowUp")
    assert page.settings()["momentum"] > pushed
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.settings()["momentum"] < pushed


def test_the_diamond_moves_the_landscape_under_the_wave(opened):
    page = opened("#m=hand&s=ground")
    page.click("#step")
    page.drawn()
    x, y, width, height = box_of(page, ".stage")
    where = page.lab("lab.minimizers[0]")
    at = x + 44 + (where + 2.5) / 5 * (width - 44 - 168)
    for share in np.linspace(0.3, 0.9, 40):  # the diamond stands at the lowest point
        page.mouse.move(at, y + share * height)
        page.mouse.down()
        page.mouse.move(at + 40, y + share * height)
        page.mouse.up()
        if page.settings()["shift"]:
            break
    assert page.settings()["shift"] > 0.1
    assert page.lab("lab.minimizers[0]") > where + 0.1


def test_landscapes_are_drawn_by_hand_while_the_wave_goes_on(opened):
    page = opened("#m=hand&s=ground")
    page.click("#step")
    page.click("#draw")
    page.drawn()
    x, y, width, height = box_of(page, ".stage")
    page.mouse.move(x + 0.3 * width, y + 0.3 * height)
    page.mouse.down()
    page.mouse.move(x + 0.5 * width, y + 0.35 * height, steps=6)
    page.mouse.up()
    page.drawn()
    drawn = page.settings()["drawn"]
    assert len(drawn) == 64
    assert max(drawn[20:35]) > 150
    assert page.input_value("#preset") == "hand"
    assert page.lab("lab.wave.steps") == 1
    page.focus("#draw")
    page.keyboard.press("Enter")
    assert page.lab("ui.drawing") is False


def test_the_strip_by_mouse_and_by_keyboard(opened):
    page = opened()
    x, y, width, _ = box_of(page, ".strip")
    page.mouse.move(x + 60, y + 30)
    page.mouse.down()
    page.mouse.move(x + 0.5 * width, y + 90, steps=8)
    page.mouse.up()
    knots = page.settings()["knots"]
    assert knots[0] > knots[3] > 0
    knob = page.locator(".knob").nth(2)
    knob.focus()
    page.keyboard.press("Home")
    assert page.settings()["knots"][2] == 0
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowUp")
    page.drawn()
    assert page.settings()["knots"][2] == 28
    assert knob.get_attribute("aria-valuetext").startswith("Point 3 of 9, D = 0.04")
    page.click("#mode-hand")
    x, y, width, _ = box_of(page, ".strip")  # Firefox has moved to what has the focus.
    page.mouse.click(x + 0.4 * width, y + 14)
    assert page.settings()["level"] > 200


def test_tabs_by_keyboard_and_what_they_show(opened):
    page = opened()
    page.focus("#tab-tasks")
    page.keyboard.press("ArrowRight")
    page.drawn()
    assert page.lab("ui.tab") == "momentum"
    assert "velocity 2 D" in page.inner_text("#momentum-now")
    page.keyboard.press("ArrowRight")
    page.drawn()
    page.click("#shots-1")
    page.click("#shots-100")
    page.focus("#shots-1000")
    page.keyboard.press("Enter")
    page.drawn()
    assert page.lab("lab.shots") == 1101
    assert "of 1101 near the minimum" in page.inner_text("#hits")
    assert "95 % between" in page.inner_text("#interval")
    page.until("ui.falling.length === 0")
    page.click("#step")
    assert page.inner_text("#hits") == "Nothing measured yet."
    page.click("#tab-saved")
    page.click("#save")
    page.drawn()
    with page.expect_download() as download:
        page.click("#saved-list button >> nth=1")
    rows = Path(download.value.path()).read_text().splitlines()
    assert rows[0] == "t,D,mean_x,width_x,mean_k,success"
    assert len(rows) == 402
    page.click("#back")
    page.click("#saved-list button >> nth=2")
    page.drawn()
    assert page.locator("#saved-list li").count() == 0


def test_the_game_scores_what_is_drawn(opened):
    page = opened()
    page.click("#tab-game")
    page.click("#game-start")
    assert page.inner_text("#val-you") == "0.432"
    page.fill("#player", "Ada")
    page.locator(".knob").nth(1).focus()
    for _ in range(5):
        page.keyboard.press("PageDown")
    better = page.inner_text("#val-you")
    assert better != "0.432"
    assert page.inner_text("#val-best") >= better
    word = page.inner_text("#game-word")
    assert word == code_word("Ada", f"game {int(100 * page.lab('ui.bestScore'))}")
    page.click("#game-show")
    assert page.inner_text("#val-you") == page.inner_text("#val-toolkit") == "0.842"
    assert page.is_visible("#gave-up")
    page.click("#game-run")
    page.until("lab.wave.steps > 3")


def test_the_circuit_by_mouse_and_by_keyboard(opened):
    page = opened()
    page.focus(".scroll")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#gate-is").startswith("Gate 2 of")
    page.keyboard.press("ArrowLeft")
    x, y, _, _ = box_of(page, "#circuit")
    page.mouse.click(x + 46 + 16 + 19 * 4, y + 60)
    assert page.inner_text("#gate-is").startswith("Gate 5 of")
    page.click("#unfold")
    assert page.inner_text("#unfold") == "Fewer gates"
    assert "At most 152 CNOT" in page.inner_text("#cnots")


def test_present_theme_language(opened):
    page = opened()
    page.click("#present")
    assert not page.is_visible("#tab-tasks")
    page.keyboard.press("Escape")
    assert page.is_visible("#tab-tasks")
    theme = page.get_attribute(".lab", "data-theme")
    page.click("#theme")
    assert page.get_attribute(".lab", "data-theme") != theme
    page.select_option("#language", "zh")
    assert page.inner_text("h1") == "量子优化，实时演示"
    assert page.get_attribute(".lab", "lang") == "zh"
    assert "预测" in page.inner_text("#panel-tasks h2")
    page.fill("#formula", "2x + foo")
    page.press("#formula", "Enter")
    words = "公式第 7 列：未知的名字 'foo'。只用 x、pi、e、tau 和 sin(x) 这样的函数。"
    assert page.inner_text(".error") == words


def test_a_link_is_the_state(opened):
    page = opened()
    page.select_option("#preset", "lattice")
    page.click("#more")
    page.focus("#dt")
    page.keyboard.press("ArrowRight")
    x, y, width, _ = box_of(page, ".strip")
    page.mouse.move(x + 60, y + 40)
    page.mouse.down()
    page.mouse.move(x + 0.6 * width, y + 100, steps=7)
    page.mouse.up()
    page.click("#share")
    said = "+(new URLSearchParams(location.hash.slice(1)).get('dt') ?? 0.03)"
    page.until(f"{said} === lab.settings.dt")
    link = page.evaluate("location.hash")
    other = opened(link)
    assert other.settings() == page.settings()
    for one in (page, other):
        one.evaluate("document.getElementById('lab').widget.lab.advance(40)")
    assert other.lab("Array.from(lab.wave.re)") == page.lab("Array.from(lab.wave.re)")
    other.evaluate("location.hash = '#n=4&s=ground'")
    other.until("lab.settings.n === 4")


def task_of(identity, name):
    """Parameters of a student, from node: truth and mistakes."""
    script = (
        f"import * as m from {json.dumps((SOURCES / 'exercises.js').as_uri())};"
        f"console.log(JSON.stringify(m.parameters(m.exerciseOf({identity!r}), {name!r}, 0)))"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_a_task_waits_runs_and_tells(opened):
    task = task_of("width", "Ada")
    page = opened()
    page.click("#task-width")
    assert "name first" in page.inner_text("#panel-tasks .error")
    page.fill("#name", "Ada")
    page.click("#task-width")
    assert page.is_visible(".veil")
    page.keyboard.press("Space")
    assert page.lab("ui.playing") is False
    page.fill("#answer", f"{task['mistakes']['heat']:.4f}")
    page.click("#hint")
    page.drawn()
    page.press("#answer", "Enter")
    page.evaluate("document.getElementById('lab').widget.lab.advance(200)")
    page.wait_for_selector(".verdict.wrong")
    assert "That is heat" in page.inner_text(".verdict")
    page.click("#retry")
    page.click("#task-back")


def test_a_right_answer_and_the_reason_give_the_word(opened):
    name = "李明"
    task = task_of("edge", name)
    page = opened()
    page.fill("#name", name)
    page.focus("#task-edge")
    page.keyboard.press("Enter")
    page.drawn()
    page.click(f"#panel-tasks .list button >> nth={task['truth']}")
    page.until("lab.wave.steps > 2")
    page.evaluate("document.getElementById('lab').widget.lab.advance(400)")
    page.wait_for_selector(".verdict.right")
    page.click("[data-reason='1']")
    assert "Not that one" in page.inner_text("#panel-tasks .error")
    page.click("[data-reason='0']")
    assert page.inner_text("#code-word") == code_word(name, "edge")


def test_every_task_opens(opened):
    page = opened()
    page.fill("#name", "Noor")
    for identity in ("tunnel", "slow", "period", "fall", "zero", "wheel", "step", "shots"):
        page.click(f"#task-{identity}")
        text = page.inner_text("#panel-tasks")
        assert "{" not in text and "undefined" not in text and "NaN" not in text
        assert page.is_visible(".veil")
        page.click("#task-back")
    assert not page.is_visible(".veil")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_is_wider_than_the_screen(opened, width, scheme, tmp_path):
    """A line, and a plane in its place."""
    page = opened(width=width, height=780, color_scheme=scheme)
    for state in ("", PLANE):
        if state:
            page.evaluate("(state) => { location.hash = state; }", state)
            page.until("lab.field !== null")
        for tab in ("tasks", "momentum", "measure", "game", "saved"):
            page.click(f"#tab-{tab}")
            page.drawn()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.get_attribute(".lab", "data-theme") == scheme
        readings = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.id)"
        assert page.locator(".readings dd").evaluate_all(readings) == []
        if not FIREFOX:  # It would put a style into the page, which its policy forbids.
            page.screenshot(path=tmp_path / "lab.png")
        if width == 1440:
            bottom = page.evaluate(
                "document.getElementById('lab').shadowRoot.querySelector('.readings')"
                ".getBoundingClientRect().bottom"
            )
            assert bottom < 900


def test_less_motion_where_it_is_asked_for(opened):
    page = opened(reduced_motion="reduce")
    page.click("#tab-measure")
    page.click("#shots-100")
    assert page.lab("ui.falling.length") == 0
    assert page.lab("ui.playing") is False


@only_chromium
def test_touch_moves_the_packet(opened):
    page = opened(width=360, height=780, has_touch=True, is_mobile=True)
    x, y, width, height = box_of(page, ".stage")
    page.touchscreen.tap(x + 0.55 * width, y + 0.8 * height)
    assert page.settings()["start"] == "packet"
    page.click("#play")
    page.until("lab.wave.steps > 1")


LOOK = """(part) => axe.run(part ? { fromShadowDom: ["#lab", part] } : document,
  { resultTypes: ["violations"], preload: false, elementRef: false })"""
AXE_STATES = {
    "tasks": ("", ""),
    "momentum": ("#tab-momentum", "#panel-momentum"),
    "measure": ("#tab-measure", "#panel-measure"),
    "game": ("#tab-game", "#panel-game"),
    "saved": ("#tab-saved", "#panel-saved"),
    "present": ("#present", ""),
    "unfolded": ("#unfold", ".circuit"),
    "dark": ("#theme", ""),
}
"""What is pressed, and the part that is another one then; all of the page where it is empty."""
AXE_PLANE = {
    "plane": ("", ""),
    "plane momentum": ("#tab-momentum", "#panel-momentum"),
    "plane measure": ("#tab-measure", "#panel-measure"),
}


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core: `make browsers`")
def test_no_violation_of_accessibility_in_eight_states_and_a_task(opened):
    page = opened()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    wrong = {}

    def look(state, part=""):
        page.drawn()
        found = page.evaluate(LOOK, part)
        wrong.update({f"{state} {v['id']}": v["nodes"][0]["html"] for v in found["violations"]})

    for state, (press, part) in AXE_STATES.items():
        if press:
            page.click(press)
        if state == "measure":
            page.click("#shots-100")
        if state == "game":
            page.click("#game-start")
        if state == "saved":
            page.click("#save")
        look(state, part)
        if state == "present":
            page.click("#leave")
    page.click("#tab-tasks")
    page.fill("#name", "Ada")
    page.click("#task-edge")
    look("task", "#panel-tasks")
    page.click("#panel-tasks .list button >> nth=0")
    page.evaluate("document.getElementById('lab').widget.lab.advance(400)")
    page.wait_for_selector(".verdict")
    look("verdict")
    page.click("#task-back")
    page.select_option("#preset", "himmelblau")
    for state, (press, part) in AXE_PLANE.items():
        if press:
            page.click(press)
        look(state, part)
    assert wrong == {}


HOSTILE = "<img src=x onerror=alert(1)>"


def test_hostile_data_and_links_are_text(opened, tmp_path):
    path = tmp_path / "run.html"
    stages = [{"label": HOSTILE, "diffusion": HOSTILE, "axes": ["AAECAw=="]}] * 2
    checks = [{"word": HOSTILE, "text": HOSTILE, "remedy": HOSTILE}]
    data = {"state": "#f=" + HOSTILE, "title": HOSTILE, "verdict": HOSTILE, "stages": stages}
    data |= {"facts": [[HOSTILE, HOSTILE]], "checks": checks, "bounds": [[0, 1]]}
    path.write_text(lab_page(data), encoding="utf-8")
    page = opened(path=path)
    assert page.inner_text("#run-data").count(HOSTILE) == 7
    assert page.locator("img").count() == 0
    assert page.settings()["formula"] == "(x**2 - 1)**2 + 0.2*x"
    page.fill("#formula", HOSTILE)
    page.press("#formula", "Enter")
    assert "Unknown name 'img'" in page.inner_text(".error")
    page.evaluate("location.hash = '#f=<script>alert(1)</script>&k=zz&n=1e9&b=0,0'")
    page.drawn()
    assert page.settings()["n"] == 6


SHORT = Schedule.geometric((4, 0.2), num_stages=8, num_steps=8, time_step=0.05)


def test_a_run_is_a_film_and_goes_on(opened, tmp_path):
    result = anneal(Problem(Grid([(-2.5, 2.5)], 6), "double_well"), SHORT, backend="emulator")
    page = opened(path=result.to_html(tmp_path / "run.html"))
    assert page.inner_text("#run-title") == "The run of double_well"
    assert page.inner_text("#run-label") == "final"
    assert page.locator("#run-checks li").count() == len(result.checks)
    page.focus("#run-stage")
    page.keyboard.press("Home")
    assert page.inner_text("#run-label") == "D = 4"
    page.click("#run-play")
    page.until("ui.film > 0.2")
    page.click("#run-play")
    page.click("#run-go")
    page.drawn()
    assert abs(page.lab("lab.success()") - result.success_probability) < 1e-12
    assert page.settings()["mode"] == "hand"
    page.click("#step")
    assert page.lab("lab.wave.steps") == 1


def test_a_device_run_and_a_plane_that_goes_on(opened, tmp_path):
    problem = Problem(Grid([(-2, 2), (-1, 1)], 5), "x**2 + 2*y**2 + 0.5*x")
    result = anneal(problem, SHORT, backend="emulator", validate=False)
    cuts = [{"step": j, "ideal": 0.5, "value": 0.4, "low": 0.3, "high": 0.5} for j in (1, 2)]
    device = {"ideal": [0.5, 0.5], "predicted": [0.6, 0.4], "measured": [0.6, 0.4]}
    device |= {"low": [0.5, 0.3], "high": [0.7, 0.5], "ranked": True, "chance": 0.2, "cuts": cuts}
    data = run_data(
        problem,
        facts=[],
        checks=(),
        diffusions=[stage.diffusion for stage in result.stages],
        histograms=result.stage_probabilities,
        final=result.probabilities,
        state=result.state,
        measured=False,
        verdict="",
        device=device,
    )
    path = tmp_path / "run.html"
    path.write_text(lab_page(data), encoding="utf-8")
    page = opened(path=path)
    assert "predicted with the noise" in page.inner_text("#device-legend")
    assert page.is_visible("#cuts")
    page.click("#run-go")
    page.drawn()
    assert abs(page.lab("lab.success()") - result.success_probability) < 1e-6
    assert page.lab("lab.grid.size") == 1024
    data["device"] |= {"predicted": None, "cuts": []}
    path.write_text(lab_page(data), encoding="utf-8")
    page = opened(path=path)
    assert "predicted with the noise" not in page.inner_text("#device-legend")
    assert not page.is_visible("#cuts")


def test_a_notebook_shows_a_run_behind_its_sandbox(opened, tmp_path):
    result = anneal(Problem(Grid([(-2.5, 2.5)], 5), "double_well"), SHORT, validate=False)
    path = tmp_path / "cell.html"
    cell = result._repr_html_().replace("<details>", "<details open>")
    path.write_text(f"<!doctype html><title>cell</title>{cell}", encoding="utf-8")
    page = opened(path=path, framed=True)
    frame = page.frames[-1]
    frame.wait_for_function(SHOWN)
    frame.click("#more")
    frame.wait_for_function(WIDGET + "return lab.settings.n === 6; }")
    frame.evaluate(TWO_FRAMES)
    assert frame.inner_text("#run-title") == "The run of double_well"


def test_the_engine_in_chromium_is_that_of_the_toolkit(opened):
    """All twenty problems, stepped by the page itself."""
    page = opened(fresh=False)
    script = """(p) => {
      const lab = document.getElementById('lab').widget.lab;
      lab.apply({ formula: p.formula, lower: p.lower, upper: p.upper, n: p.n, mode: "hand",
        start: "everywhere" });
      if (p.packet) {
        const [center, width, momentum] = p.packet;
        lab.apply({ start: "packet", center, width, momentum });
      }
      for (const D of p.diffusions) for (let j = 0; j < p.steps; j++) lab.wave.step(D, p.dt);
      return [Array.from(lab.wave.re), Array.from(lab.wave.im)];
    }"""
    for problem in json.loads(FILE.read_text())["problems"]:
        small = {k: v for k, v in problem.items() if not isinstance(v, dict) and k != "walsh"}
        re, im = page.evaluate(script, small)
        psi = np.array(re) + 1j * np.array(im)
        ideal = unpacked(problem["wave"]["re"]) + 1j * unpacked(problem["wave"]["im"])
        assert abs(1 - abs(np.vdot(ideal, psi)) ** 2) < 1e-12, problem["formula"]


MODEL = """async ([source, states]) => {
  document.body.replaceChildren();
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: lab } = await import(url);
  window.models = states.map((state) => {
    const values = { state, data: null }, actions = [];
    const model = {
      get: (name) => values[name], save_changes: () => (model.saved = (model.saved ?? 0) + 1),
      set: (name, value) => (values[name] = value),
      on: (event, action) => actions.push(action), off: (event, action) => actions.pop(),
      change: (state) => { values.state = state; actions.forEach((action) => action()); },
      left: () => actions.length,
    };
    const el = document.body.appendChild(document.createElement("div"));
    model.el = el;
    model.leave = lab.render({ model, el });
    return model;
  });
}"""


def test_a_notebook_talks_to_two_labs(browser):
    """With a model as anywidget has it; a real notebook is another thing."""
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.evaluate(MODEL, [join("notebook.js"), ["#n=4", "#n=5"]])
    one, other = page.locator("body > div").nth(0), page.locator("body > div").nth(1)
    one.locator("#more").click()
    page.wait_for_function("models[0].saved === 1")
    assert "n=5" in page.evaluate("models[0].get('state')")
    assert page.evaluate("models[1].get('state')") == "#n=5"
    page.evaluate("models[1].change('#n=8&s=ground')")
    page.wait_for_function("models[1].el.widget.lab.settings.n === 8")
    assert other.locator("#n").inner_text() == "8"
    page.evaluate("models[0].leave()")
    assert page.evaluate("models[0].left()") == 0
    assert one.locator("#more").count() == 0
    assert wrong == []
    page.close()


CELLS = """from qdml_quantum import Grid, Problem
from qdml_quantum.teach.lab.notebook import Lab
lab = Lab(Problem(Grid([(-3, 3)], 5), "x**4 - 3*x**2 + x"))
lab"""


@pytest.fixture
def notebook(tmp_path):
    """The address of a notebook of two cells in a JupyterLab of its own."""
    sources = [CELLS, "print('it says', lab.problem.grid, lab.schedule.num_steps)"]
    cells = [
        {"cell_type": "code", "id": f"c{j}", "metadata": {}, "outputs": [], "source": text}
        for j, text in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": [c | {"execution_count": None} for c in cells]}
    book |= {"metadata": {"kernelspec": kernel}}
    (tmp_path / "a.ipynb").write_text(json.dumps(book | {"nbformat": 4, "nbformat_minor": 5}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    command = [JUPYTER, "--no-browser", "--allow-root", f"--port={port}"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)
        yield f"http://127.0.0.1:{port}"
        server.terminate()
        server.wait(30)


# Beside the interpreter, whose folder is in the path only where the environment was entered.
JUPYTER = shutil.which("jupyter-lab", path=Path(sys.executable).parent) or shutil.which(
    "jupyter-lab"
)


@pytest.mark.slow
@pytest.mark.skipif(JUPYTER is None, reason="no JupyterLab")
def test_draw_in_jupyterlab_and_read_it_in_python(browser, notebook):
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for _ in range(60):
        try:
            page.goto(f"{notebook}/lab/tree/a.ipynb")
            break
        except api.Error:  # it is not up yet
            page.wait_for_timeout(1000)
    page.bring_to_front()
    cells = page.locator(".jp-Notebook-cell .cm-content")
    cells.nth(0).click(timeout=90_000)
    page.get_by_text("| Idle").wait_for(timeout=90_000)  # else nothing is run [seen]
    page.keyboard.press("Shift+Enter")
    more = page.locator(".jp-OutputArea-output #more").first
    more.click(timeout=90_000)
    page.wait_for_timeout(1000)  # the state goes to the kernel
    cells.nth(1).click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(
        "document.body.innerText.includes('it says Grid([(-3, 3)], [6]) 400')", timeout=60_000
    )
    assert wrong == []
    page.close()


BOOK = """import marimo
app = marimo.App()

@app.cell
def _():
    import marimo as mo
    from qdml_quantum import Grid, Problem
    from qdml_quantum.teach.lab.notebook import Lab
    lab = Lab(Problem(Grid([(-3, 3)], 5), "x**4 - 3*x**2 + x"))
    mo.ui.anywidget(lab.widget)
    return
"""


@pytest.fixture
def export(tmp_path):
    """The address of a notebook of marimo that was exported, with what it would take from a CDN."""
    marimo = pytest.importorskip("marimo", reason="no marimo")
    book, page = tmp_path / "book.py", tmp_path / "www" / "book.html"
    book.write_text(BOOK)
    shutil.copytree(Path(marimo.__file__).parent / "_static", page.parent)
    command = [sys.executable, "-m", "marimo", "export", "html", book, "-o", page]
    subprocess.run(command, check=True, capture_output=True)
    text = page.read_text(encoding="utf-8")
    page.write_text(re.sub(r"https://[^\s\"']*/frontend@[^/]*/dist", ".", text), encoding="utf-8")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=page.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/book.html"
        server.shutdown()


@pytest.mark.slow
def test_a_marimo_export_has_the_page(browser, export):
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(export)
    page.locator("#more").click(timeout=90_000)
    page.evaluate(TWO_FRAMES)
    assert page.locator("#n").inner_text() == "6"
    assert wrong == []
    page.close()


# -- two coordinates ---------------------------------------------------------------------------


def test_a_plane_by_mouse_and_by_keyboard(opened):
    page = opened()
    page.select_option("#preset", "himmelblau")
    page.drawn()
    assert page.lab("lab.grid.size") == 4096
    assert not page.is_visible("#draw")
    assert page.inner_text("#n") == "2 × 6"
    assert page.is_disabled("#more")
    page.click("#fewer")
    page.focus("#fewer")
    page.keyboard.press("Enter")
    page.until("lab.grid.size === 256")
    page.click("#more")
    x, y, _, height = box_of(page, ".stage")
    page.mouse.click(x + 150, y + 0.7 * height)
    first = page.settings()
    assert first["start"] == "packet"
    assert first["center"] < 0 and first["centerY"] < 0
    page.mouse.move(x + 100, y + 0.75 * height)
    page.mouse.down()
    page.evaluate(THROW, [x + 130, x + 170, y + 0.4 * height])
    page.mouse.up()
    thrown = page.settings()
    assert thrown["momentum"] > 0.5 and thrown["momentumY"] >= 0
    page.until("ui.playing")
    page.focus(".stage")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    moved = page.settings()
    assert moved["centerY"] > thrown["centerY"] and moved["center"] > thrown["center"]
    page.keyboard.press("Shift+ArrowDown")
    assert page.settings()["momentumY"] < moved["momentumY"]
    assert page.settings()["centerY"] == moved["centerY"]
    page.select_option("#start", "ground")
    page.until("lab.wave.share(lab.spectrum().states[0]) > 0.999")
    page.select_option("#preset", "hand")
    page.drawn()
    assert page.lab("ui.drawing") is True and page.lab("lab.grid.size") == 32


def test_a_plane_anneals_measures_and_is_shared(opened):
    page = opened(PLANE + "&dt=0.1&T=1.5")
    page.click("#play")
    page.until("lab.wave.steps > 1")
    page.evaluate(TO_THE_END)
    page.until("!ui.playing && lab.done")
    page.drawn()
    assert page.lab("lab.trace.length") == 16
    assert 0.3 < page.lab("lab.success()") < 1
    page.click("#tab-measure")
    page.click("#shots-1000")
    assert "of 1000 near the minimum" in page.inner_text("#hits")
    assert "Solid line" not in page.inner_text("#cost")
    page.click("#tab-momentum")
    assert page.inner_text("#momentum-now").count(",") >= 3
    page.click("#tab-saved")
    page.click("#save")
    page.drawn()
    with page.expect_download() as download:
        page.click("#saved-list button >> nth=1")
    rows = Path(download.value.path()).read_text().splitlines()
    assert rows[0].endswith("success,mean_y,width_y") and len(rows) == 17
    other = opened(page.evaluate("location.hash") or PLANE + "&dt=0.1&T=1.5")
    assert other.settings()["formula"] == page.settings()["formula"]
    other.fill("#formula", "f(x, y) = x² + |y|")
    other.press("#formula", "Enter")
    assert other.settings()["formula"] == "x**2 + abs(y)"
    other.fill("#formula", "1/(x - y)")
    other.press("#formula", "Enter")
    assert "not finite at x = " in other.inner_text(".error")


def test_the_plane_in_chromium_is_that_of_the_toolkit(opened):
    """Himmelblau's function on 64 x 64 points, and the other stored ones, stepped by the page."""
    formula = "((x**2 + y - 11)**2 + (x + y**2 - 7)**2)/100"
    problem = Problem(Grid([(-5, 5), (-5, 5)], 6), formula)
    schedule = Schedule.constant(0.7, num_steps=50, time_step=0.04)
    ideal = evolve(problem, schedule, initial=Gaussian((-1, 1), 0.6, (1.5, -2))).state
    page = opened(fresh=False)
    re, im = page.evaluate(
        """(formula) => {
      const lab = document.getElementById('lab').widget.lab;
      lab.apply({ formula, lower: -5, upper: 5, lowerY: -5, upperY: 5, n: 6, mode: "hand",
        start: "packet", center: -1, centerY: 1, width: 0.6, momentum: 1.5, momentumY: -2 });
      for (let j = 0; j < 50; j++) lab.wave.step(0.7, 0.04);
      return [Array.from(lab.wave.re), Array.from(lab.wave.im)];
    }""",
        formula,
    )
    psi = np.array(re) + 1j * np.array(im)
    assert abs(1 - abs(np.vdot(ideal.ravel(), psi)) ** 2) < 1e-12
    energies, _ = eigenstates(problem, 0.7, 2)
    made = page.lab("Array.from(lab.field.exactLevels(0.7).energies)")
    np.testing.assert_allclose(made[:2], energies, atol=1e-8)


FINGER = ("touchStart", "touchMove")


@only_chromium
def test_touch_throws_a_packet_of_a_plane(opened):
    """Fingers as chromium sends them, with the pointer events that it makes of them."""
    page = opened(PLANE, width=360, height=780, has_touch=True, is_mobile=True)
    x, y, _, height = box_of(page, ".stage")
    page.touchscreen.tap(x + 100, y + 0.5 * height)
    assert page.settings()["start"] == "packet"
    finger = page.context.new_cdp_session(page.page)
    points = [(x + 60 + 12 * j, y + 0.5 * height) for j in range(8)]
    begun = time.time()
    for j, (u, v) in enumerate(points):
        where = {"touchPoints": [{"x": u, "y": v}], "timestamp": begun + 0.008 * j}
        finger.send("Input.dispatchTouchEvent", {"type": FINGER[j > 0], **where})
    end = {"touchPoints": [], "timestamp": begun + 0.008 * len(points)}
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", **end})
    assert page.settings()["center"] > -1.5
    assert page.settings()["momentum"] > 0.5
    assert page.evaluate("scrollY") == 0  # the page stays where it is under the finger
    page.until("ui.playing")


# -- tables and searches -----------------------------------------------------------------------


class Bare:
    """A page without the widget, which is looked through at the end."""

    def __init__(self, browser, path, **options):
        self.page = browser.new_page(**options)
        self.wrong, self.requests = [], []
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: self.wrong.append("dialog") or dialog.dismiss())
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.page.evaluate(TWO_FRAMES)


@pytest.fixture
def bare(browser, tmp_path):
    made = []

    def make(text, **options):
        path = tmp_path / f"{len(made)}.html"
        path.write_text(text, encoding="utf-8")
        made.append(Bare(browser, path, **options))
        return made[-1].page

    yield make
    for one in made:
        assert one.wrong == []
        assert set(one.requests) <= {one.page.url}
        one.page.close()


SHEET = Sheet(
    f"{HOSTILE} table",
    [("name", "text"), ("n", "number"), ("success", "interval")],
    [
        ["b", 2, [0.5, 0.4, 0.6]],
        [HOSTILE, 10, [0.25, 0.2, 0.3]],
        ["a", None, [1.0, None, None]],
        ["c", -1, [float("nan"), 0, 1]],
    ],
)


def names(page):
    return page.locator("tbody tr td:first-child").all_inner_texts()


def test_columns_are_sorted_by_mouse_and_by_keyboard(bare):
    page = bare(report_page(HOSTILE, [HOSTILE], [SHEET]))
    assert page.inner_text("h1") == HOSTILE
    assert page.locator("img").count() == 0
    page.click("th:nth-child(2) button")
    assert names(page) == ["c", "b", HOSTILE, "a"]  # what is missing comes last
    assert page.get_attribute("th:nth-child(2)", "aria-sort") == "ascending"
    page.focus("th:nth-child(2) button")
    page.keyboard.press("Enter")
    assert names(page) == [HOSTILE, "b", "c", "a"]
    page.click("th:nth-child(3) button")
    assert names(page) == [HOSTILE, "b", "a", "c"]
    assert page.get_attribute("th:nth-child(2)", "aria-sort") is None
    assert page.get_attribute("tbody .range >> nth=0", "aria-label") == "95 % between 0.2 and 0.3"


@pytest.fixture(scope="module")
def search():
    box = [(-2, 2), (-1, 3)]
    windows = Windows(num_qubits=3)
    result = minimize("x**2 + (y - 1)**2", box, windows=windows, seed=1, maxfev=600)
    return search_data(result, box)


def test_a_search_is_a_film(bare, search):
    page = bare(report_page("a", ["b"], [SHEET], search))
    page.evaluate(AXE.read_text(encoding="utf-8") if AXE.exists() else "")
    last = len(search["windows"])
    assert page.inner_text("output").startswith(f"window {last} of {last}")
    moved = "document.getElementById('lab').shadowRoot.querySelector('#window').value > 0"
    for scheme, width in itertools.product(("light", "dark"), (360, 1440)):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.focus("#window")
        page.keyboard.press("Home")
        page.evaluate(TWO_FRAMES)
        assert page.inner_text("output").startswith("window 1 of")
        page.click("#play")
        page.wait_for_function(f"() => {moved}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.click("#play")
        if AXE.exists() and (scheme, width) in (("light", 1440), ("dark", 360)):
            wrong = page.evaluate(LOOK, "")["violations"]
            assert {one["id"]: one["nodes"][0]["html"] for one in wrong} == {}


@pytest.mark.slow
def test_gaps_are_made_on_a_machine_that_is_always_late(opened):
    """Every picture takes longer than there is time for: gaps come one by one all the same."""
    page = opened("#n=4")
    page.evaluate("() => { let t = 1e6; performance.now = () => (t += 1000); }")
    page.select_option("#preset", "bowl")
    page.until("lab.gaps.length === 41")
    page.evaluate("() => { delete performance.now; }")
