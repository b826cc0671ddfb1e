"""Options of the sampler of the runtime: what the client knows, checked before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_value


def as_sampler_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Options as `qiskit_ibm_runtime.executor_sampler.Sampler` takes them, in plain JSON.

    They act on every circuit of a job: what they do is seen by running a second job without them.

    Args:
        options: Nested mapping; None or empty for none.

    Raises:
        ValueError: The installed client does not know an option, or does not take its value.
        ImportError: The extra `hardware` is not installed.

    >>> as_sampler_options({"dynamical_decoupling": {"enable": True, "sequence_type": "XY4"}})
    {'dynamical_decoupling': {'enable': True, 'sequence_type': 'XY4'}}
    >>> as_sampler_options(None)
    {}
    """
    if not options:
        return {}
    invalid, client = require("pydantic").ValidationError, require("qiskit_ibm_runtime")
    if find_spec("qiskit_ibm_runtime.options_models"):  # Since 0.47.
        client = require("qiskit_ibm_runtime.options_models")
    try:
        client.SamplerOptions(**options)
        plain = json.loads(json.dumps(options, allow_nan=False))
    except invalid as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise bad_value(
            "options",
            f"be known to the sampler of the runtime ({name}: {first['msg']})",
            dict(options),
            "Its documentation lists them: qiskit_ibm_runtime.options_models.SamplerOptions.",
        ) from None
    except (TypeError, ValueError) as error:
        raise bad_value("options", f"be plain JSON ({error})", dict(options)) from None
    return dict(plain)
