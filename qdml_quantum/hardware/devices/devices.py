"""Where circuits run: fake devices, simulators, and devices of the user's own account."""

from __future__ import annotations

import copy
import sys
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import RXGate, RZZGate
from qiskit.providers import BackendV2
from qiskit.transpiler import InstructionProperties, Target
from qiskit.transpiler.passes import WrapAngles
from qiskit_aer import AerSimulator

from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.devices.noise import Snapshot, readout_errors, used_qubits
from qdml_quantum.hardware.devices.placement import Tally
from qdml_quantum.hardware.errors import ASK_SECONDS, HardwareError, asked, scrubbed, within
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_value, did_you_mean, unknown
from qdml_quantum.support.typed import typed

LEAST_BUSY = "least-busy"
AER = "aer"
_FRACTIONAL = "_fractional"
_QUARTER_TURN = 1.5707963267948966
_UNUSABLE = 1.0
"""Error that a calibration gives to a gate that does not work."""

NO_ACCOUNT = (
    "No account of IBM Quantum was found. Save one once, with QiskitRuntimeService.save_account("
    "token=..., instance=...), or set the environment variables QISKIT_IBM_TOKEN and "
    "QISKIT_IBM_INSTANCE (and QISKIT_IBM_CHANNEL, QISKIT_IBM_URL if need be). Without an account "
    "everything runs against a fake device: fake_fez."
)
WRONG_ACCOUNT = (
    "IBM Quantum did not accept the account. Either its token or instance is wrong, expired or "
    "revoked, or the service was not reached: the client reports a missing network in the same "
    "words. Check the network first, then save the account again with a new token."
)


@typed
def find_backend(
    name_or_object: Any,
    *,
    service: Any = None,
    fractional: bool = False,
    num_qubits: int | None = None,
    instance: str | None = None,
) -> Any:
    """The backend that is meant.

    Args:
        name_or_object: ``"fake_fez"`` or another fake device of the runtime's provider; with
            ``_fractional`` behind it, its version with fractional gates. ``"aer"``: the ideal
            simulator. ``"ibm_..."`` or ``"least-busy"``: a device of the user's account. A
            `BackendV2` or `SamplerV2` is handed back.
        service: Of the runtime client; default the user's saved account or the environment's.
        fractional: With the gates rx and rzz of any angle, the latter up to pi/2.
        num_qubits: Qubits that are needed.
        instance: Part of the account that pays, by name or CRN; default that of the service, else
            the one that the client chooses, which is free if there is a free one.

    Raises:
        TypeError: It is neither a name, a backend nor a sampler.
        ValueError: An unknown name, too few qubits, or no fractional gates.
        HardwareError: The account, the service or the device does not answer as it should.
        ImportError: The extra `hardware` is not installed.

    >>> backend = find_backend("fake_fez")
    >>> backend.name, backend.num_qubits
    ('fake_fez', 156)
    """
    if isinstance(name_or_object, str):
        backend = _named(name_or_object, service, fractional, num_qubits, instance)
    elif fractional and isinstance(name_or_object, BackendV2):
        backend = _with_fractional_gates(name_or_object)
    else:
        backend = name_or_object
    if instance is not None and (backend is name_or_object or is_local(backend)):
        remedy = "It belongs to the name of a device of an account."
        raise bad_value("instance", "be left out here", instance, remedy)
    # A simulator reports what fits into memory, which the run checks by itself.
    width = getattr(Machine(backend).backend, "num_qubits", None)
    if num_qubits is not None and width is not None and width < num_qubits:
        raise bad_value(
            "backend",
            f"have at least {num_qubits} qubits",
            f"{getattr(backend, 'name', type(backend).__name__)} with {width}",
            "Use fewer qubits per axis (--qubits), or a larger device.",
        )
    return backend


def is_local(backend: Any) -> bool:
    """Whether no service stands behind a backend or sampler: fake, simulated, or the user's own.

    >>> is_local(AerSimulator())
    True
    """
    client = sys.modules.get("qiskit_ibm_runtime")
    if client is None:
        return True
    device = Machine(backend).backend
    return not isinstance(device, client.IBMBackend)


