"""What tells two things apart that change a number: digests of backends, noise and options."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np

_QISKIT = ("qiskit", "qiskit_aer", "qiskit_ibm_runtime")
"""Packages whose backends and samplers are told by target and options; the rest of what their
objects hold are caches, compiled code and connections."""

_OF_EVERY_BACKEND = ("_options", "_target", "_provider", "online_date")
_NOT_SET = "Unset"
"""An option of the runtime that was left out: an object without state."""
_DEEPEST = 24
"""Deeper than anything plain: what goes on holds itself."""


class NoDigestError(TypeError):
    """Something cannot be told from another of its kind: code, a connection, a generator."""


def digest(thing: Any) -> str:
    """SHA-256 that is the same for things that give the same numbers.

    Plain data and arrays go in by value; a backend by class, target (gates, edges, errors, times)
    and options (noise model and all); a sampler by class, options and the backend behind it;
    anything with `identity` or `to_dict` by what that says; other objects by class and attributes.

    Raises:
        NoDigestError: It is, or holds, what has no value: a function, a connection, a generator of
            random numbers.

    >>> digest({"a": 1, "b": (2.0, None)}) == digest({"b": [2.0, None], "a": 1})
    True
    >>> digest(len)
    Traceback (most recent call last):
    qdml_quantum.support.digest.NoDigestError: builtin_function_or_method has no digest
    """
    text = json.dumps(_plain(thing, _DEEPEST), separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def identity_of(**parts: Any) -> dict[str, Any]:
    """Digests of parts by name, in plain JSON; None for a part that is None.

    Where a part has no digest, `untold` names it, and a `nonce` makes the whole differ from all
    others: nothing that was saved under another identity can be taken for it.

    >>> identity_of(noise=None, rate=0.5)["noise"] is None
    True
    >>> identity_of(sampler=len)["untold"], identity_of(sampler=len) == identity_of(sampler=len)
    (['sampler'], False)
    """
    known: dict[str, Any] = {}
    untold = []
    for name, part in parts.items():
        try:
            known[name] = None if part is None else digest(part)
        except NoDigestError:
            untold.append(name)
    return known | ({"untold": untold, "nonce": secrets.token_hex(8)} if untold else {})


def told(identity: Mapping[str, Any]) -> dict[str, Any]:
    """An identity without what makes it differ from all others: what two can be compared by.

    >>> told(identity_of(rate=None, sampler=len))
    {'rate': None}
    """
    return {name: value for name, value in identity.items() if name not in ("untold", "nonce")}


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Names of what two identities both tell, and differently.

    >>> differing({"backend": "1f", "sampler": None}, {"backend": "2e"})
    ['backend']
    """
    return [name for name in one if name in other and one[name] != other[name]]


def untold(identity: Any) -> tuple[str, ...]:
    """Names of all parts without a digest in an identity, wherever they stand.

    >>> untold({"backend": {"name": "mine", "untold": ["sampler"], "nonce": "..."}})
    ('sampler',)
    """
    if not isinstance(identity, Mapping):
        return ()
    inner = (name for value in identity.values() for name in untold(value))
    return (*identity.get("untold", ()), *inner)


def _plain(thing: Any, depth: int) -> Any:
    """JSON that stands for a thing; what it holds may be `depth` levels deep."""
    if depth == 0:
        raise NoDigestError(f"{type(thing).__name__} goes too deep to have a digest")
    below = depth - 1
    if isinstance(thing, np.generic):
        thing = thing.item()
    if thing is None or isinstance(thing, bool | int | str):
        return thing
    if isinstance(thing, float | complex):
        return [type(thing).__name__, repr(thing)]
    if isinstance(thing, Enum | PurePath):
        return [type(thing).__name__, str(thing)]
    if isinstance(thing, np.ndarray) and thing.dtype.kind in "biufc":
        data = hashlib.sha256(np.ascontiguousarray(thing).tobytes()).hexdigest()
        return [thing.dtype.str, list(thing.shape), data]
    if isinstance(thing, list | tuple):
        return [_plain(item, below) for item in thing]
    if isinstance(thing, set | frozenset):
        return ["set", *sorted((_plain(item, below) for item in thing), key=json.dumps)]
    # A target is a mapping as well, of gates without their errors.
    if isinstance(thing, Mapping) and not hasattr(thing, "operation_names"):
        return _pairs(thing.items(), below)
    if isinstance(thing, type) and thing.__module__.split(".")[0] in _QISKIT:
        return [thing.__module__, thing.__qualname__]
    if isinstance(thing, type):
        raise NoDigestError(f"class {thing.__qualname__} has no digest")
    kind = type(thing)
    return [kind.__module__, kind.__qualname__, _plain_object(thing, below)]


