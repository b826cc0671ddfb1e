"""What carries a job to where it runs, and its counts back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeGuard

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import BitArray, PrimitiveResult

from qdml_quantum.hardware.errors import HardwareError, scrubbed
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.setting import REGISTER
from qdml_quantum.support.extras import require

LOCAL_FORMAT = "qdml-bits-1"
"""First entry of the raw results that `packed` writes."""

_FLIPS = "measurement_flips."
"""What the client writes before the name of a register, for the flips of twirled measurements."""

Counts = dict[str, int]


class RefusedError(HardwareError):
    """Nothing was taken, and no request is under way any more: the service said no."""


class UnreadableError(HardwareError):
    """A raw result can not be read: cut off on its way, or in a format that is not known."""


@dataclass(frozen=True)
class Status:
    """What the service says about a job, and the reason where it failed.

    The word is "unknown", "queued", "running", "done", "failed" or "cancelled".
    """

    word: str
    reason: str = ""


class Transport(Protocol):
    """Carries jobs; what another vendor's service needs to be used from here.

    Every method may raise a `HardwareError`; it then is not known whether the service did what was
    asked. Only `RefusedError` says that `post` made no job.

    Attributes:
        name: Name of the backend.
        local: Whether a job costs nothing and runs when its result is asked for.
        instance: Part of the account that pays, or None.
        note: What has to be known of a job that `ready` let pass; mostly empty.
    """

    name: str
    local: bool
    instance: str | None
    note: str

    def ready(
        self, plans: Sequence[Plan], max_seconds: float | None = None, overdraw: bool = False
    ) -> None:
        """Refuse what can not work or be paid for, before anything is written or sent.

        Args:
            plans: Of the job.
            max_seconds: Seconds of the device after which the service ends the job.
            overdraw: Send it although less is left in the account than it is expected to take.
        """
        ...

    def post(self, plans: Sequence[Plan], tag: str) -> str:
        """Send one job with the circuits of all plans; its id."""
        ...

    def find(self, tag: str) -> tuple[str, ...]:
        """Ids of all jobs with a tag, oldest first."""
        ...

    def status(self, job_id: str) -> Status:
        """What has become of a job."""
        ...

    def raw(self, job_id: str, plans: Sequence[Plan]) -> bytes:
        """The result of a job that is done, as it came; `decode` reads it."""
        ...

    def cancel(self, job_id: str) -> None:
        """Ask that a job be cancelled; one that has ended is left alone."""
        ...

    def usage(self, job_id: str) -> tuple[float, Mapping[str, Any]] | None:
        """Seconds that were charged, and further facts in plain JSON; None where not yet known."""
        ...


def is_transport(thing: Any) -> TypeGuard[Transport]:
    """Whether something carries jobs.

    Its type is asked: a device of the client that is asked for an attribute it lacks loads its
    calibration, and raises what it likes where there is no network.
    """
    names = ("ready", "post", "find", "status", "raw", "cancel", "usage")
    return all(hasattr(type(thing), name) for name in names)


def circuits_of(plans: Sequence[Plan]) -> list[QuantumCircuit]:
    """Circuits of a job: those of the first plan, then those of the second, ..."""
    return [setting.circuit for plan in plans for setting in plan.settings]


def packed(arrays: Sequence[BitArray], **facts: Any) -> bytes:
    """Shots as JSON text that `decode` reads.

    Args:
        arrays: Per circuit.
        facts: Plain JSON that is kept beside them.

    >>> decode(packed([BitArray.from_counts({"01": 3, "10": 1})]))
    [{'01': 3, '10': 1}]
    """
    circuits = [
        {
            "num_bits": array.num_bits,
            "num_shots": array.num_shots,
            "bits": base64.b64encode(np.ascontiguousarray(array.array).tobytes()).decode(),
        }
        for array in arrays
    ]
    return (json.dumps({"format": LOCAL_FORMAT, **facts, "circuits": circuits}) + "\n").encode()


def decode(raw: bytes) -> list[Counts]:
    """Counts of every circuit from a raw result, of a local run or of the runtime service.

    Raises:
        UnreadableError: It is cut off, or in a format that is not known.
    """
    try:
        arrays = _arrays(raw.decode("utf-8"))
        counts = [dict(sorted(array.get_counts().items())) for array in arrays]
    except Exception as error:
        problem = scrubbed(f"{type(error).__name__}: {error}")[:300]
    else:
        return counts
    raise UnreadableError(f"The result of {len(raw)} bytes can not be read ({problem}).")


def _arrays(text: str) -> list[BitArray]:
    data = json.loads(text)
    if isinstance(data, dict) and data.get("format") == LOCAL_FORMAT:
        return [_unpacked(circuit) for circuit in data["circuits"]]
    if isinstance(data, dict) and "schema_version" in data:
        return _of_executor(text, str(data["schema_version"]))
    result = json.loads(text, cls=require("qiskit_ibm_runtime").RuntimeDecoder)
    if not isinstance(result, PrimitiveResult):
        raise ValueError("It holds no counts.")
    return [pub.join_data() for pub in result]


def _of_executor(text: str, version: str) -> list[BitArray]:
    """Shots of the client-side sampler; bits that were flipped at random are flipped back."""
    name = re.fullmatch(r"v(\d+)\.(\d+)", version)
    if name is None:
        raise ValueError(f"Its schema has the unknown version {version}.")
    schema = require("ibm_quantum_schemas.executor.version_{}_{}".format(*name.groups()))
    arrays = []
    for item in schema.QuantumProgramResultModel.model_validate_json(text).data:
        bits, flips = (item.results.get(key) for key in (REGISTER, f"{_FLIPS}{REGISTER}"))
        read = bits.to_numpy() if flips is None else bits.to_numpy() ^ flips.to_numpy()
        arrays.append(BitArray.from_bool_array(read.reshape(-1, read.shape[-1]), order="little"))
    return arrays


def _unpacked(circuit: Mapping[str, Any]) -> BitArray:
    bits, shots = int(circuit["num_bits"]), int(circuit["num_shots"])
    content = np.frombuffer(base64.b64decode(circuit["bits"], validate=True), dtype=np.uint8)
    return BitArray(content.reshape(shots, (bits + 7) // 8), bits)


def require_counts(counts: Sequence[Counts], plans: Sequence[Plan]) -> None:
    """Refuse counts that do not fit the circuits: number of circuits, bits, shots.

    Twirling rounds the shots up to a multiple of its randomisations: more shots are no fault.

    Raises:
        UnreadableError: They do not fit.
    """
    expected = [(plan, setting) for plan in plans for setting in plan.settings]
    if len(counts) != len(expected):
        raise UnreadableError(
            f"The result has counts of {len(counts)} circuits, but {len(expected)} were sent."
        )
    for number, (measured, (plan, setting)) in enumerate(zip(counts, expected, strict=True)):
        bits, shots = setting.circuit.num_clbits, sum(measured.values())
        wrong = sorted({len(key) for key in measured} - {bits})
        if wrong:
            raise UnreadableError(f"Circuit {number} measured {bits} bits, but has {wrong[0]}.")
        if shots < plan.shots:
            raise UnreadableError(
                f"Circuit {number} has {shots} shots, but {plan.shots} were sent."
            )