def target_of(backend: Any) -> Target:
    """Gates, edges and error rates of a backend or of what a sampler runs on.

    Raises:
        ValueError: A sampler or backend that does not tell, as samplers of state vectors.
    """
    target = Machine(backend).target
    if target is None:
        raise bad_value(
            "backend",
            "tell its gates and edges",
            f"{Machine(backend).name}, which does not",
            "Pass the backend that the sampler runs on; or use anneal, which needs none.",
        )
    return target


def notes(backend: Any) -> tuple[str, ...]:
    """What has to be said of the figures of a backend.

    >>> notes(find_backend("fake_fez"))[0]
    'fake_fez is a stored calibration of a device, not the device of today.'
    """
    name = str(getattr(backend, "name", type(backend).__name__))
    remarks = []
    if isinstance(backend, FractionalFake):
        remarks.append(backend.note)
    if name.removesuffix(_FRACTIONAL) == "fake_nighthawk":
        remarks.append(
            f"The error rates of {name} are made up: they do not stand for those of a real device."
        )
    if name.startswith("fake_"):
        remarks.append(f"{name} is a stored calibration of a device, not the device of today.")
    if isinstance(backend, AerSimulator) and backend.options.noise_model is None:
        remarks.append("The simulator is ideal: without noise there is no loss to predict.")
    return tuple(remarks)


def snapshot(backend: Any, circuits: QuantumCircuit | Iterable[QuantumCircuit]) -> dict[str, Any]:
    """What the device says of the qubits, edges and measurements that circuits use.

    Args:
        backend: A `BackendV2`, or a sampler that tells its backend.
        circuits: One or several, on the qubits of the device and in its gates.

    Returns:
        Plain JSON: names and dates, and by qubit and by edge the error rates and times in seconds;
        None for what is not known.

    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> bell = QuantumCircuit(156, 2)
    >>> _ = bell.sx(7), bell.cz(7, 8), bell.measure([7, 8], [0, 1])
    >>> figures = snapshot(FakeFez(), bell)
    >>> figures["backend"], round(figures["edges"]["7-8"]["cz"]["error"], 4)
    ('fake_fez', 0.0049)
    """
    circuits = [circuits] if isinstance(circuits, QuantumCircuit) else list(circuits)
    device, target = Machine(backend).backend, target_of(backend)
    gates: dict[str, dict[str, Any]] = {}
    for circuit in circuits:
        for name, where in Tally.of(circuit, target).gates:
            figures = target[name].get(where) if name in target.operation_names else None
            if figures is not None and len(where) <= 2:
                entry = gates.setdefault("-".join(map(str, sorted(where))), {})
                entry[name] = {"error": figures.error, "seconds": figures.duration}
    qubits = {}
    readout = readout_errors(device, used_qubits(circuits))
    for qubit in used_qubits(circuits):
        known = target.qubit_properties[qubit] if target.qubit_properties else None
        one, zero = readout.get(qubit, (None, None))
        qubits[str(qubit)] = {
            "t1": getattr(known, "t1", None),
            "t2": getattr(known, "t2", None),
            "read_1_for_0": one,
            "read_0_for_1": zero,
            "gates": gates.get(str(qubit), {}),
        }
    report = getattr(device, "properties", None)
    report = report() if callable(report) else None
    updated = getattr(report, "last_update_date", None)
    return {
        "backend": str(getattr(device, "name", type(device).__name__)),
        "version": str(getattr(device, "backend_version", None) or ""),
        "num_qubits": target.num_qubits,
        "updated": updated.isoformat() if updated is not None else None,
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "notes": list(notes(device)),
        "qubits": qubits,
        "edges": {edge: figures for edge, figures in gates.items() if "-" in edge},
    }


