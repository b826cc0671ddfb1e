"""A job read in every way that its circuits allow: nearer the truth, with honest error bars."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")
pytest.importorskip("mthree")

from judged import a_plan, counts_of, flip_matrix, read_through
from qiskit import ClassicalRegister, QuantumCircuit

from qdml_quantum import Grid
from qdml_quantum.diagnostics.metrics import sample_counts, total_variation
from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.hardware.planning.setting import settings_of
from qdml_quantum.hardware.verdict.variants import Variant, readings, variants


def test_calibrations_cover_the_qubits_of_both_bases():
    """Momentum circuits may end on other qubits, in another order."""
    one, two = QuantumCircuit(5), QuantumCircuit(5)
    for circuit, qubits in ((one, [3, 1]), (two, [1, 4])):
        circuit.add_register(ClassicalRegister(2, "meas"))
        circuit.measure(qubits, [0, 1])
    settings = settings_of({"position": one, "momentum": two}, readout=True)
    assert settings[-1].qubits == (3, 1, 4)
    errors = {3: (0.02, 0.1), 1: (0.05, 0.03), 4: (0.1, 0.2)}
    rng = np.random.default_rng(0)
    truth = {kind: rng.dirichlet(np.ones(4)) for kind in ("position", "momentum")}
    counts = []
    for setting in settings:
        known = np.zeros(2**setting.num_bits)
        known[-1 if setting.kind.endswith("1") else 0] = 1
        known = truth.get(setting.kind, known)
        read = read_through(known, [flip_matrix(*errors[q]) for q in setting.qubits])
        numbers = np.round(read * 1e6).astype(int)
        counts.append({f"{i:0{setting.num_bits}b}": int(n) for i, n in enumerate(numbers)})
    plan = SimpleNamespace(settings=settings)
    raw, clean, _ = readings(plan, counts, resamples=2, seed=0)
    for kind, p in truth.items():
        assert clean[kind][0] == pytest.approx(p, abs=1e-5)
        assert raw[kind][0] != pytest.approx(p, abs=1e-2)


def test_with_and_without():
    """Exact readout errors: without them success, energy and S are those of the ideal anneal."""
    plan = a_plan([2, 3], "x**2 + 3*y", shots=400_000, readout=True)
    raw, clean = variants(plan, counts_of(plan, flips=(0.03, 0.06)), resamples=50)
    assert (raw.method, clean.method) == ("as measured", "readout")
    mask = plan.goal.mask
    success = plan.ideal["position"][mask].sum()
    assert abs(raw.success.value - success) > 10 * raw.success.error
    assert abs(clean.success.value - success) < 4 * clean.success.error
    assert clean.signal.value > 0.995 > raw.signal.value
    assert total_variation(clean.probabilities, plan.ideal["position"]) < 0.01
    assert raw.overhead == 1 < clean.overhead
    assert clean.energy.error > raw.energy.error


def test_resampling_includes_the_calibrations():
    """Few calibration shots make a wider error bar."""
    plan = a_plan(3, shots=100_000, readout=True)
    counts = counts_of(plan, flips=(0.05, 0.1))
    poor = [*counts[:2], *counts_of(plan, flips=(0.05, 0.1), shots=150)[2:]]
    good_error, poor_error = (variants(plan, given)[1].success.error for given in (counts, poor))
    assert poor_error > 3 * good_error


def test_error_bars_are_the_scatter_of_many_jobs():
    plan = a_plan(3, shots=2000, readout=True)
    found = [
        variants(plan, counts_of(plan, flips=(0.03, 0.08), seed=seed), resamples=40)
        for seed in range(40)
    ]
    for place, method in enumerate(v.method for v in found[0]):
        for name in ("success", "energy"):
            pairs = [getattr(run[place], name) for run in found]
            stated = np.mean([pair.error for pair in pairs])
            assert np.std([pair.value for pair in pairs]) == pytest.approx(stated, rel=0.3), method


def test_undoing_readout_errors_brings_success_and_energy_nearer_on_a_fake_device():
    """Noise of FakeFez, three qubits: bias and error bar of both ways, over seeds."""
    from qiskit.transpiler import generate_preset_pass_manager
    from qiskit_ibm_runtime.fake_provider import FakeFez

    from qdml_quantum import Schedule
    from qdml_quantum.hardware.devices.noise import noisy_probabilities
    from qdml_quantum.synthesis.circuits.circuit import build

    device = FakeFez()
    schedule = Schedule.geometric((0.5, 0.1), num_stages=3, num_steps=1, time_step=1.5)
    plan = a_plan(3, schedule=schedule, shots=4096)
    manager = generate_preset_pass_manager(3, backend=device, seed_transpiler=1)
    circuits = {
        basis: manager.run(build(plan.anneal, measure=basis)) for basis in ("position", "momentum")
    }
    settings = settings_of(circuits, readout=True)
    plan = a_plan(3, schedule=schedule, shots=4096, settings=settings)
    # Position and momentum end on different qubits here: the calibrations measure all of them.
    grids = [Grid([(0, 1)], s.num_bits) if s.is_calibration else plan.grid for s in plan.settings]
    runs = list(zip(plan.settings, grids, strict=True))
    noisy = [noisy_probabilities(device, setting.circuit, grid) for setting, grid in runs]
    found = []
    for seed in range(6):
        counts = [
            sample_counts(p, grid, 4096, 100 * seed + i)
            for i, (p, grid) in enumerate(zip(noisy, grids, strict=True))
        ]
        found.append(variants(plan, counts, seed=seed))
    by_method = {run[0].method: run for run in zip(*found, strict=True)}
    mask = plan.goal.mask
    exact = sum(
        float((plan.ideal[basis] * values).sum())
        for basis, values in (
            ("position", plan.problem.values),
            ("momentum", plan.anneal.diffusion * squared_wave_numbers(plan.grid)),
        )
    )
    for name, ideal in (("success", plan.ideal["position"][mask].sum()), ("energy", exact)):
        away, errors = {}, {}
        for method, run in by_method.items():
            known = [getattr(v, name) for v in run]
            assert None not in known
            away[method] = abs(np.mean([e.value for e in known]) - ideal)
            errors[method] = np.mean([e.error for e in known])
        raw = "as measured"
        assert away["readout"] < 0.97 * away[raw]
        assert errors[raw] < errors["readout"] < 2 * errors[raw]
    signals = [np.mean([v.signal.value for v in run]) for run in by_method.values()]
    assert signals == sorted(signals)


def test_what_cannot_be_had_says_why():
    plan = a_plan(3, readout=True)
    found = variants(plan, counts_of(plan, flips=(0.3, 0.4)))
    assert found[-1].signal is None and "undone up to 0.25" in found[-1].note
    data = json.loads(json.dumps([v.to_dict() for v in found]))
    for v, plain in zip(found, data, strict=True):
        again = Variant.from_dict(plain, v.probabilities)
        assert again.to_dict() == v.to_dict()
