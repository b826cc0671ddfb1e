"""A job is known by the backend it is for: another noise or other options make another job."""

import warnings

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from plans import QUICK
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error

from qdml_quantum import Grid, Objective, Problem, Schedule, anneal, fetch, plan, submit
from qdml_quantum.hardware.errors import HardwareError

WELL = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
SHORT = Schedule.geometric((2, 0.3), num_stages=2, num_steps=1, time_step=0.3)
OPTIONS = {"shots": 300, "seed": 1} | QUICK


def noisy(rate):
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(rate, 2), ["cx", "cz", "cp", "rzz"])
    return AerSimulator(noise_model=model)


@pytest.fixture(scope="module")
def planned():
    return {rate: plan(WELL, SHORT, backend=noisy(rate), **OPTIONS) for rate in (0.0, 0.4)}


@pytest.mark.slow
def test_two_noises_are_two_runs_in_one_folder(tmp_path):
    """The second one loaded the first: 0.847 for 0.250."""
    found = [
        anneal(WELL, SHORT, backend=noisy(p), folder=tmp_path, **OPTIONS) for p in (0, 0.4, 0.4)
    ]
    assert found[0].folder != found[1].folder == found[2].folder
    assert found[0].counts != found[1].counts
    assert found[1].counts == found[2].counts
    fresh = anneal(WELL, SHORT, backend=noisy(0.4), folder=tmp_path, fresh=True, **OPTIONS)
    assert fresh.counts == found[1].counts


def test_corrected_minimizers_are_another_run(tmp_path):
    def objective(point):
        return Objective(lambda x: (x - 1) ** 2, 1, "bowl", ((-2, 2),), ((point,),))

    grid = Grid([(-2, 2)], 5)
    wrong, right = (
        anneal(Problem(grid, objective(point)), SHORT, folder=tmp_path, validate=False)
        for point in (-1.0, 1.0)
    )
    assert wrong.folder != right.folder
    assert Problem.from_dict(right.problem.to_dict(), right.problem.values).objective.minimizers


def test_two_noises_are_two_jobs(tmp_path, planned):
    first, second = (
        submit(planned[rate], ledger=tmp_path, backend=noisy(rate)) for rate in (0.0, 0.4)
    )
    assert first.new and second.new and first.spec_id != second.spec_id
    assert not submit(planned[0.4], ledger=tmp_path, backend=noisy(0.4)).new
    one, other = (
        fetch(job, ledger=tmp_path, backend=noisy(rate))
        for job, rate in ((first, 0.0), (second, 0.4))
    )
    assert one.counts != other.counts


def test_a_job_is_fetched_from_its_own_backend_only(tmp_path, planned):
    job = submit(planned[0.4], ledger=tmp_path, backend=noisy(0.4))
    with pytest.raises(HardwareError, match=r"another backend than this .* its backend differs"):
        fetch(job, ledger=tmp_path, backend=noisy(0.3))
    assert fetch(job, ledger=tmp_path, backend=noisy(0.4)).shots == 300


def test_a_name_that_finds_another_backend_is_refused(tmp_path, planned):
    with pytest.raises(ValueError, match="`backend` must be handed over: by the name `aer`"):
        submit(planned[0.4], ledger=tmp_path)


def test_a_sampler_with_other_options_is_another_job(tmp_path, planned):
    ways = [BackendSamplerV2(backend=noisy(0.4), options={"seed_simulator": s}) for s in (1, 2)]
    jobs = [submit(planned[0.4], ledger=tmp_path, backend=way) for way in ways]
    assert len({job.tag for job in jobs}) == 2


def test_a_sampler_that_has_no_digest_is_never_the_same(tmp_path):
    import numpy as np

    sampler = StatevectorSampler(seed=np.random.default_rng(1))
    found = [
        anneal(WELL, SHORT, backend=sampler, folder=tmp_path, validate=False, shots=100, seed=1)
        for _ in range(2)
    ]
    assert found[0].folder != found[1].folder
    told = [check for check in found[0].checks if check.name == "told_apart"]
    assert told and told[0].word == "note" and "sampler" in told[0].meaning
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        other = anneal(WELL, SHORT, folder=tmp_path, validate=False)
    assert "told_apart" not in {check.name for check in other.checks}
