"""Numbers of the toolkit for the engine of the page: tests/teach/lab/numbers.json.

Run `python tests/lab_numbers.py` to write them; `teach/lab/test_modules.py` says when they are old.
"""

import base64
import json
import math
from pathlib import Path

import numpy as np

from qdml_quantum import (
    Estimate,
    Gaussian,
    Goal,
    Grid,
    Problem,
    Schedule,
    Stage,
    anneal,
    eigenstates,
    evolve,
    relax,
)
from qdml_quantum.objectives import parse_formula
from qdml_quantum.support.messages import FormulaError
from qdml_quantum.synthesis.phases.walsh import walsh_coefficients

FILE = Path(__file__).with_name("teach") / "lab" / "numbers.json"

PROBLEMS = [
    # formula, box, qubits, centre, width and momentum (none: everywhere), D of stages, dt, steps
    ("x**2", (-4, 4), 3, None, (1.0, 0.5), 0.05, 20),
    ("x**2", (-4, 4), 4, (1.0, 0.7, 0.5), (0.5,), 0.1, 60),
    ("x**2", (-6, 6), 6, (2.0, 0.4, 0.0), (0.5,), 0.02, 222),
    ("x**2", (-4, 4), 9, None, (4.0, 1.0, 0.3), 0.02, 40),
    ("(x**2 - 1)**2 + 0.2*x", (-2.5, 2.5), 6, None, (4.0, 1.0, 0.3, 0.1), 0.1, 15),
    ("(x**2 - 1)**2 + 0.2*x", (-2.5, 2.5), 5, (-1.0, 0.3, 0.0), (0.3,), 0.05, 120),
    ("(x**2 - 1)**2 + 0.2*x", (-2.5, 2.5), 9, None, (2.0, 0.5, 0.1), 0.05, 30),
    ("(x**2 - 1)**2", (-2.5, 2.5), 7, (-1.0, 0.35, 0.0), (0.2,), 0.05, 250),
    ("3*exp(-8*x**2)", (-5, 5), 7, (-2.0, 0.5, 3.0), (0.4,), 0.01, 168),
    ("3*exp(-8*x**2)", (-5, 5), 8, (-2.0, 0.5, 6.0), (0.4,), 0.01, 100),
    ("0*x", (-5, 5), 6, (0.0, 0.5, 4.0), (0.25,), 0.05, 40),
    ("0*x", (-5, 5), 4, (0.0, 1.2, 3.0), (0.25,), 0.1, 25),
    ("0.6*x", (-5, 5), 7, (1.0, 0.5, 0.0), (0.4,), 0.02, 60),
    ("0.1*x**2 + 1 - cos(2*pi*x)", (-4, 4), 6, None, (4.0, 0.5, 0.05), 0.1, 25),
    ("0.1*x**2 + 1 - cos(2*pi*x)", (-4, 4), 8, (2.0, 0.3, 0.0), (0.1,), 0.05, 60),
    ("10*(1 - exp(-x))**2", (-1, 5), 6, (1.0, 0.3, 0.0), (0.5,), 0.02, 80),
    ("-6/cosh(x)**2", (-6, 6), 7, (0.5, 0.6, 0.0), (1.0,), 0.02, 100),
    ("1 - cos(x)", (-math.pi, math.pi), 5, None, (1.0, 0.2, 0.05), 0.1, 20),
    ("abs(x) + 0.3*sin(5*x)", (-3, 3), 6, None, (2.0, 0.4), 0.05, 50),
    ("where(x < 0, x**2, 3*x)", (-2, 3), 8, (1.0, 0.4, -1.0), (0.6, 0.3), 0.03, 35),
]

