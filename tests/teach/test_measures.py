"""What exercises call right, against the library: every formula that a text names, measured."""

import numpy as np
import pytest
from scipy.optimize import brentq

from qdml_quantum import (
    FokkerPlanck,
    Gaussian,
    Goal,
    Grid,
    Problem,
    amplitudes,
    as_objective,
    eigenstates,
    evolve,
    wilson_interval,
)
from qdml_quantum.reference.theory.levels import Levels
from qdml_quantum.synthesis.phases.potential import Walsh
from qdml_quantum.teach import ask
from qdml_quantum.teach.measures import MEASURES

NAMES = ["Ada", "李明", "Zoë"]


def questions(exercise):
    return [ask(exercise, name) for name in NAMES]


def close(question, measured, tolerance):
    assert abs(measured / question.answer - 1) < tolerance, (question, measured)
    assert question.check(measured).right


def test_width():
    for question in questions("width"):
        p = question.values
        problem = Problem(Grid([(-20, 20)], 9), "0*x")
        seen = evolve(
            problem, p["D"], times=[0, p["t"]], observables="x_width", initial=Gaussian(0, p["s0"])
        )
        close(question, seen.expect["x_width"][-1], 1e-6)
        flat = FokkerPlanck(Problem(Grid([(-12, 12)], 9), "0*x"), p["D"])
        x = flat.problem.grid.axes[0].points
        heat = np.exp(-(x**2) / (2 * p["s0"] ** 2))
        spread = flat.evolve(heat / heat.sum(), p["t"])
        assert abs(np.sqrt(spread @ x**2) / question.mistakes["heat"] - 1) < 1e-3


def test_tunnel():
    """Most on the right within a step of the formula, from (E0 + E1)/sqrt 2."""
    for question in questions("tunnel"):
        well = Problem(Grid([(-2.5, 2.5)], 6), "(x**2 - 1)**2")
        _, states = eigenstates(well, question.values["D"], 2)
        x = well.grid.axes[0].points
        pair = (states[0] + states[1]) / np.sqrt(2)
        pair = pair if abs(pair[x < 0] ** 2).sum() > 0.5 else (states[0] - states[1]) / np.sqrt(2)
        times = np.linspace(0, 1.5 * question.answer, 61)
        seen = evolve(well, question.values["D"], times=times, observables="x", initial=pair)
        close(question, times[seen.expect["x"].argmax()], 0.03)


@pytest.mark.parametrize("name", NAMES)
def test_period(name):
    question = ask("period", name)
    p = question.values
    bowl = Problem(Grid([(-6, 6)], 7), "x**2")
    times = np.linspace(0, 1.25 * question.answer, 126)
    seen = evolve(
        bowl, p["D"], times=times, observables="x", initial=Gaussian(p["x0"], p["w"])
    ).expect["x"]
    back = 60 + seen[60:].argmax()
    close(question, times[back], 0.02)
    assert abs(seen[back] - p["x0"]) < 0.01


def test_fall():
    for question in questions("fall"):
        p = question.values
        slope = Problem(Grid([(-10, 10)], 7), f"{p['f']}*x")
        start = Gaussian(2, p["w"])
        seen = evolve(slope, p["D"], times=[0, 1.5], observables="x", initial=start).expect["x"]
        close(question, 2 * (seen[-1] - seen[0]) / 1.5**2, 1e-3)


def test_zero():
    for question in questions("zero"):
        bowl = Problem(Grid([(-6, 6)], 6), "x**2")
        close(question, eigenstates(bowl, question.values["D"], 1)[0][0], 1e-4)


def test_wheel():
    """The velocity on the coarse grid, from the momenta of the samples of the packet."""
    for question in questions("wheel"):
        p = question.values
        axis = Grid([(-5, 5)], int(p["n"])).axes[0]
        packet = np.exp(-(axis.points**2) / (4 * 0.9**2) + 1j * p["k"] * axis.points)
        weights = np.abs(np.fft.fft(packet)) ** 2
        close(question, 2 * p["D"] * (weights @ axis.wave_numbers) / weights.sum(), 0.02)


def lower_end(share, shots):
    """Of Wilson's interval, from its definition: the value from which the share is 1.96 away."""
    return brentq(
        lambda c: (share - c) - 1.959964 * np.sqrt(c * (1 - c) / shots), 1e-9, share, xtol=1e-12
    )


def test_shots():
    assert abs(lower_end(0.3, 100) - wilson_interval(30, 100)[0]) < 1e-6
    for question in questions("shots"):
        share, chance = question.values["p"], question.values["chance"]
        close(question, next(n for n in range(1, 2000) if lower_end(share, n) > chance), 0.01)