def open_service(instance: str | None = None) -> Any:
    """The runtime client with the user's saved account, or that of the environment variables.

    Args:
        instance: Part of the account that pays, by name or CRN; default that of the account.

    Raises:
        HardwareError: No account, one that is not accepted, no network, or no answer in time.
        ImportError: The extra `hardware` is not installed.
    """
    runtime = require("qiskit_ibm_runtime")
    try:
        given = {} if instance is None else {"instance": instance}
        return within(ASK_SECONDS, lambda: runtime.QiskitRuntimeService(**given))
    except Exception as error:
        # The words only: frames of the client hold the token. Names, so that it need not export
        # the classes.
        names = {kind.__name__ for kind in type(error).__mro__}
        words = scrubbed(f"{type(error).__name__}: {error}")
    if "AccountNotFoundError" in names:
        raise HardwareError(NO_ACCOUNT)
    if names & {"InvalidAccountError", "IBMNotAuthorizedError", "ApiException"}:
        raise HardwareError(f"{WRONG_ACCOUNT} It said: {words}")
    raise HardwareError(f"Could not open the service of IBM Quantum. {words}")


def _named(
    name: str, service: Any, fractional: bool, num_qubits: int | None, instance: str | None
) -> Any:
    if name == AER:
        return AerSimulator()
    if name.startswith("fake_"):
        return _fake(name, fractional)
    # With a service at hand any name may be one of its devices.
    if name.startswith("ibm_") or name == LEAST_BUSY or service is not None:
        service, chosen = (service, instance) if service else (open_service(instance), None)
        return _of_service(name, service, fractional, num_qubits, chosen)
    choices = [AER, LEAST_BUSY, *_fakes()]
    hint = did_you_mean(name, choices)
    raise ValueError(
        f"Unknown backend {name!r}. {hint + ' ' if hint.startswith('Did') else ''}Fake devices are "
        "called fake_fez, fake_torino, fake_nighthawk, ..., those of your account ibm_...; "
        "`least-busy` takes the one with the shortest queue, `aer` is the ideal simulator."
    )


def is_fake(backend: Any) -> bool:
    """Whether a backend is a fake device of the runtime's provider, or one made of it."""
    # Who has a fake device has loaded its module; simulators of Qiskit need no client.
    loaded = "qiskit_ibm_runtime.fake_provider" in sys.modules
    return isinstance(backend, (FractionalFake, *_fakes().values()) if loaded else FractionalFake)


@lru_cache(maxsize=1)
def _fakes() -> dict[str, Any]:
    """Classes of the fake devices by name."""
    provider = require("qiskit_ibm_runtime.fake_provider")
    classes = [getattr(provider, entry) for entry in dir(provider) if entry.startswith("Fake")]
    return {c.backend_name: c for c in classes if hasattr(c, "backend_name")}


def _fake(name: str, fractional: bool) -> Any:
    plain = name.removesuffix(_FRACTIONAL)
    classes = _fakes()
    # `fake_fractional` is a device of that name.
    plain, fractional = (name, fractional) if name in classes else (plain, True)
    if plain not in classes:
        raise ValueError(unknown("backend", name, [*classes, AER, LEAST_BUSY]))
    with warnings.catch_warnings():
        # What it warns of is in `notes`, which goes into plans and results.
        warnings.simplefilter("ignore", UserWarning)
        backend = classes[plain]()
    return _with_fractional_gates(backend) if fractional else backend


def _with_fractional_gates(backend: Any) -> Any:
    if "rzz" in backend.target.operation_names:
        return backend
    if is_fake(backend) and "cz" in backend.target.operation_names:
        _require_folding()
        return FractionalFake(backend)
    raise bad_value(
        "fractional",
        "be False for a backend without the gate rzz",
        f"True for {backend.name}",
        "Name the device instead (ibm_...): it is then asked for with fractional gates.",
    )


