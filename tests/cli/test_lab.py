"""`qdml lab`: the page, with and without a problem."""

import json
import webbrowser

import pytest
from command import qdml

from qdml_quantum.cli.options import MISTAKE
from qdml_quantum.teach.lab.page import lab_page


@pytest.fixture
def opened(monkeypatch):
    """Addresses that were shown, instead of a browser."""
    shown = []
    monkeypatch.setattr(webbrowser, "open", lambda address: shown.append(address) or True)
    return shown


def test_it_is_written_and_opened(here, capsys, opened):
    code, out, _ = qdml(capsys, "lab")
    page = here / "qdml-runs" / "lab.html"
    assert code == 0
    assert page.read_text(encoding="utf-8") == lab_page()
    assert opened == [page.resolve().as_uri()]
    assert "needs no network" in out


def test_it_is_only_written_where_a_file_is_named(here, capsys, opened):
    code, out, _ = qdml(
        capsys, "lab", "x**4 - 3*x**2 + x", "--bounds", -3, 3, "--output", "a.html", "--json"
    )
    assert (code, opened, json.loads(out)["opened"]) == (0, [], False)
    text = (here / "a.html").read_text(encoding="utf-8")
    assert "#f=x%2A%2A4" in text and "b=-3.0%2C3.0" in text


def test_no_browser_is_no_mistake(here, capsys, monkeypatch):
    def none(address):
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "open", none)
    code, out, _ = qdml(capsys, "lab")
    assert code == 0
    assert "open it in a browser" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rastrigin", "--dimensions", 3], "must have at most two dimensions"),
        (["double_well", "--qubits", 12], "must lie between 3 and 9"),
        (["x^2"], "Write ** for a power"),
    ],
)
def test_mistakes(here, capsys, opened, arguments, message):
    code, _, err = qdml(capsys, "lab", *arguments)
    assert code == MISTAKE
    assert message in err
    assert opened == []