PLANES = [
    # formula, boxes, qubits of each axis, centres, momenta and width, D of stages, dt, steps
    (
        "((x**2 + y - 11)**2 + (x + y**2 - 7)**2)/100",
        ((-5, 5), (-5, 5)),
        5,
        None,
        (4.0, 0.3),
        0.05,
        40,
    ),
    (
        "(20 + x**2 + y**2 - 10*cos(2*pi*x) - 10*cos(2*pi*y))/10",
        ((-3, 3), (-3, 3)),
        5,
        ((-1.0, 0.5), (3.0, -1.0), 0.4),
        (0.4,),
        0.02,
        70,
    ),
    (
        "where(x < 0, 2*x**2, x**2) + 3*(y - 0.25)**2 + 0.5*x*y",
        ((-2, 3), (-1, 1)),
        4,
        None,
        (2.0, 0.5),
        0.05,
        30,
    ),
]

ACCEPTED = [
    "x**2",
    "x",
    "-x",
    "+x - -x",
    "2*x**3 - x/3 + 1",
    "x**-2 + 1",
    "-x**2",
    "2**-x",
    "2**3**0.5*x",
    "(x**2 - 1)**2 + 0.2*x",
    "sin(x) + cos(2*pi*x)",
    "exp(-x**2)*tan(x/9)",
    "log(x + 9) + log2(x + 9)/log10(x + 9)",
    "sqrt(abs(x)) + cbrt(x)",
    "sinh(x) - cosh(x) + tanh(x)",
    "asin(x/9) + acos(x/9) + atan(x)",
    "asinh(x) + acosh(x + 9) + atanh(x/9)",
    "atan2(x, 2) + hypot(x, 3)",
    "min(x, 1, x**2) - max(x, 0.5)",
    "heaviside(x) + heaviside(x - 1, 0.25)",
    "sign(x) + floor(x) - ceil(x/3)",
    "where(x > 0, x, -2*x)",
    "where(-1 < x <= 1, 0, x**2)",
    "where(x != 0, 1, 2) + where(x == 1, 1, x)",
    "where(floor(x) >= 0, 1, 2)",
    "e*x + tau",
    "x1**2",
    "1e-3*x + .5 + 2.",
    "1_000*x",
    "((((x))))",
    "max(x, 1,)",
    "0*x",
    "x - 1 - 2 - 3",
    "x/2/4*8",
    "2*3*x + 4/5",
]
"""Formulas of x alone, of every kind."""

REFUSED = [
    "x^2",
    "2x",
    "2(x + 1)",
    "(x)(x)",
    "x x",
    "xy",
    "sin x",
    "x + sin",
    "ln(x)",
    "pow(x, 2)",
    "constructor(x)",
    "__proto__",
    "x.constructor",
    "toString(x)",
    "hasOwnProperty",
    "eval(x)",
    "x[0]",
    "'x'",
    "x; x",
    "x = 2",
    "x // 2",
    "x % 2",
    "x @ x",
    "|x|",
    "x²",
    "π*x",
    "9**9**9*x",
    "x/0",
    "x/(1 - 1)",
    "log(0)*x",
    "x*sqrt(-1)",
    "(-8)**(1/3) + x",
    "inf*x",
    "1j*x",
    "sin()",
    "sin(x, x)",
    "min(x)",
    "where(x, 1, 2)",
    "where(x > 0, 1)",
    "x > 1",
    "x*(x > 1)",
    "(x",
    "x)",
    "(x, x)",
    "0,5*x",
    "x*()",
    "x +",
    "x*/2",
    "sin(, x)",
    "max(*x)",
    "max(x, **x)",
    "",
    "   ",
    "pi",
    "2*e + 1",
    "x" * 2001,
    "(" * 51 + "x" + ")" * 51,
    "-" * 100 + "x",
    "x + x2",
    "x1 + y",
    "True*x",
    "x if x > 0 else 1",
    "lambda x: x",
    "where(x > 0, log(-1), x)",
    "1e999*x",
    "x\n+ 1",
    "01*x",
    "1__0*x",
    "1_*x",
]

POINTS = [-2.5, -1.0, -0.3, 0.0, 0.7, 1.0, 2.25]