def test_slow_step_and_edge():
    """Choices have no formula: what is right follows from what was measured."""
    for question in questions("slow"):
        reached = [question.values[f"s{letter}"] for letter in "ABC"]
        assert int(np.argmax(reached)) == question.answer
        assert sorted(reached)[2] - sorted(reached)[1] > 0.08
    for question in questions("step"):
        lost = [question.values[f"lost{j}"] for j in range(6)]
        assert max(lost[: int(question.answer) + 1]) < 1e-3 < lost[int(question.answer) + 1]
    for question in questions("edge"):
        assert question.values["left"] > 0.9
        assert abs(question.values["moving"] - question.values["k"]) < 1e-6


def test_curves_know_who_is_asked():
    """The same three curves in another order."""
    one = MEASURES["three_curves"]({"hold": 100, "turn": 0})
    two = MEASURES["three_curves"]({"hold": 100, "turn": 1})
    assert (one["sB"], one["sC"], one["sA"]) == (two["sA"], two["sB"], two["sC"])


def test_grid():
    for question in questions("grid"):
        p = question.values
        axis = Grid([(p["a"], p["b"])], int(p["n"])).axes[0]
        close(question, axis.points[int(p["j"])], 1e-12)


def test_point():
    for question in questions("point"):
        p = question.values
        grid = Grid([(-p["L"] / 2, p["L"] / 2)], int(p["n"]))
        close(question, np.abs(amplitudes(Gaussian(0, p["s"]), grid)).max() ** 2, 0.02)


def test_transform():
    for question in questions("transform"):
        p = question.values
        axis = Grid([(0, p["L"])], int(p["n"])).axes[0]
        close(question, axis.wave_numbers[int(p["j"])], 1e-12)
        wave = np.exp(1j * question.answer * axis.points)
        assert np.abs(np.fft.fft(wave)).argmax() == p["j"]


def test_born():
    for question in questions("born"):
        p = question.values
        x = np.linspace(-30, 30, 4001)
        shares = np.exp(-((x - p["c"]) ** 2) / (2 * p["w"] ** 2)) ** 2
        shares /= shares.sum()
        close(question, np.sqrt(shares @ (x - shares @ x) ** 2), 1e-6)


def test_chance():
    for question in questions("chance"):
        p = question.values
        objective = as_objective("(x - 0.5)**2 + (y - 0.5)**2")
        goal = Goal(Problem(Grid([(0, 1)] * 2, 8), objective), p["r"])
        close(question, goal.baseline, 0.05)


@pytest.mark.parametrize("n", [4, 5])
def test_gates(n):
    """A phase of random values, as the library writes it, once."""
    values = np.random.default_rng(n).standard_normal(2**n)
    gates = Walsh(values).circuit(0.3).count_ops()
    assert gates["cx"] + 2 * gates["cp"] == 2**n - 2
    question = ask("gates", "Ada")
    assert question.answer == question.values["m"] * (2 ** question.values["n"] - 2)


def test_cool():
    for question in questions("cool"):
        p = question.values
        two = Levels(np.array([0.3, 0.3 + p["g"]]), [1, 1])
        close(question, two.populations(p["T"])[0], 1e-12)
        assert abs(abs(two.amplitudes(5.0)[0]) ** 2 - question.mistakes["turning"]) < 1e-12


def test_survival():
    """Shots in which a coin for every gate never shows an error."""
    for question in questions("survival"):
        p = question.values
        failures = np.random.default_rng(1).binomial(int(p["G"]), p["q"] / 1000, 200_000)
        close(question, (failures == 0).mean(), 0.01)
        assert abs(failures.mean() / question.mistakes["sum"] - 1) < 0.01


def test_temperature():
    for question in questions("temperature"):
        p = question.values
        bowl = Problem(Grid([(-12, 12)], 9), f"{p['c']}*x**2/2")
        x = bowl.grid.axes[0].points
        close(question, np.sqrt(FokkerPlanck(bowl, p["D"]).stationary @ x**2), 1e-3)
        ground = eigenstates(bowl, p["D"], 1)[1][0]
        assert abs(np.sqrt(np.abs(ground) ** 2 @ x**2) / question.mistakes["quantum"] - 1) < 1e-3


def test_denoise():
    for question in questions("denoise"):
        p = question.values
        x = np.linspace(-20, 20, 8001)
        weights = np.exp(-(x**2) / (2 * p["s"] ** 2) - (p["y"] - x) ** 2 / (2 * p["m"] ** 2))
        close(question, weights @ x / weights.sum(), 1e-6)
