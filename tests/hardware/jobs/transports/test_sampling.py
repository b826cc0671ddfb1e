"""Samplers of the client: what the user chose is kept, what the plan needs is added."""

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit_ibm_runtime import SamplerV2
from qiskit_ibm_runtime.fake_provider import FakeManilaV2

from qdml_quantum.hardware.jobs.transports.sampling import (
    has_client_side_sampler,
    is_of_runtime,
    sampler_on,
)
from qdml_quantum.support.digest import digest

DECOUPLED = {"dynamical_decoupling": {"enable": True, "sequence_type": "XY4"}}


@pytest.fixture(scope="module")
def manila():
    return FakeManilaV2()


@pytest.fixture(params=["SamplerV2", "client-side"])
def sampler(request, manila):
    if request.param == "SamplerV2":
        return SamplerV2(mode=manila)
    if not has_client_side_sampler():
        pytest.skip("the client is older than its own sampler")
    return sampler_on(manila)


def test_which_samplers_are_of_the_runtime(sampler, manila):
    assert is_of_runtime(sampler)
    for other in (StatevectorSampler(), BackendSamplerV2(backend=manila), manila, "fake_manila"):
        assert not is_of_runtime(other)


def test_options_are_kept_and_ours_are_added(sampler, manila):
    sampler.options.max_execution_time = 7
    sampler.options.environment.private = True
    made = sampler_on(manila, DECOUPLED, like=sampler)
    assert type(made) is type(sampler)
    assert (made.options.max_execution_time, made.options.environment.private) == (7, True)
    assert made.options.dynamical_decoupling.sequence_type == "XY4"
    assert made.options.execution.meas_type == "classified"
    assert sampler.options.dynamical_decoupling.enable is not True


def test_what_both_want_alike_is_no_conflict(sampler, manila):
    sampler.options.dynamical_decoupling.enable = True
    assert sampler_on(manila, DECOUPLED, like=sampler).options.dynamical_decoupling.enable is True


def test_a_conflict_names_both(sampler, manila):
    sampler.options.dynamical_decoupling.sequence_type = "XpXm"
    words = r"dynamical_decoupling\.sequence_type = 'XY4'.* but is one with .* = 'XpXm'"
    with pytest.raises(ValueError, match=words):
        sampler_on(manila, DECOUPLED, like=sampler)


def test_analogue_results_are_refused(sampler, manila):
    sampler.options.execution.meas_type = "kerneled"
    with pytest.raises(ValueError, match=r"meas_type = 'classified'.*'kerneled'"):
        sampler_on(manila, like=sampler)


def test_an_option_that_the_client_does_not_know(manila):
    with pytest.raises(ValueError, match=r"be known to the sampler.*`twirling\.swirl`"):
        sampler_on(manila, {"twirling": {"swirl": True}})


def test_samplers_with_other_options_are_told_apart(sampler, manila):
    same, other = (sampler_on(manila, like=sampler) for _ in range(2))
    assert digest(same) == digest(other)
    other.options.max_execution_time = 7
    assert digest(same) != digest(other)