def packed(values):
    """Float64 as base64: exact, and half as long as digits."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode()


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), "<f8")


def state(psi):
    psi = np.asarray(psi, dtype=complex)
    return {"re": packed(psi.real), "im": packed(psi.imag)}


def turned(problem, schedule, initial, degrees):
    """Strang steps of length dt e^(-i theta), by matrix functions instead of phases in a row."""
    psi = np.asarray(initial.amplitudes(problem.grid) if initial else np.ones(problem.grid.shape))
    psi = psi / np.linalg.norm(psi)
    (k,) = problem.grid.wave_numbers()
    for stage in schedule.stages:
        step = stage.time_step * np.exp(-1j * math.radians(degrees))
        half = np.exp(-0.5j * step * (problem.values - problem.values.min()))
        for _ in range(stage.num_steps):
            psi = half * np.fft.ifft(
                np.exp(-1j * step * stage.diffusion * k**2) * np.fft.fft(half * psi)
            )
            psi = psi / np.linalg.norm(psi)
    return psi


def numbers_of(formula, box, qubits, packet, diffusions, dt, steps):
    problem = Problem(Grid([box], qubits), formula)
    schedule = Schedule([Stage(d, dt, steps) for d in diffusions])
    initial = Gaussian(*packet) if packet else None
    start = {"initial": initial or "uniform"}
    heat = anneal(problem, schedule, backend="imaginary-time", validate=False, **start)
    energies, states = eigenstates(problem, diffusions[-1], 4)
    ground = relax(problem, diffusions[-1])
    return {
        "formula": formula,
        "lower": box[0],
        "upper": box[1],
        "n": qubits,
        "packet": packet,
        "diffusions": diffusions,
        "dt": dt,
        "steps": steps,
        "wave": state(evolve(problem, schedule, **start).state),
        "turned": state(turned(problem, schedule, initial, 45)),
        "heat": state(heat.state),
        "energies": packed(energies),
        "ground": packed(states[0]),
        "relaxed": packed(np.real(ground.state)),
        "walsh": packed(walsh_coefficients(problem.values)),
    }


def plane_numbers(formula, boxes, qubits, packet, diffusions, dt, steps):
    problem = Problem(Grid(list(boxes), qubits), formula)
    schedule = Schedule([Stage(d, dt, steps) for d in diffusions])
    initial = None
    if packet:
        centers, momenta, width = packet
        initial = Gaussian(centers, width, momenta)
    start = {"initial": initial or "uniform"}
    heat = anneal(problem, schedule, backend="imaginary-time", validate=False, **start)
    energies, states = eigenstates(problem, diffusions[-1], 4)
    return {
        "formula": formula,
        "boxes": boxes,
        "n": qubits,
        "packet": packet,
        "diffusions": diffusions,
        "dt": dt,
        "steps": steps,
        "wave": state(evolve(problem, schedule, **start).state.ravel()),
        "heat": state(heat.state.ravel()),
        "energies": packed(energies),
        "ground": packed(states[0].ravel()),
        "minimizers": Goal(problem).minimizers,
    }


def reading(text):
    """What Python makes of a formula: values, or the column and the problem of a refusal."""
    try:
        formula = parse_formula(text)
    except FormulaError as error:
        head = str(error).splitlines()[0]
        column, _, words = head.removeprefix("Formula, column ").partition(": ")
        return {"text": text, "column": int(column), "problem": words}
    return {"text": text, "values": packed(formula(np.array(POINTS)) + 0 * np.array(POINTS))}


def make_numbers():
    return {
        "points": POINTS,
        "problems": [numbers_of(*problem) for problem in PROBLEMS],
        "planes": [plane_numbers(*plane) for plane in PLANES],
        "formulas": [reading(text) for text in (*ACCEPTED, *REFUSED)],
        "wilson": [
            [hits, shots, *[getattr(Estimate.of_proportion(hits, shots), end) for end in ENDS]]
            for hits, shots in ((0, 1), (1, 1), (0, 100), (7, 100), (585, 1000), (1000, 1000))
        ],
    }


ENDS = ("value", "low", "high")

if __name__ == "__main__":
    FILE.write_text(json.dumps(make_numbers(), indent=1), encoding="utf-8")
