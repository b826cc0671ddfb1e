"""The sampler of the runtime client: the user's options are kept, ours are added."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from qiskit.primitives import BaseSamplerV2

from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_value

COUNTED = {"execution": {"meas_type": "classified"}}
"""Shots come back as bits: nothing else is read here."""


def is_of_runtime(backend: Any) -> bool:
    """Whether something is a sampler of the runtime client, of either kind."""
    return isinstance(backend, BaseSamplerV2) and all(
        hasattr(backend, name) for name in ("mode", "options")
    )


def sampler_on(mode: Any, *ours: Mapping[str, Any], like: Any = None) -> Any:
    """A sampler of the client with options of ours, and with all those of another one.

    Args:
        mode: A backend, or a `Batch` or `Session`.
        ours: Options by group and name; more than one part may be given.
        like: A sampler whose class and options are taken; it stays as it is. Without one, the
            client-side sampler, or the only one of a client that has none.

    Raises:
        ValueError: An option of ours is set otherwise in the other sampler, or not known.
    """
    with warnings.catch_warnings():
        # The user of an older sampler was warned when it was made.
        warnings.simplefilter("ignore", DeprecationWarning)
        if like is not None:
            sampler = type(like)(mode=mode, options=copy.deepcopy(like.options))
        else:
            sampler = _sampler_class()(mode=mode)
    for options in (*ours, COUNTED):
        _add(sampler.options, options, "")
    return sampler


def has_client_side_sampler() -> bool:
    """Whether the installed client does the work of the sampler, so that it also does it here."""
    require("qiskit_ibm_runtime")
    return find_spec("qiskit_ibm_runtime.executor_sampler") is not None


def _sampler_class() -> Any:
    if has_client_side_sampler():
        return require("qiskit_ibm_runtime.executor_sampler").Sampler
    return require("qiskit_ibm_runtime").SamplerV2


def _add(options: Any, ours: Mapping[str, Any], group: str) -> None:
    """Set options in place where they are as the client has them, or as they shall be."""
    for name, value in ours.items():
        if not hasattr(options, name):
            must = "be known to the sampler of the installed qiskit-ibm-runtime"
            raise bad_value("options", must, f"`{group}{name}`")
        theirs = getattr(options, name)
        if isinstance(value, Mapping) and not isinstance(theirs, Mapping):
            _add(theirs, value, f"{group}{name}.")
        elif theirs != value and _is_chosen(options, name):
            raise bad_value(
                "backend",
                f"be a sampler with the option {group}{name} = {value!r}, as the plan has it",
                f"one with {group}{name} = {theirs!r}",
                "Change one of the two.",
            )
        else:
            setattr(options, name, value)


def _is_chosen(options: Any, name: str) -> bool:
    """Whether an option was set; newer options keep that, older ones have no value until then."""
    known = getattr(options, "model_fields_set", None)
    return bool(getattr(options, name) != getattr(type(options)(), name) or name in (known or ()))
