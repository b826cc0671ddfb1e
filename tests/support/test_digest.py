"""Digests: the same for what gives the same numbers, another for everything else."""

import threading
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.circuit import Delay
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit.providers import BackendV2, Options
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap, InstructionProperties
from qiskit_aer import AerSimulator
from qiskit_aer.noise import (
    LocalNoisePass,
    NoiseModel,
    ReadoutError,
    RelaxationNoisePass,
    amplitude_damping_error,
    depolarizing_error,
)
from qiskit_aer.primitives import SamplerV2
from work import calls

from qdml_quantum import Compiler, Schedule
from qdml_quantum.support.digest import NoDigestError, digest, identity_of, told, untold

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@dataclass
class Settings:
    rate: float = 0.1
    names: tuple = ("a",)


class Kind(Enum):
    ONE = 1
    TWO = 2


class Owned(BackendV2):
    """A backend that somebody wrote, with a setting of its own."""

    def __init__(self, gain):
        super().__init__(name="owned")
        self.gain, self.inner = gain, AerSimulator()

    @property
    def target(self):
        return self.inner.target

    max_circuits = None

    @classmethod
    def _default_options(cls):
        return Options(shots=4)

    def run(self, run_input, **options):
        raise NotImplementedError


def a_schedule(time_step):
    return Schedule.constant(1.0, num_steps=2, time_step=time_step)


def noise(rate, readout=0.0):
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(rate, 2), ["cx"])
    model.add_all_qubit_readout_error(
        ReadoutError([[1 - readout, readout], [readout, 1 - readout]])
    )
    return model


def damped(rate):
    model = NoiseModel()
    model.add_quantum_error(amplitude_damping_error(rate), ["x"], [0])
    return model


def waiting(relaxation):
    """Noise of delays, which `to_dict` of a noise model leaves out."""
    model = noise(0.4)
    model._custom_noise_passes.append(RelaxationNoisePass([relaxation], [4e-5], op_types=Delay))
    return model


@given(PLAIN)
def test_plain_data_has_one_digest(data):
    assert digest(data) == digest(data)
    assert digest([data]) != digest([data, data])


@given(st.dictionaries(st.text(max_size=3), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_matter(data):
    assert digest(data) == digest(dict(reversed(data.items())))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        ("1", 1),
        (None, "None"),
        (0.1 + 0.2, 0.3),
        (0.0, -0.0),
        ([1], {1}),
        (np.arange(4), np.arange(4.0)),
        (np.arange(4), np.arange(4).reshape(2, 2)),
        (np.array([0.1]), np.array([0.2])),
        (Kind.ONE, Kind.TWO),
        (Settings(), Settings(rate=0.2)),
        (Settings(), Settings(names=("b",))),
        (a_schedule(0.1), a_schedule(0.2)),
        (CouplingMap([(0, 1)]), CouplingMap([(1, 0)])),
    ],
)
def test_what_differs_differs(one, other):
    assert digest(one) == digest(one)
    assert digest(one) != digest(other)


BACKENDS = {
    "ideal": lambda: AerSimulator(),
    "method": lambda: AerSimulator(method="matrix_product_state"),
    "precision": lambda: AerSimulator(precision="single"),
    "bond": lambda: AerSimulator(matrix_product_state_max_bond_dimension=2),
    "noise 0": lambda: AerSimulator(noise_model=noise(0.0)),
    "noise 0.4": lambda: AerSimulator(noise_model=noise(0.4)),
    "noise 0.4001": lambda: AerSimulator(noise_model=noise(0.4001)),
    "readout": lambda: AerSimulator(noise_model=noise(0.4, 0.1)),
    "kraus": lambda: AerSimulator(noise_model=damped(0.1)),
    "kraus 2": lambda: AerSimulator(noise_model=damped(0.1001)),
    "waiting": lambda: AerSimulator(noise_model=waiting(5e-5)),
    "waiting less": lambda: AerSimulator(noise_model=waiting(6e-5)),
    "edges": lambda: AerSimulator(coupling_map=CouplingMap.from_line(4)),
    "generic 1": lambda: GenericBackendV2(3, seed=1),
    "generic 2": lambda: GenericBackendV2(3, seed=2),
    "owned 1": lambda: Owned(1.0),
    "owned 2": lambda: Owned(2.0),
    "sampler": lambda: StatevectorSampler(seed=1),
    "sampler 2": lambda: StatevectorSampler(seed=2),
    "sampler shots": lambda: StatevectorSampler(default_shots=7, seed=1),
    "aer sampler": lambda: SamplerV2(seed=1),
    "aer sampler 2": lambda: SamplerV2(seed=2),
    "aer sampler noise": lambda: SamplerV2(
        seed=1, options={"backend_options": {"noise_model": noise(0.4)}}
    ),
    "around": lambda: BackendSamplerV2(backend=AerSimulator(noise_model=noise(0.0))),
    "around noise": lambda: BackendSamplerV2(backend=AerSimulator(noise_model=noise(0.4))),
    "around seed": lambda: BackendSamplerV2(
        backend=AerSimulator(noise_model=noise(0.4)), options={"seed_simulator": 3}
    ),
}


def test_backends_are_told_by_all_that_changes_their_counts():
    digests = {name: digest(make()) for name, make in BACKENDS.items()}
    assert len(set(digests.values())) == len(digests)
    assert digests == {name: digest(make()) for name, make in BACKENDS.items()}


@pytest.mark.slow
def test_the_noise_of_a_whole_chip_is_told_without_a_dictionary():
    """16 s as dictionaries, 0.45 s as it is, for 976 errors with 46,220 circuits."""
    provider = pytest.importorskip("qiskit_ibm_runtime.fake_provider")
    backend = AerSimulator.from_backend(provider.FakeFez())
    # Measured: 1.21 million calls, 2.98 million for the dictionary alone, before it is read.
    assert calls(lambda: digest(backend)) < 2_000_000


def test_a_calibration_that_changes_is_another_device():
    backend = GenericBackendV2(3, seed=1)
    before = digest(backend), digest(backend.target)
    (pair, old), *_ = backend.target["cx"].items()
    new = InstructionProperties(duration=old.duration, error=old.error * 1.01)
    backend.target.update_instruction_properties("cx", pair, new)
    assert digest(backend) != before[0]
    assert digest(backend.target) != before[1]


@pytest.mark.parametrize(
    "thing",
    [
        lambda x: x,
        len,
        np.random.default_rng(1),
        StatevectorSampler(seed=np.random.default_rng(1)),
        threading.Lock(),
        int,
        LocalNoisePass(lambda gate, qubits: None),
        {"deep": [{"code": print}]},
        np.array([object()]),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_has_no_value_has_no_digest(thing):
    with pytest.raises(NoDigestError):
        digest(thing)
    one, other = identity_of(part=thing), identity_of(part=thing)
    assert one != other
    assert told(one) == told(other) == {}
    assert untold({"inner": one}) == ("part",)


def test_what_holds_itself_has_no_digest():
    ring = []
    ring.append(ring)
    with pytest.raises(NoDigestError, match="too deep"):
        digest(ring)


def test_a_compiler_that_is_code_is_like_no_other():
    def code(values):
        raise NotImplementedError

    assert untold(Compiler(code).to_dict()) == ("compiler",)
    assert Compiler(code).to_dict() != Compiler(code).to_dict()
    assert Compiler("joint").to_dict() == Compiler("joint").to_dict()
