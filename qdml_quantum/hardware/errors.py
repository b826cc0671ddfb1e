"""What can go wrong on the way to a device, in words that hold no secret."""

from __future__ import annotations

import json
import os
import queue
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

ACCOUNT_FILE = Path(".qiskit", "qiskit-ibm.json")
"""Where the runtime client saves accounts, below the home folder."""

ASK_SECONDS = 120.0
"""How long an answer of the client is waited for: it reads without a timeout, and may hang for
ever."""

TOO_FAST = "429 client error"
"""Words of the client where the service wants a pause: it takes 5 jobs a minute [its reference]."""
_REMEDIES = {
    "notauthorized": "The token is wrong or expired: save the account again with a new one.",
    "max retries exceeded": "Check the network.",
    "no answer within": "Check the network.",
    "pending jobs": "Wait until one has ended, or cancel one: qdml jobs lists them.",
    "usage exceeds": "Choose another instance (--instance), or wait until there is more time.",
    "413 client error": "It is too large for one request: plan fewer circuits, or smaller ones.",
    TOO_FAST: "Wait a minute: the service takes so many requests in one.",
}
"""What to do, by words in what the client says."""

_SHOWN = "***"
_SHORTEST = 8
"""Shorter texts are no tokens: removing them would garble messages."""
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|apikey)([\s=:]+)(?!\*\*\*)[^\s'\",;&}]+")


class HardwareError(RuntimeError):
    """A device, its service or an account did not do what was asked."""


class AmbiguousSubmissionError(HardwareError):
    """It is not known whether the service took a job; the ledger goes on looking for it."""


class LedgerError(HardwareError):
    """The ledger is locked, read-only, damaged, or the disk is full."""


def secrets_of_user() -> Iterator[str]:
    """Tokens in the environment and in the saved accounts: what no output may hold."""
    for name, value in os.environ.items():
        if name.startswith("QISKIT_IBM") and "TOKEN" in name:
            yield value
    try:
        accounts = json.loads((Path.home() / ACCOUNT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):
        return
    for account in accounts.values() if isinstance(accounts, dict) else ():
        if isinstance(account, dict) and isinstance(account.get("token"), str):
            yield account["token"]


def scrubbed(text: str) -> str:
    """A text without tokens of the user and without what follows ``Bearer`` or ``apikey``.

    >>> scrubbed("401 for Authorization: Bearer abc.def")
    '401 for Authorization: Bearer ***'
    """
    for secret in secrets_of_user():
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, _SHOWN)
    return _AUTHORIZATION.sub(rf"\1\2{_SHOWN}", text)


def asked(what: str, call: Callable[[], T], seconds: float | None = ASK_SECONDS) -> T:
    """The answer of a call of the runtime client; what it raises becomes a `HardwareError`.

    The new error stands alone: frames of the client hold headers with tokens, which a traceback
    that prints locals would show.

    Args:
        what: What is asked for, such as ``"the status of job abc"``.
        call: Takes nothing.
        seconds: It is given up after so long, and left alone in a thread of its own; None waits for
            what ends by itself.

    >>> asked("the answer", lambda: 42)
    42
    """
    try:
        return call() if seconds is None else within(seconds, call)
    except Exception as problem:
        reason = scrubbed(f"{type(problem).__name__}: {problem}")
    remedy = next((do for words, do in _REMEDIES.items() if words in reason.lower()), "")
    raise HardwareError(f"Could not get {what}. {reason} {remedy}".rstrip())


def within(seconds: float, call: Callable[[], T]) -> T:
    """What a call gives, in a thread that is left alone when it takes too long.

    Raises:
        TimeoutError: It took too long.

    >>> within(5.0, lambda: 42)
    42
    """
    box: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def work() -> None:
        try:
            box.put((True, call()))
        except BaseException as error:
            box.put((False, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        good, value = box.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"No answer within {seconds:g} s.") from None
    if good:
        return value  # type: ignore[no-any-return]
    raise value