def _require_folding() -> None:
    """Refuse a client that does not tell Qiskit how to keep the angles of rzz in bounds."""
    try:
        WrapAngles.DEFAULT_REGISTRY.substitute_angle_bounds("rzz", [0.0], [0, 1])
    except KeyError:
        raise bad_value(
            "fractional",
            "be False on fake devices with this qiskit-ibm-runtime",
            True,
            "Install version 0.48 or newer.",
        ) from None


def _of_service(
    name: str, service: Any, fractional: bool, num_qubits: int | None, instance: str | None
) -> Any:
    """A device of an account, online."""
    chosen: dict[str, Any] = {"use_fractional_gates": fractional}
    if instance is not None:
        known = asked("the instances of the account", service.instances)
        if instance not in {str(one.get(key)) for one in known for key in ("name", "crn")}:
            raise ValueError(unknown("instance", instance, [str(one.get("name")) for one in known]))
        chosen["instance"] = instance

    def call() -> Any:
        if name == LEAST_BUSY:
            return service.least_busy(min_num_qubits=num_qubits, **chosen)
        return service.backend(name, **chosen)

    try:
        backend = asked(f"the backend `{name}`", call)
    except HardwareError as error:
        if "QiskitBackendNotFoundError" not in str(error):
            raise
        message = f"No device of your account matches {name!r}. {_hint(name, service)}"
        raise HardwareError(message.rstrip()) from None
    status = asked(f"the status of {backend.name}", backend.status)
    if not status.operational:
        words = scrubbed(str(status.status_msg))
        raise HardwareError(
            f"Backend `{backend.name}` is offline (status: {words}). Nothing was sent. Use "
            f"{LEAST_BUSY}, another device, or wait."
        )
    return backend


def _hint(name: str, service: Any) -> str:
    try:
        names = asked("the backends", lambda: [backend.name for backend in service.backends()])
    except HardwareError:
        return ""
    if names:
        return did_you_mean(name, names)
    # What the client says where it does not reach the service, too.
    return "The service names no device at all. Check the network, then the instance."


class FractionalFake(Snapshot):
    """A fake device with the gates rx of any angle and rzz of angles in [0, pi/2].

    The errors of rzz are those that the stored calibration reports. Where it reports none, or for
    most edges an error of 1, they are those of cz on the same edge. rx is as sx.

    Args:
        fake: A fake device with cz; see `find_backend`.

    Attributes:
        fake: The same.
        note: Where the error rates come from.
    """

    def __init__(self, fake: BackendV2) -> None:
        target, self.note = _fractional_target(fake)
        super().__init__(
            target,
            name=f"{fake.name}{_FRACTIONAL}",
            description=f"{fake.name} with fractional gates",
            backend_version=fake.backend_version,
        )
        self.fake = fake

    def properties(self) -> Any:
        """Calibration of the fake device."""
        return self.fake.properties()

    def status(self) -> Any:
        """Always operational."""
        return self.fake.status()


def _fractional_target(fake: BackendV2) -> tuple[Target, str]:
    """The target with rx and rzz, and where the errors of rzz come from."""
    target = copy.deepcopy(fake.target)
    target.description = f"{fake.name}{_FRACTIONAL}"
    measured = {
        tuple(gate.qubits): float(figure.value)
        for gate in fake.properties().gates
        for figure in gate.parameters
        if gate.gate == "rzz" and figure.name == "gate_error"
    }
    good = sum(error < _UNUSABLE for error in measured.values())
    if 2 * good >= len(target["cz"]):
        rzz = {
            pair: InstructionProperties(of_cz.duration, measured.get(pair, _UNUSABLE))
            for pair, of_cz in target["cz"].items()
        }
        note = "Errors of rzz are those that the stored calibration reports for it."
    else:
        rzz = dict(target["cz"])
        note = "The stored calibration has no errors of rzz: those of cz are taken for it."
    target.add_instruction(RXGate(Parameter("theta")), dict(target["sx"]))
    bounds = [(0.0, _QUARTER_TURN)]
    target.add_instruction(RZZGate(Parameter("theta")), rzz, angle_bounds=bounds)
    return target, note
