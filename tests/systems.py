"""Exactly solvable problems: what every method has to get right.

The equation is ``i dpsi/dt = [-D lap + zeta] psi`` (hbar = 1, D = 1/(2m)), so that
``d<x>/dt = 2 D <k>`` and ``d<k>/dt = -<grad zeta>``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.special import mathieu_a, mathieu_b

from qdml_quantum.dynamics.formulas import FORMULAS, as_formula
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives.builtins.catalogue import BUILTINS
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian, amplitudes
from qdml_quantum.reference.spectrum import eigenstates

Observable = Callable[[np.ndarray, Grid], float]


def mean(axis=0) -> Observable:
    """Mean position along an axis."""

    def measure(psi, grid):
        return float((np.abs(psi) ** 2 * grid.coordinates()[axis]).sum())

    return measure


def width(axis=0) -> Observable:
    """Standard deviation of the position along an axis."""

    def measure(psi, grid):
        x = grid.coordinates()[axis]
        return math.sqrt(float((np.abs(psi) ** 2 * (x - mean(axis)(psi, grid)) ** 2).sum()))

    return measure


def wave_number(axis=0) -> Observable:
    """Mean wave number along an axis."""

    def measure(psi, grid):
        return float(
            (np.abs(np.fft.fftn(psi, norm="ortho")) ** 2 * grid.wave_numbers()[axis]).sum()
        )

    return measure


@dataclass(frozen=True, eq=False)
class Motion:
    """A motion known in closed form.

    Attributes:
        expected: Observables at `time`, with their exact values.
        steps: Steps at which every formula is in its asymptotic regime.
        exact_for: Formulas without a step error here.
    """

    name: str
    problem: Problem
    diffusion: float
    initial: object
    time: float
    expected: Mapping[str, tuple[Observable, float]]
    steps: int = 16
    exact_for: frozenset[str] = field(default_factory=frozenset)

    @property
    def start(self) -> np.ndarray:
        """Initial amplitudes."""
        return amplitudes(self.initial, self.problem.grid)

    def schedule(self, num_steps: int) -> Schedule:
        """The whole motion in `num_steps` equal steps."""
        return Schedule.constant(
            self.diffusion, num_steps=num_steps, time_step=self.time / num_steps
        )

    def run(self, formula, num_steps: int) -> np.ndarray:
        """Final state by the recipe."""
        phases = make_recipe(self.schedule(num_steps), as_formula(formula)).phases
        return Propagator(self.problem, workers=1).run(self.start, phases)

    @cached_property
    def exact(self) -> np.ndarray:
        """Final state by dense diagonalisation: ``exp(-i H t) psi``."""
        energies, vectors = np.linalg.eigh(Hamiltonian(self.problem, self.diffusion).matrix())
        weights = vectors.T @ self.start.ravel()
        return (vectors @ (np.exp(-1j * energies * self.time) * weights)).reshape(
            self.problem.grid.shape
        )

    def __str__(self) -> str:
        return self.name


EVERY_FORMULA = frozenset(FORMULAS)


def free_packet() -> Motion:
    """``sigma(t)^2 = sigma_0^2 + (D t / sigma_0)^2``, ``<x> = x_0 + 2 D k t``."""
    D, t, sigma, k, x0 = 0.5, 3.0, 1.2, 1.5, -3.0
    return Motion(
        "free packet",
        Problem(Grid([(-20, 20)], 8), lambda x: 0 * x),
        D,
        Gaussian(x0, sigma, k),
        t,
        {
            "mean": (mean(), x0 + 2 * D * k * t),
            "width": (width(), math.hypot(sigma, D * t / sigma)),
            "wave number": (wave_number(), k),
        },
        exact_for=EVERY_FORMULA,
    )


def plane_wave() -> Motion:
    """On a flat potential a plane wave only turns its phase: ``exp(-i (D k^2 + c) t)``."""
    D, t, c, m = 0.7, 2.0, 1.3, 5
    grid = Grid([(-3, 5)], 5)
    x, k = grid.axes[0].points, grid.axes[0].wave_numbers[m]
    wave = np.exp(1j * k * x) / math.sqrt(grid.size)
    phase = -(D * k**2 + c) * t

    def turned(psi, grid):
        return float(np.angle(np.vdot(wave, psi) / np.exp(1j * phase)))

    return Motion(
        "plane wave",
        Problem(grid, lambda x: 0 * x + c),
        D,
        wave,
        t,
        {"wave number": (wave_number(), k), "phase": (turned, 0.0)},
        exact_for=EVERY_FORMULA,
    )


def frozen() -> Motion:
    """Without kinetic energy (D = 0) every point keeps its probability."""
    problem = Problem(Grid([(-2, 2)], 5), "x**4 - 3*x**2 + x")
    psi = Gaussian(0.3, 0.4, 1.0)
    before = amplitudes(psi, problem.grid)
    return Motion(
        "frozen",
        problem,
        0.0,
        psi,
        1.7,
        {
            name: (f(), f()(before, problem.grid))
            for name, f in {"mean": mean, "width": width}.items()
        },
        exact_for=EVERY_FORMULA,
    )


def falling_packet() -> Motion:
    """Constant force F: ``<x> = x_0 + 2 D k t + D F t^2``; the width grows as without force."""
    D, t, sigma, k, x0, F = 0.5, 3.0, 1.2, 0.5, -3.0, 0.6
    return Motion(
        "falling packet",
        Problem(Grid([(-20, 20)], 8), lambda x: -F * x),
        D,
        Gaussian(x0, sigma, k),
        t,
        {
            "mean": (mean(), x0 + 2 * D * k * t + D * F * t**2),
            "width": (width(), math.hypot(sigma, D * t / sigma)),
            "wave number": (wave_number(), k + F * t),
        },
        exact_for=frozenset({"strang", "suzuki4"}),
    )


def coherent_state() -> Motion:
    """In ``c x^2`` the ground-state packet swings with ``w = 2 sqrt(D c)`` and keeps its shape."""
    D, c, x0, k, t = 0.5, 0.8, 1.5, 0.7, 2.3
    w = 2 * math.sqrt(D * c)
    sigma = math.sqrt(math.sqrt(D / c) / 2)
    return Motion(
        "coherent state",
        Problem(Grid([(-8, 8)], 6), lambda x: c * x**2),
        D,
        Gaussian(x0, sigma, k),
        t,
        {
            "mean": (mean(), x0 * math.cos(w * t) + 2 * D * k / w * math.sin(w * t)),
            "width": (width(), sigma),
            "wave number": (
                wave_number(),
                k * math.cos(w * t) - x0 * w / (2 * D) * math.sin(w * t),
            ),
        },
    )


def breathing_packet() -> Motion:
    """A squeezed packet in ``c x^2``: ``s(t)^2 = s^2 cos^2 wt + (D / (w s))^2 sin^2 wt``."""
    D, c, sigma, t = 0.5, 0.5, 1.1, 1.9
    w = 2 * math.sqrt(D * c)
    return Motion(
        "breathing packet",
        Problem(Grid([(-10, 10)], 6), lambda x: c * x**2),
        D,
        Gaussian(0.0, sigma),
        t,
        {
            "mean": (mean(), 0.0),
            "width": (
                width(),
                math.hypot(sigma * math.cos(w * t), D / w / sigma * math.sin(w * t)),
            ),
        },
    )


def tunnelling() -> Motion:
    """Two levels of a symmetric double well: at ``t = pi / (E_1 - E_0)`` the packet is across."""
    problem = Problem(Grid([(-3, 3)], 6), lambda x: 3 * (x**2 - 1) ** 2)
    energies, states = eigenstates(problem, 0.5, 2)
    left = (states[0] + states[1]) / math.sqrt(2)
    before = mean()(left, problem.grid)
    return Motion(
        "tunnelling",
        problem,
        0.5,
        left,
        math.pi / float(energies[1] - energies[0]),
        {"mean": (mean(), -before), "width": (width(), width()(left[::-1], problem.grid))},
        steps=192,
    )


def circling_packet() -> Motion:
    """Two dimensions: in ``c (x^2 + y^2)`` a coherent state runs on a circle."""
    D, c, radius, t = 0.5, 0.5, 0.7, 1.4
    w = 2 * math.sqrt(D * c)
    sigma = math.sqrt(math.sqrt(D / c) / 2)
    return Motion(
        "circling packet",
        Problem(Grid([(-4.7, 4.7), (-4.6, 4.6)], [4, 4]), lambda x, y: c * (x**2 + y**2)),
        D,
        Gaussian((radius, 0.0), sigma, (0.0, radius * w / (2 * D))),
        t,
        {
            "mean x": (mean(0), radius * math.cos(w * t)),
            "mean y": (mean(1), radius * math.sin(w * t)),
            "width y": (width(1), sigma),
        },
        steps=12,
    )


def free_packet_in_space() -> Motion:
    """Three dimensions: each axis spreads and drifts by itself."""
    D, t, sigma = 0.5, 1.0, (1.3, 1.1, 1.0)
    k, x0 = (0.5, -0.4, 0.0), (-0.5, 0.3, 0.0)
    return Motion(
        "free packet in space",
        Problem(Grid([(-9, 9), (-8, 8), (-8, 8)], [4, 4, 4]), lambda x, y, z: 0 * (x + y + z)),
        D,
        Gaussian(x0, sigma, k),
        t,
        {
            f"{name} {axis}": (observable(axis), value)
            for axis in range(3)
            for name, observable, value in (
                ("mean", mean, x0[axis] + 2 * D * k[axis] * t),
                ("width", width, math.hypot(sigma[axis], D * t / sigma[axis])),
            )
        },
        exact_for=EVERY_FORMULA,
    )


def rotors() -> Motion:
    """Three coupled rotors: no closed form, but ``<H>`` stays what it was."""
    problem = Problem(
        Grid([(-math.pi, math.pi)] * 3, [3, 3, 2]),
        lambda x, y, z: np.cos(x) + np.cos(y) + np.cos(z) + 0.5 * np.cos(x - y + z),
    )
    packet = Gaussian((1.0, 0.5, -0.5), 0.8)
    hamiltonian = Hamiltonian(problem, 0.3)

    def energy(psi, grid):
        return hamiltonian.energy(psi)

    start = amplitudes(packet, problem.grid)
    return Motion(
        "rotors", problem, 0.3, packet, 1.5, {"energy": (energy, energy(start, problem.grid))}
    )


MOTIONS = (
    free_packet(),
    plane_wave(),
    frozen(),
    falling_packet(),
    coherent_state(),
    breathing_packet(),
    tunnelling(),
    circling_packet(),
    free_packet_in_space(),
    rotors(),
)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """A problem whose lowest levels are known in closed form."""

    name: str
    problem: Problem
    diffusion: float
    levels: tuple[float, ...]
    tolerance: float = 1e-9

    def __str__(self) -> str:
        return self.name


def _spectra() -> tuple[Spectrum, ...]:
    D, c = 0.7, 1.9
    root = math.sqrt(D * c)
    depth, a = 12.0, 0.9
    lam = 3.0
    g = 0.6  # coupling: normal modes 1 + g/2 and 1 - g/2
    soft, hard = math.sqrt(0.5 * (1 - g / 2)), math.sqrt(0.5 * (1 + g / 2))
    q = 2 * 1.5 / 0.4
    return (
        Spectrum(
            "oscillator",
            Problem(Grid([(-9, 9)], 6), lambda x: c * x**2),
            D,
            tuple((2 * n + 1) * root for n in range(5)),
        ),
        Spectrum(
            "ring",
            Problem(Grid([(0, 5)], 6), lambda x: 0 * x + 2),
            0.3,
            tuple(2 + 0.3 * (2 * math.pi * m / 5) ** 2 for m in (0, 1, 1, 2, 2)),
        ),
        Spectrum(
            "Morse",
            Problem(Grid([(-2.4, 22)], 8), lambda x: depth * (1 - np.exp(-a * x)) ** 2),
            0.5,
            tuple(
                2 * a * math.sqrt(0.5 * depth) * (n + 0.5) - 0.5 * a**2 * (n + 0.5) ** 2
                for n in range(3)
            ),
        ),
        Spectrum(
            "Poeschl-Teller",
            Problem(Grid([(-24, 24)], 8), lambda x: -lam * (lam + 1) * 0.5 / np.cosh(x) ** 2),
            0.5,
            tuple(-0.5 * (lam - n) ** 2 for n in range(3)),
        ),
        Spectrum(
            "pendulum",
            Problem(Grid([(-math.pi, math.pi)], 6), lambda x: 1.5 * np.cos(x)),
            0.4,
            tuple(
                0.1 * float(f(m, q)) for f, m in ((mathieu_a, 0), (mathieu_b, 2), (mathieu_a, 2))
            ),
        ),
        Spectrum(
            "coupled oscillators",
            Problem(Grid([(-4.4, 4.4)] * 2, [4, 4]), lambda x, y: x**2 + y**2 + g * x * y),
            0.5,
            (soft + hard, 3 * soft + hard, soft + 3 * hard),
            tolerance=1e-7,
        ),
        Spectrum(
            "oscillator in space",
            Problem(Grid([(-5, 5)] * 3, [4, 4, 4]), lambda x, y, z: 1.0 * (x**2 + y**2 + z**2)),
            1.0,
            (3.0, 5.0, 5.0, 5.0),
            tolerance=1e-7,
        ),
    )


SPECTRA = _spectra()


def natural_diffusion(problem: Problem, fraction: float = 0.01) -> float:
    """A D of the size of the problem: at fraction 1, zeta hardly bends the lowest state."""
    wave_number = 2 * math.pi / float(problem.grid.lengths.max())
    return fraction * 8 * float(problem.values.std()) / wave_number**2


def builtin_problems(dimensions: int, num_qubits: int) -> list[Problem]:
    """Every built-in that is defined in some dimension, in its own box."""
    found = []
    for entry in BUILTINS.values():
        if entry.fewest <= dimensions <= entry.most:
            objective = entry.objective(dimensions)
            found.append(Problem(Grid(objective.bounds, num_qubits), objective))
    return found
