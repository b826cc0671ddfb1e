"""A prediction: asked at a terminal and in a kernel, printed where nobody is there."""

import io
import sys

import pytest

from qdml_quantum.teach import predict


class _Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A terminal on which somebody types."""

    def typed(text, shown=None):
        monkeypatch.setattr(sys, "stdin", _Terminal(text))
        monkeypatch.setattr(sys, "stdout", shown or _Terminal())
        return sys.stdout

    return typed


def test_a_terminal_waits_for_an_answer(terminal):
    shown = terminal("left, 90 %\nnext\n")
    assert predict("Which well?") is None
    assert shown.getvalue() == "Predict. Which well? "
    assert sys.stdin.readline() == "next\n"


def test_a_terminal_that_is_closed_goes_on(terminal):
    shown = terminal("")
    predict("Which well?")
    assert shown.getvalue().count("Which well?") == 2


def test_nobody_is_asked_where_the_output_is_read_by_a_program(terminal):
    shown = io.StringIO()
    terminal("an answer\n", shown)
    predict("Which well?")
    assert shown.getvalue() == "Predict. Which well?\n"
    assert sys.stdin.readline() == "an answer\n"


def kernel(monkeypatch, raised):
    def refuse(prompt):
        raise raised

    shell = type("Shell", (), {"kernel": object()})()
    monkeypatch.setitem(
        sys.modules, "IPython", type("I", (), {"get_ipython": staticmethod(lambda: shell)})
    )
    monkeypatch.setattr("builtins.input", refuse)


def test_a_kernel_that_cannot_ask_prints(monkeypatch, capsys):
    """As where the site is built; the error is one of IPython, known by its name alone."""
    cannot = type("StdinNotImplementedError", (RuntimeError,), {})
    kernel(monkeypatch, cannot("raw_input was called"))
    predict("Which well?")
    assert capsys.readouterr().out == "Predict. Which well?\n"


def test_what_else_goes_wrong_is_said(monkeypatch):
    kernel(monkeypatch, RuntimeError("input(): lost sys.stdin"))
    with pytest.raises(RuntimeError, match="lost"):
        predict("Which well?")
