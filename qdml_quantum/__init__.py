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
    "grid": ("Axis", "Grid"),
    "objectives": ("Loss", "Objective", "builtin_names", "load_data"),
    "problem": ("Problem",),
    "hamiltonian": ("Hamiltonian",),
    "schedule": ("Schedule", "Stage"),
    "adiabatic": ("GroundStatePath", "adiabatic_schedule", "ground_state_path"),
    "optimized": ("OptimizedSchedule", "optimize_schedule"),
    "qhd": ("qhd_success",),
    "suggest": ("suggest_schedule",),
    "formulas": ("FORMULAS", "Formula"),
    "recipe": ("Phase", "Recipe", "make_recipe"),
    "states": ("Gaussian", "amplitudes"),
    "checks": ("Check",),
    "metrics": ("fidelity", "signal_over_uniform", "total_variation", "wilson_interval"),
    "result": ("Reference", "Result", "StageRecord"),
    "messages": ("DamagedFileError", "FormulaError", "ObjectiveFailedError", "TooLargeError"),
    "reference.imaginary_time": ("GroundState", "ground_state"),
    "reference.spectrum": ("eigenstates",),
    "reference.monte_carlo": ("MonteCarloEnergy", "diffusion_monte_carlo"),
    "reference.packets": ("Moments", "moments_of", "packet_moments"),
    "reference.fokker_planck": ("FokkerPlanck", "langevin"),
    "reference.levels": ("Levels",),
    "baselines": ("gradient_descent", "mqhoa", "simulated_annealing"),
    "plot": (
        "plot_benchmark",
        "plot_circuit",
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
    "run": ("anneal", "evolve", "relax"),
    "zoom": ("minimize", "minimize_method"),
    "trained": ("trained_schedule",),
    "sweeps": ("sweep",),
    "bench": ("Benchmark", "benchmark_optimization"),
    "measured_energy": ("EnergyEstimate", "measure_energy"),
    "paper": ("draw_paper_figure", "paper_numbers", "save_paper_figures"),
    "hardware.planning": ("plan",),
    "hardware.plan": ("Plan",),
    "hardware.fit": ("fit_plan",),
    "hardware.mitigation": ("Mitigation",),
    "hardware.ledger": ("Ledger",),
    "hardware.records": ("Job",),
    "hardware.submission": ("cancel", "fetch", "jobs", "submit"),
    "hardware.modes": ("submit_together",),
    "hardware.device_result": ("DeviceResult",),
    "hardware.errors": ("AmbiguousSubmissionError", "HardwareError", "LedgerError"),
    "synthesis.circuit": ("build",),
    "synthesis.phase": ("CompiledPhase", "PhaseReport", "compile_phase"),
    "synthesis.plugin": ("DiagonalPhaseGate",),
    "synthesis.walsh": ("WalshSeries",),
    "synthesis.export": ("save_qasm3", "save_qpy", "to_qasm3"),
    "backends.emulator": ("Emulator",),
    "backends.aer": ("Aer",),
}
_WHERE = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_WHERE)
__version__ = "0.1.0"

if TYPE_CHECKING:
    from qdml_quantum.adiabatic import (
        GroundStatePath,
        adiabatic_schedule,
        ground_state_path,
    )
    from qdml_quantum.backends.aer import Aer
    from qdml_quantum.backends.emulator import Emulator
    from qdml_quantum.baselines import gradient_descent, mqhoa, simulated_annealing
    from qdml_quantum.bench import Benchmark, benchmark_optimization
    from qdml_quantum.checks import Check
    from qdml_quantum.formulas import FORMULAS, Formula
    from qdml_quantum.grid import Axis, Grid
    from qdml_quantum.hamiltonian import Hamiltonian
    from qdml_quantum.hardware.device_result import DeviceResult
    from qdml_quantum.hardware.errors import AmbiguousSubmissionError, HardwareError, LedgerError
    from qdml_quantum.hardware.fit import fit_plan
    from qdml_quantum.hardware.ledger import Ledger
    from qdml_quantum.hardware.mitigation import Mitigation
    from qdml_quantum.hardware.modes import submit_together
    from qdml_quantum.hardware.plan import Plan
    from qdml_quantum.hardware.planning import plan
    from qdml_quantum.hardware.records import Job
    from qdml_quantum.hardware.submission import cancel, fetch, jobs, submit
    from qdml_quantum.measured_energy import EnergyEstimate, measure_energy
    from qdml_quantum.messages import (
        DamagedFileError,
        FormulaError,
        ObjectiveFailedError,
        TooLargeError,
    )
    from qdml_quantum.metrics import (
        fidelity,
        signal_over_uniform,
        total_variation,
        wilson_interval,
    )
    from qdml_quantum.objectives import Loss, Objective, builtin_names, load_data
    from qdml_quantum.optimized import OptimizedSchedule, optimize_schedule
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
    from qdml_quantum.problem import Problem
    from qdml_quantum.qhd import qhd_success
    from qdml_quantum.recipe import Phase, Recipe, make_recipe
    from qdml_quantum.reference.fokker_planck import FokkerPlanck, langevin
    from qdml_quantum.reference.imaginary_time import GroundState, ground_state
    from qdml_quantum.reference.levels import Levels
    from qdml_quantum.reference.monte_carlo import MonteCarloEnergy, diffusion_monte_carlo
    from qdml_quantum.reference.packets import Moments, moments_of, packet_moments
    from qdml_quantum.reference.spectrum import eigenstates
    from qdml_quantum.result import Reference, Result, StageRecord
    from qdml_quantum.run import anneal, evolve, relax
    from qdml_quantum.schedule import Schedule, Stage
    from qdml_quantum.states import Gaussian, amplitudes
    from qdml_quantum.suggest import suggest_schedule
    from qdml_quantum.sweeps import sweep
    from qdml_quantum.synthesis.circuit import build
    from qdml_quantum.synthesis.export import save_qasm3, save_qpy, to_qasm3
    from qdml_quantum.synthesis.phase import CompiledPhase, PhaseReport, compile_phase
    from qdml_quantum.synthesis.plugin import DiagonalPhaseGate
    from qdml_quantum.synthesis.walsh import WalshSeries
    from qdml_quantum.trained import trained_schedule
    from qdml_quantum.zoom import minimize, minimize_method


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'qdml_quantum' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
