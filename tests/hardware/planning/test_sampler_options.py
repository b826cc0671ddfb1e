"""Options of the sampler: the client's own, checked by the client before anything is sent."""

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime.options_models")

from judged import a_circuit
from qiskit_ibm_runtime.options_models import SamplerOptions

from qdml_quantum.diagnostics.metrics import total_variation
from qdml_quantum.hardware.planning.sampler_options import as_sampler_options

DECOUPLED = {"dynamical_decoupling": {"enable": True, "sequence_type": "XY4"}}
TWIRLED = {"twirling": {"enable_gates": True, "group": "local_pauli"}}


@pytest.mark.parametrize(
    "options",
    [
        DECOUPLED,
        TWIRLED,
        {"max_execution_time": 60},
        {"execution": {"rep_delay": 0.0002}},
        {"environment": {"private": True, "job_tags": ["mine"]}},
    ],
)
def test_what_the_client_knows_comes_through(options):
    assert as_sampler_options(options) == options
    assert SamplerOptions(**as_sampler_options(options)) != SamplerOptions()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dd": True}, "dd: Extra inputs are not permitted"),
        ({"twirling": {"enable_gate": True}}, r"twirling\.enable_gate: Extra"),
        ({"dynamical_decoupling": {"sequence_type": "ZZ"}}, "should be 'XX', 'XpXm' or 'XY4'"),
        ({"max_execution_time": "soon"}, "valid integer"),
        ({"experimental": {"x": object()}}, "plain JSON"),
        ({"execution": {"rep_delay": float("nan")}}, "plain JSON"),
    ],
)
def test_what_the_client_does_not_know_is_refused_by_name(options, words):
    with pytest.raises(ValueError, match=words):
        as_sampler_options(options)


@pytest.mark.slow
def test_decoupled_and_twirled_circuits_run_and_measure_the_same():
    """The runtime's sampler in local mode takes the options, and counts are those of the anneal."""
    from qiskit.transpiler import generate_preset_pass_manager
    from qiskit_ibm_runtime.executor_sampler import Sampler
    from qiskit_ibm_runtime.fake_provider import FakeFez

    device = FakeFez()
    manager = generate_preset_pass_manager(2, backend=device, seed_transpiler=1)
    circuit = manager.run(a_circuit(2))
    sampler = Sampler(mode=device, options=as_sampler_options(DECOUPLED | TWIRLED))
    counts = sampler.run([circuit], shots=2000).result()[0].data.meas.get_counts()
    plain = Sampler(mode=device).run([circuit], shots=2000).result()[0].data.meas.get_counts()
    shares = [
        np.array([seen.get(f"{i:02b}", 0) for i in range(4)]) / sum(seen.values())
        for seen in (counts, plain)
    ]
    assert total_variation(*shares) < 0.08
