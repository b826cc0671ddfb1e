"""The site: every page is on it, every public name too; built, no link of it is broken."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
NOT_THERE = {"index", "api"}
"""The first page, and the table that the reference has with links."""


@pytest.fixture
def reference(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    spec = importlib.util.spec_from_file_location("write_reference", DOCS / "write_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def listed(page):
    """What the tables of contents of a page list."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r":::\{toctree\}\n(.*?)\n:::", text, re.S):
        for line in block.splitlines():
            if line and not line.startswith(":"):
                yield re.sub(r".*<(.*)>", r"\1", line)


def test_every_page_is_listed_once():
    pages = [name for page in sorted(DOCS.glob("*.md")) for name in listed(page)]
    assert len(pages) == len(set(pages))
    inside = {name for name in pages if "/" not in name}
    assert inside == {page.stem for page in DOCS.glob("*.md")} - NOT_THERE
    outside = {name for name in pages if name.startswith("../")}
    assert all((DOCS / f"{name}.md").is_file() for name in outside)


@pytest.mark.extra("learning")
@pytest.mark.extra("plots")
def test_every_public_name_has_its_place(reference):
    made = reference.pages()
    index = made.pop("index")
    names = [
        name for group in reference.groups(reference.STUB.read_text()).values() for _, name in group
    ]
    for name in names:
        (page,) = [slug for slug, text in made.items() if f":: qdml_quantum.{name}\n" in text]
        assert f"({page}.md#qdml_quantum.{name})" in index


@pytest.mark.extra("learning")
@pytest.mark.extra("plots")
def test_pages_of_the_reference_are_written_where_they_changed(reference, tmp_path):
    stale = (tmp_path / "reference" / "gone").with_suffix(".md")
    reference.write(stale.parent)
    page = (stale.parent / "index").with_suffix(".md")
    stale.write_text("old", encoding="utf-8")
    os.utime(page, (1, 1))
    reference.write(stale.parent)
    assert page.stat().st_mtime == 1
    assert not stale.exists()


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.names = [], set()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.names |= {found[key] for key in ("id", "name") if found.get(key)}
        self.links += [found[key] for key in ("href", "src") if found.get(key)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built offline, a warning being an error; the lessons are not run."""
    pytest.importorskip("myst_nb")
    pytest.importorskip("pydata_sphinx_theme")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-c", str(DOCS)]
    environment = {**os.environ, "QDML_SITE_EXECUTE": "off"}
    built = folder / "site"
    subprocess.run(
        [*command, "-d", str(folder / "trees"), str(ROOT), str(built)], env=environment, check=True
    )
    return built


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_no_link_is_broken(site):
    pages = {}
    for file in set(site.rglob("*.html")) - set((site / "_static").rglob("*")):
        pages[file] = _Links()
        pages[file].feed(file.read_text(encoding="utf-8"))
    assert len(pages) > 40
    broken = []
    for file, page in pages.items():
        for link in page.links:
            path, _, anchor = unquote(link).partition("#")
            if re.match(r"[a-z]+:", link) or link == "#":
                # It is read without a network, too; the letters of a picture may be any.
                assert link.startswith("data:") or "cdn" not in link
                continue
            to = (file.parent / path.partition("?")[0]).resolve() if path else file
            if not to.is_file() or (anchor and to in pages and anchor not in pages[to].names):
                broken.append((str(file.relative_to(site)), link))
    assert broken == [], broken
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert "imaginari" in index
    assert "Imaginary time: from waves to heat" in index


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def address(site):
    """Of the site on this machine: from the disk a browser reads no text around what it finds."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=site))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def visited(address):
    """A page of a browser; at the end nothing was asked of others, and the console has no error."""
    api = pytest.importorskip("playwright.sync_api", reason="no browser")
    wrong = []

    def hear(message):
        if message.type == "error":
            wrong.append(message.text)

    def watch(request):
        if not request.url.startswith((address, "data:")):
            wrong.append(request.url)

    with api.sync_playwright() as playwright:
        root = getattr(os, "geteuid", lambda: 1)() == 0
        arguments = ["--disable-gpu", *["--no-sandbox"] * root]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.on("console", hear)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", watch)
        yield page
        browser.close()
    assert wrong == []


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no browser")
def test_search_finds_imaginary_time(visited, address):
    visited.goto(f"{address}/search.html?q=imaginary+time")
    visited.wait_for_selector("#search-results li a")
    titles = visited.locator("#search-results li > a").all_inner_texts()
    assert any("Imaginary time" in title for title in titles), titles


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no browser")
def test_an_answer_is_folded_until_it_is_asked_for(visited, address):
    for name in ("docs/index", "docs/teach", "docs/commands"):
        visited.goto(f"{address}/{name}.html")
        assert visited.locator("h1").first.is_visible(), name
    visited.goto(f"{address}/examples/10_imaginary_time.html")
    answer = visited.get_by_text("variance of the Green")
    assert not answer.is_visible()
    visited.locator("details", has_text="variance of the Green").locator("summary").click()
    assert answer.is_visible()
