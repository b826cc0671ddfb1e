"""The devices of JAX that an engine uses."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from qdml_quantum.backends.engines.jax_layout import jax, most_devices
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import bad_value, count

_WORTH = 1 << 18
"""Points from which several devices gain over one, where nothing is said."""
_SHARD = 1 << 27
"""Amplitudes on one accelerator at most: plans of cuFFT above 4 GB abort (jax#9591), and from 2^31
elements on its normalisation is wrong without a word (openxla#45009)."""
_COUNT_FLAG = "xla_force_host_platform_device_count"


def chosen_devices(problem: Problem, devices: int | None) -> list[Any]:
    """Devices of JAX, as many as are asked for."""
    most = most_devices(problem.grid.shape)
    if devices is not None:
        count("devices", devices)
        if devices & (devices - 1) or devices > most:
            must = f"be a power of two up to {most}, for which {problem.grid!r} can be cut"
            raise bad_value("devices", must, devices)
        have = available_devices(devices)
    else:
        have = available_devices()
        alone = problem.grid.size < _WORTH and jax.process_count() == 1
        devices = 1 if alone else 1 << (min(len(have), most).bit_length() - 1)
    if devices > len(have):
        remedy = f"Set XLA_FLAGS=--{_COUNT_FLAG}={devices} before Python starts."
        must = f"be at most {len(have)}: the number is fixed when JAX is first used"
        raise bad_value("devices", must, devices, remedy)
    chosen: list[Any] = have[:devices]
    shard = problem.grid.size // devices
    if chosen[0].platform != "cpu" and shard > _SHARD:
        must = f"be at least {problem.grid.size // _SHARD}, for 2^27 amplitudes on each"
        raise bad_value("devices", must, devices, "Or use fewer qubits per axis (--qubits).")
    return chosen


def available_devices(wanted: int = 1) -> list[Any]:
    """Devices of JAX; of processors as many as are wanted, where that is not fixed yet."""
    if wanted > 1 and _COUNT_FLAG not in os.environ.get("XLA_FLAGS", ""):
        with suppress(RuntimeError):  # JAX is in use already.
            jax.config.update("jax_num_cpu_devices", wanted)
    return list(jax.devices())
