"""Errors on the way to a device: words without secrets, and no frames of the client."""

import json

import pytest

from qdml_quantum.hardware import errors
from qdml_quantum.hardware.errors import (
    HardwareError,
    asked,
    scrubbed,
    secrets_of_user,
)


def test_tokens_of_the_environment_and_of_saved_accounts_are_known(tmp_path, monkeypatch):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "token-of-the-environment")
    monkeypatch.setattr(errors.Path, "home", lambda: tmp_path)
    file = tmp_path / errors.ACCOUNT_FILE
    file.parent.mkdir()
    file.write_text(json.dumps({"default": {"token": "token-of-the-file"}, "odd": 3}))
    assert {"token-of-the-environment", "token-of-the-file"} <= set(secrets_of_user())
    text = scrubbed("x token-of-the-file y token-of-the-environment z")
    assert text == "x *** y *** z"


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", '{"a": {"token": 7}}'])
def test_a_strange_file_of_accounts_is_no_error(tmp_path, monkeypatch, content):
    for name in ("QISKIT_IBM_TOKEN", "QISKIT_IBM_QUANTUM_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(errors.Path, "home", lambda: tmp_path)
    (tmp_path / ".qiskit").mkdir()
    (tmp_path / errors.ACCOUNT_FILE).write_text(content)
    assert list(secrets_of_user()) == []


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("apikey=xyz&a=1", "apikey=***&a=1"),
        ("bearer ***", "bearer ***"),
        ("no secret at all", "no secret at all"),
    ],
)
def test_what_follows_bearer_and_apikey_is_left_out(text, clean):
    assert scrubbed(text) == clean


def test_the_error_stands_alone():
    """Frames of the client hold tokens: neither a cause nor a context leads there."""

    def call():
        token = "secret"
        raise OSError(f"Bearer {token}")

    with pytest.raises(HardwareError) as caught:
        asked("the status", call)
    assert str(caught.value) == "Could not get the status. OSError: Bearer ***"
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_an_interrupt_is_no_error_of_the_client():
    def call():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked("anything", call)
