"""Optimisation by quantum dynamics: ``i dpsi/dt = [-D lap + zeta(x)] psi`` on qubits.

Public names are loaded on first use, so that importing the package costs nothing and needs no
Qiskit until a circuit is built.

>>> import qdml_quantum as qdml
>>> result = qdml.anneal(qdml.Problem(qdml.Grid([(-2.5, 2.5)], 6), "double_well"))
>>> result.passed
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "problem.grid": ("Axis", "Grid"),
    "objectives": ("Loss", "Objective", "as_objective", "builtin_names", "load_data"),
    "objectives.compress": ("compressed",),
    "objectives.taylor": ("taylor",),
    "problem.problem": ("Problem",),
    "problem.goal": ("Goal",),
    "dynamics.anneal": ("Anneal",),
    "support.estimate": ("Estimate",),
    "synthesis.compiler": ("Compiler",),
    "runs.spec": ("Spec",),
    "runs.comparison": ("Comparison",),
    "runs.fetching": ("fetch",),
    "runs.judge": ("judge",),
    "hardware.devices.devices": ("find_backend",),
    "hardware.verdict.device_run": ("DeviceRun",),
    "diagnostics.energy": ("EnergyEstimate",),
    "dynamics.hamiltonian": ("Hamiltonian",),
    "dynamics.schedule": ("Schedule", "Stage"),
    "annealing.adiabatic": ("GroundStatePath", "adiabatic_schedule", "ground_state_path"),
    "annealing.optimized": ("OptimizedSchedule", "optimize_schedule"),
    "annealing.qhd": ("qhd_success",),
    "annealing.suggest": ("suggest_schedule",),
    "annealing.suggest_anneal": ("suggest_anneal",),
    "dynamics.formulas": ("FORMULAS", "Formula"),
    "dynamics.recipe": ("Phase", "Recipe", "make_recipe"),
    "problem.states": ("Gaussian", "amplitudes"),
    "support.check": ("Check",),
    "diagnostics.metrics": (
        "fidelity",
        "signal_over_uniform",
        "total_variation",
        "wilson_interval",
    ),
    "runs.result": ("Reference", "Result", "StageRecord"),
    "support.messages": (
        "DamagedFileError",
        "FormulaError",
        "ObjectiveFailedError",
        "TooLargeError",
    ),
    "reference.imaginary_time": ("GroundState", "ground_state"),
    "reference.spectrum": ("eigenstates",),
    "theory.walkers.monte_carlo": ("MonteCarloEnergy", "diffusion_monte_carlo"),
    "theory.packets": ("Moments", "moments_of", "packet_moments"),
    "theory.fokker_planck": ("FokkerPlanck", "langevin"),
    "theory.levels": ("Levels",),
    "optimize.baselines": ("gradient_descent", "mqhoa", "simulated_annealing"),
    "plot": (
        "plot_benchmark",
        "plot_circuit",
        "plot_comparison",
        "plot_device",
        "plot_energy",
        "plot_map",
        "plot_marginals",
        "plot_schedule",
        "plot_stage_maps",
        "plot_stages",
        "plot_success",
        "save_figures",
    ),
    "runs.run": ("anneal", "evolve", "relax"),
    "optimize.minimize": ("minimize", "minimize_method"),
    "annealing.trained": ("trained_schedule",),
    "runs.sweeps": ("sweep",),
    "optimize.bench": ("Benchmark", "benchmark_optimization"),
    "runs.measured_energy": ("measure_energy",),
    "paper": ("draw_paper_figure", "paper_numbers", "save_paper_figures"),
    "hardware.planning.planning": ("plan",),
    "hardware.planning.plan": ("Plan",),
    "hardware.planning.fit": ("fit_plan",),
    "hardware.planning.mitigation": ("Mitigation",),
    "hardware.jobs.ledger": ("Ledger",),
    "hardware.jobs.records": ("Job",),
    "hardware.jobs.submission": ("cancel", "jobs", "submit"),
    "hardware.jobs.modes": ("submit_together",),
    "hardware.errors": ("AmbiguousSubmissionError", "HardwareError", "LedgerError"),
    "synthesis.circuits.circuit": ("build",),
    "synthesis.phases.phase": ("CompiledPhase", "PhaseReport", "compile_phase"),
    "synthesis.phases.plugin": ("DiagonalPhaseGate",),
    "synthesis.phases.walsh": ("WalshSeries",),
    "synthesis.circuits.export": ("save_qasm3", "save_qpy", "to_qasm3"),
    "backends.emulator": ("Emulator",),
    "backends.aer": ("Aer",),
}
_WHERE = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_WHERE)
__version__ = "0.1.0"

if TYPE_CHECKING:
    from qdml_quantum.annealing.adiabatic import (
        GroundStatePath,
        adiabatic_schedule,
        ground_state_path,
    )
    from qdml_quantum.annealing.optimized import OptimizedSchedule, optimize_schedule
    from qdml_quantum.annealing.qhd import qhd_success
    from qdml_quantum.annealing.suggest import suggest_schedule
    from qdml_quantum.annealing.suggest_anneal import suggest_anneal
    from qdml_quantum.annealing.trained import trained_schedule
    from qdml_quantum.backends.aer import Aer
    from qdml_quantum.backends.emulator import Emulator
    from qdml_quantum.diagnostics.energy import EnergyEstimate
    from qdml_quantum.diagnostics.metrics import (
        fidelity,
        signal_over_uniform,
        total_variation,
        wilson_interval,
    )
    from qdml_quantum.dynamics.anneal import Anneal
    from qdml_quantum.dynamics.formulas import FORMULAS, Formula
    from qdml_quantum.dynamics.hamiltonian import Hamiltonian
    from qdml_quantum.dynamics.recipe import Phase, Recipe, make_recipe
    from qdml_quantum.dynamics.schedule import Schedule, Stage
    from qdml_quantum.hardware.devices.devices import find_backend
    from qdml_quantum.hardware.errors import AmbiguousSubmissionError, HardwareError, LedgerError
    from qdml_quantum.hardware.jobs.ledger import Ledger
    from qdml_quantum.hardware.jobs.modes import submit_together
    from qdml_quantum.hardware.jobs.records import Job
    from qdml_quantum.hardware.jobs.submission import cancel, jobs, submit
    from qdml_quantum.hardware.planning.fit import fit_plan
    from qdml_quantum.hardware.planning.mitigation import Mitigation
    from qdml_quantum.hardware.planning.plan import Plan
    from qdml_quantum.hardware.planning.planning import plan
    from qdml_quantum.hardware.verdict.device_run import DeviceRun
    from qdml_quantum.objectives import Loss, Objective, as_objective, builtin_names, load_data
    from qdml_quantum.objectives.compress import compressed
    from qdml_quantum.objectives.taylor import taylor
    from qdml_quantum.optimize.baselines import gradient_descent, mqhoa, simulated_annealing
    from qdml_quantum.optimize.bench import Benchmark, benchmark_optimization
    from qdml_quantum.optimize.minimize import minimize, minimize_method
    from qdml_quantum.paper import draw_paper_figure, paper_numbers, save_paper_figures
    from qdml_quantum.plot import (
        plot_benchmark,
        plot_circuit,
        plot_device,
        plot_energy,
        plot_map,
        plot_marginals,
        plot_schedule,
        plot_stage_maps,
        plot_stages,
        plot_success,
        save_figures,
    )
    from qdml_quantum.problem.goal import Goal
    from qdml_quantum.problem.grid import Axis, Grid
    from qdml_quantum.problem.problem import Problem
    from qdml_quantum.problem.states import Gaussian, amplitudes
    from qdml_quantum.reference.imaginary_time import GroundState, ground_state
    from qdml_quantum.reference.spectrum import eigenstates
    from qdml_quantum.runs.comparison import Comparison
    from qdml_quantum.runs.fetching import fetch
    from qdml_quantum.runs.judge import judge
    from qdml_quantum.runs.measured_energy import measure_energy
    from qdml_quantum.runs.result import Reference, Result, StageRecord
    from qdml_quantum.runs.run import anneal, evolve, relax
    from qdml_quantum.runs.spec import Spec
    from qdml_quantum.runs.sweeps import sweep
    from qdml_quantum.support.check import Check
    from qdml_quantum.support.estimate import Estimate
    from qdml_quantum.support.messages import (
        DamagedFileError,
        FormulaError,
        ObjectiveFailedError,
        TooLargeError,
    )
    from qdml_quantum.synthesis.circuits.circuit import build
    from qdml_quantum.synthesis.circuits.export import save_qasm3, save_qpy, to_qasm3
    from qdml_quantum.synthesis.compiler import Compiler
    from qdml_quantum.synthesis.phases.phase import CompiledPhase, PhaseReport, compile_phase
    from qdml_quantum.synthesis.phases.plugin import DiagonalPhaseGate
    from qdml_quantum.synthesis.phases.walsh import WalshSeries
    from qdml_quantum.theory.fokker_planck import FokkerPlanck, langevin
    from qdml_quantum.theory.levels import Levels
    from qdml_quantum.theory.packets import Moments, moments_of, packet_moments
    from qdml_quantum.theory.walkers.monte_carlo import MonteCarloEnergy, diffusion_monte_carlo


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'qdml_quantum' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
