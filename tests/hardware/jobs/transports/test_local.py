"""Jobs on this machine: the counts of the whole device, in a fraction of the time."""

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import since_48
from fake_service import SHOTS, changed, small_plan
from qiskit.providers import BackendV2
from qiskit.transpiler import Target
from qiskit_aer import AerSimulator

from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.jobs.transports.base import decode, require_counts
from qdml_quantum.hardware.jobs.transports.local import LocalTransport

# Gates by any angle can be twirled by no other group.
TWIRLING = {"twirling": {"enable_gates": True, "group": "local_pauli"}}


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"dynamical_decoupling": {"enable": True}}, TWIRLING], ids=str)
def test_a_fake_device_cut_down_gives_the_counts_of_the_whole_one(fez, plan, options):
    """The same sampler and seed, a fraction of the time."""
    from qiskit_ibm_runtime.executor_sampler import Sampler

    settings = plan.settings[:1]
    plan = changed(
        plan,
        options=options,
        settings=settings,
        ideal={"position": plan.ideal["position"]},
        seed=7,
    )
    (counts,) = decode(LocalTransport(fez).raw("x", [plan]))
    options = options | {"simulator": {"seed_simulator": 7}}
    whole = Sampler(mode=fez, options=options).run([settings[0].circuit], shots=SHOTS).result()
    assert counts == whole[0].join_data().get_counts()


@since_48
def test_fractional_gates_run_with_options(plan):
    backend = find_backend("fake_fez", fractional=True)
    twirled = changed(plan, options=TWIRLING)
    for one in (plan, twirled):
        counts = decode(LocalTransport(backend).raw("x", [one]))
        require_counts(counts, [one])


class Foreign(BackendV2):
    """A device of another vendor: its own `run` is what counts."""

    target = Target(num_qubits=2)
    max_circuits = None

    @classmethod
    def _default_options(cls):
        return AerSimulator._default_options()

    def run(self, circuits, **options):
        self.asked = options
        return AerSimulator().run(circuits, **options)


def test_a_backend_of_someone_else_is_not_simulated():
    foreign, plan = Foreign(name="foreign"), small_plan(backend="foreign", local=True)
    transport = LocalTransport(foreign)
    with pytest.raises(ValueError, match="`options` must be left out on `foreign`"):
        transport.ready([changed(plan, options=TWIRLING)])
    transport.ready([plan])
    require_counts(decode(transport.raw("x", [plan])), [plan])
    assert foreign.asked["shots"] == SHOTS


def test_noise_is_that_of_the_device(fez, plan):
    """Total variation of the counts on the piece from the exact noisy distribution: shots only."""
    from qdml_quantum.hardware.devices.noise import noisy_probabilities

    many = changed(plan, shots=20_000)
    counts = decode(LocalTransport(fez).raw("x", [many]))[0]
    exact = noisy_probabilities(fez, plan.settings[0].circuit, plan.grid)
    found = np.array([counts.get(f"{k:02b}", 0) for k in range(4)]) / 20_000
    # The largest of 40 seeds was 0.009.
    assert np.abs(found - exact).sum() / 2 < 0.015