def _pairs(items: Any, depth: int) -> list[Any]:
    pairs = [[_plain(key, depth), _plain(value, depth)] for key, value in items]
    return sorted(pairs, key=lambda pair: json.dumps(pair[0]))


def _plain_object(thing: Any, depth: int) -> Any:
    """JSON of what an object holds; Qiskit's are known by their attributes, not imported."""
    if all(hasattr(thing, name) for name in ("run", "options", "target")):
        kept = {"name": thing.name, "target": thing.target, "options": _options(thing.options)}
        return _pairs((kept | _own(thing)).items(), depth)
    if any(kind.__name__ == "BaseSamplerV2" for kind in type(thing).__mro__):
        return _plain(_of_sampler(thing), depth)
    if hasattr(thing, "operation_names"):
        return _plain(list(_entries(thing)), depth)
    if hasattr(thing, "get_edges"):
        return sorted(map(list, thing.get_edges()))
    if hasattr(thing, "circuits") and hasattr(thing, "probabilities"):
        return _plain([_of_circuits(thing.circuits), np.asarray(thing.probabilities)], depth)
    if hasattr(thing, "model_dump"):
        return _plain(thing.model_dump(), depth)
    for method in ("identity", "to_dict"):
        # What a noise model of Aer says leaves its passes out.
        if callable(getattr(thing, method, None)) and not hasattr(thing, "noise_instructions"):
            return _plain(getattr(thing, method)(), depth)
    if is_dataclass(thing):
        return _pairs(((field.name, getattr(thing, field.name)) for field in fields(thing)), depth)
    state = getattr(thing, "__dict__", None)
    of_qiskit = _is_of_qiskit(thing)
    # Compiled code keeps its state elsewhere.
    if (callable(thing) and not of_qiskit) or (not state and repr(thing) != _NOT_SET):
        raise NoDigestError(f"{type(thing).__name__} has no digest")
    # A pass of Qiskit holds a hash that no other process has, and may hold a method of its own.
    own = {
        name: held
        for name, held in (state or {}).items()
        if getattr(held, "__self__", None) is not thing and not (of_qiskit and name == "_hash")
    }
    return _pairs(own.items(), depth)


def _of_circuits(circuits: Any) -> str:
    """SHA-256 of the circuits of an error of Aer: gates, qubits, parameters, labels.

    The noise of a chip has 50,000 of them, which took 16 s as dictionaries.
    """
    lines: list[Any] = []
    for circuit in circuits:
        index_of = {qubit: number for number, qubit in enumerate(circuit.qubits)}
        lines.append("circuit")
        for one in circuit.data:
            lines += [one.name, one.label, *map(index_of.__getitem__, one.qubits)]
            for given in one.params:
                array = isinstance(given, np.ndarray)
                lines += [given.dtype.str, given.shape, given.tobytes()] if array else [given]
    return hashlib.sha256(repr(lines).encode()).hexdigest()


def _of_sampler(sampler: Any) -> dict[str, Any]:
    """Options and seed of a sampler of Qiskit, Aer or the runtime, and the backend behind it."""
    # That of Aer's has no public name; that of the runtime's is asked for.
    backend = getattr(sampler, "backend", None) or getattr(sampler, "_backend", None)
    backend = backend if hasattr(backend, "target") or backend is None else backend()
    kept = {name: getattr(sampler, name, None) for name in ("default_shots", "seed")}
    options = getattr(sampler, "options", None)
    return kept | {"backend": backend, "options": None if options is None else _options(options)}


def _is_of_qiskit(thing: Any) -> bool:
    return type(thing).__module__.split(".")[0] in _QISKIT


def _own(backend: Any) -> dict[str, Any]:
    """Attributes of a backend that somebody wrote, beside those of every backend."""
    if _is_of_qiskit(backend):
        return {}
    return {name: value for name, value in vars(backend).items() if name not in _OF_EVERY_BACKEND}


def _options(options: Any) -> Any:
    """Options by name; a data class as it is."""
    if hasattr(options, "model_dump"):
        return options.model_dump()
    return options if is_dataclass(options) else dict(options.items())


def _entries(target: Any) -> Iterator[Any]:
    """What a `Target` says: every gate on every tuple of qubits with its error and time.

    The number of qubits is not there: that of a simulator is what fits into memory.
    """
    qubits = target.qubit_properties or ()
    # Aer keeps its edges beside gates that stand anywhere.
    yield target.build_coupling_map()
    yield [target.dt, [_figures(one, ("t1", "t2", "frequency")) for one in qubits]]
    for name in sorted(target.operation_names):
        entries = sorted((target[name] or {None: None}).items(), key=lambda entry: str(entry[0]))
        yield [name, [[pair, *_figures(one, ("error", "duration"))] for pair, one in entries]]


def _figures(properties: Any, names: tuple[str, ...]) -> list[Any]:
    return [getattr(properties, name, None) for name in names]
