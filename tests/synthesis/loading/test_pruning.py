"""Taking gates away one at a time: what is left is what the state takes."""

import numpy as np
import pytest

from qdml_quantum.synthesis.loading.cz_circuit import CzCircuit
from qdml_quantum.synthesis.loading.pruning import Effort, effort_for, fitted_curve

LINE = [(4, 3), (3, 2), (2, 1), (1, 0)]


def packet(n=5):
    psi = np.exp(-(np.linspace(-4, 4, 2**n, endpoint=False) ** 2) / 2)
    return psi / np.linalg.norm(psi)


def test_the_curve_goes_from_a_product_to_the_loss():
    curve = fitted_curve(packet(), LINE, 1e-3)
    assert min(curve) == 0 and curve[max(curve)].loss <= 1e-3
    for gates, fit in curve.items():
        assert len(fit.ansatz.pairs) == gates and set(fit.ansatz.pairs) <= set(LINE)
        overlap = np.vdot(packet(), fit.ansatz.state())
        assert 1 - abs(overlap) ** 2 == pytest.approx(fit.loss, abs=1e-12)
    # A prototype in C took 11 on 8 qubits for the same loss.
    assert min(gates for gates, fit in curve.items() if fit.loss <= 1e-3) <= 9


def test_a_state_of_two_gates_takes_two():
    """A chain that entangles three of five qubits: nothing is left over."""
    rng = np.random.default_rng(3)
    made = CzCircuit.of(5, [(4, 3), (3, 2)]).kicked(rng, 1.0).state()
    curve = fitted_curve(made, LINE, 1e-8, effort=Effort(starts=2, branches=2, kicks=0))
    assert min(gates for gates, fit in curve.items() if fit.loss <= 1e-8) == 2


def test_a_random_state_is_given_up_early():
    vector = np.random.default_rng(0).normal(size=256)
    line = [(q, q - 1) for q in range(7, 0, -1)]
    curve = fitted_curve(vector / np.linalg.norm(vector), line, 1e-3)
    assert len(curve) == 1 and max(curve) <= 4 * len(line)


def test_a_number_of_gates_is_fitted_as_well():
    curve = fitted_curve(packet(), LINE, 0.5, least=9)
    assert min(curve) == 0 and max(curve) >= 9
    assert curve[9].loss < 1e-3


def test_less_is_tried_on_more_qubits_and_for_lower_fidelities():
    assert effort_for(12, 1e-3).branches < effort_for(8, 1e-3).branches
    assert effort_for(8, 1e-4).iterations > effort_for(8, 1e-3).iterations


@pytest.mark.parametrize("rate", [2.0, 0.5 + 0.8j], ids=["two wells", "chirped"])
def test_a_cz_elsewhere_saves_another(rate):
    """A hasty search of three seeds took 24 and 23 CX; with exchanges they take 21 and 22."""
    x = np.linspace(-4, 4, 32, endpoint=False)
    psi = np.exp(-rate * (x - 1) ** 2) + 0.7 * (rate == 2) * np.exp(-((x + 1.5) ** 2))
    psi /= np.linalg.norm(psi)

    def gates(exchanges):
        hasty = Effort(starts=1, branches=1, kicks=0, iterations=200, exchanges=exchanges)
        curves = [fitted_curve(psi, LINE, 1e-2, effort=hasty, seed=seed) for seed in range(3)]
        for curve in curves:
            for size, fit in curve.items():
                assert len(fit.ansatz.pairs) == size and set(fit.ansatz.pairs) <= set(LINE)
                assert 1 - abs(np.vdot(psi, fit.ansatz.state())) ** 2 == pytest.approx(fit.loss)
        return sum(min(g for g, fit in curve.items() if fit.loss <= 1e-2) for curve in curves)

    assert gates(30) < gates(0)


def test_what_is_hard_is_done_three_times_and_the_best_is_kept():
    assert effort_for(8, 1e-3, hard=True).chains == 3 and effort_for(8, 1e-3).chains == 1
    once, thrice = (Effort(starts=1, kicks=0, chains=n, exchanges=0) for n in (1, 3))
    one, best = (fitted_curve(packet(), LINE, 1e-3, effort=effort) for effort in (once, thrice))
    assert all(best[size].loss <= fit.loss for size, fit in one.items() if size > 8)
