# The public names, each written once: the package loads them from here on first use, editors and
# type checkers read their types here, and `make api` writes the table in docs/api.md from here.
# A comment of one line opens a group of that table.

__version__: str

# Nouns: a problem and what it is put on
from .problem.grid import Axis as Axis
from .problem.grid import Grid as Grid
from .objectives import Objective as Objective
from .objectives import Loss as Loss
from .objectives import builtin_names as builtin_names
from .objectives import load_data as load_data
from .problem.problem import Problem as Problem
from .problem.goal import Goal as Goal
from .dynamics.anneal import Anneal as Anneal
from .dynamics.drive import Drive as Drive
from .dynamics.drive import DrivenAnneal as DrivenAnneal
from .synthesis.compiler import Compiler as Compiler
from .objectives import as_objective as as_objective
from .objectives.compress import compressed as compressed
from .objectives.taylor import taylor as taylor
from .runs.spec import Spec as Spec
from .dynamics.hamiltonian import Hamiltonian as Hamiltonian
from .problem.states import Gaussian as Gaussian
from .problem.states import amplitudes as amplitudes

# Verbs: what is done with a problem
from .runs.run import anneal as anneal
from .runs.evolve import evolve as evolve
from .runs.run import relax as relax
from .optimize.windows import Windows as Windows
from .optimize.minimize import minimize as minimize
from .optimize.minimize import minimize_method as minimize_method
from .optimize.estimators import AnnealedClassifier as AnnealedClassifier
from .optimize.estimators import AnnealedRegressor as AnnealedRegressor
from .runs.sweeps import sweep as sweep
from .runs.anneal_sweep import sweep_anneals as sweep_anneals
from .runs.measured_energy import measure_energy as measure_energy
from .runs.measured_gap import measure_gap as measure_gap
from .runs.cosine_filter import cosine_filter as cosine_filter

# Results
from .runs.result import Result as Result
from .runs.judge import judge as judge
from .support.estimate import Estimate as Estimate
from .runs.evolution import Evolution as Evolution
from .runs.comparison import Comparison as Comparison
from .runs.anneal_sweep import AnnealTable as AnnealTable
from .runs.result import StageRecord as StageRecord
from .runs.result import Reference as Reference
from .diagnostics.energy import EnergyEstimate as EnergyEstimate
from .support.check import Check as Check
from .diagnostics.dynamics import judge_dynamics as judge_dynamics
from .diagnostics.dynamics import Dynamics as Dynamics
from .diagnostics.metrics import fidelity as fidelity
from .diagnostics.metrics import signal_over_uniform as signal_over_uniform
from .diagnostics.metrics import total_variation as total_variation
from .diagnostics.metrics import wilson_interval as wilson_interval

# Schedules
from .dynamics.schedule import Schedule as Schedule
from .dynamics.schedule import Stage as Stage
from .annealing.suggest import suggest_schedule as suggest_schedule
from .annealing.suggest_anneal import suggest_anneal as suggest_anneal
from .annealing.adiabatic import adiabatic_schedule as adiabatic_schedule
from .annealing.adiabatic import ground_state_path as ground_state_path
from .annealing.adiabatic import GroundStatePath as GroundStatePath
from .annealing.few_steps import few_step_schedule as few_step_schedule
from .annealing.optimized import optimize_schedule as optimize_schedule
from .annealing.optimized import OptimizedSchedule as OptimizedSchedule
from .annealing.controls import measure_controls as measure_controls
from .annealing.controls import Controls as Controls
from .annealing.trained import trained_schedule as trained_schedule
from .annealing.qhd import qhd_success as qhd_success

# Recipes and product formulas
from .dynamics.recipe import make_recipe as make_recipe
from .dynamics.recipe import Recipe as Recipe
from .dynamics.recipe import Phase as Phase
from .dynamics.formulas import Formula as Formula
from .dynamics.formulas import FORMULAS as FORMULAS

# Circuits
from .synthesis.circuits.circuit import build as build
from .synthesis.loading.prepare import prepare as prepare
from .synthesis.loading.prepare import Preparation as Preparation
from .synthesis.loading.plugin import LoadGate as LoadGate
from .synthesis.phases.phase import compile_phase as compile_phase
from .synthesis.phases.phase import CompiledPhase as CompiledPhase
from .synthesis.phases.phase import PhaseReport as PhaseReport
from .synthesis.phases.walsh import WalshSeries as WalshSeries
from .synthesis.phases.plugin import DiagonalPhaseGate as DiagonalPhaseGate
from .synthesis.circuits.export import save_qasm3 as save_qasm3
from .synthesis.circuits.export import save_qpy as save_qpy
from .synthesis.circuits.export import to_qasm3 as to_qasm3

# Backends
from .backends.emulator import Emulator as Emulator
from .backends.aer import Aer as Aer
from .backends.device import Device as Device

# Hardware
from .hardware.planning.planning import plan as plan
from .hardware.planning.fit import fit_plan as fit_plan
from .hardware.planning.plan import Plan as Plan
from .hardware.jobs.submission import submit as submit
from .hardware.jobs.submission import submit_together as submit_together
from .hardware.jobs.submission import dry_run as dry_run
from .runs.fetching import fetch as fetch
from .runs.self_test import self_test as self_test
from .runs.self_test import plan_self_test as plan_self_test
from .runs.self_test import SelfTest as SelfTest
from .hardware.jobs.submission import jobs as jobs
from .hardware.jobs.submission import cancel as cancel
from .hardware.jobs.records import Job as Job
from .hardware.devices.devices import find_backend as find_backend
from .hardware.jobs.ledger import Ledger as Ledger
from .hardware.verdict.device_run import DeviceRun as DeviceRun

# References: the same physics without a circuit
from .reference.imaginary_time import ground_state as ground_state
from .reference.imaginary_time import GroundState as GroundState
from .reference.spectrum import eigenstates as eigenstates
from .reference.walkers.monte_carlo import diffusion_monte_carlo as diffusion_monte_carlo
from .reference.walkers.monte_carlo import MonteCarloEnergy as MonteCarloEnergy
from .reference.theory.packets import packet_moments as packet_moments
from .reference.theory.packets import moments_of as moments_of
from .reference.theory.packets import Moments as Moments
from .reference.theory.fokker_planck import langevin as langevin
from .reference.theory.fokker_planck import FokkerPlanck as FokkerPlanck
from .reference.theory.levels import Levels as Levels

# Baselines and benchmarks
from .optimize.baselines import gradient_descent as gradient_descent
from .optimize.baselines import mqhoa as mqhoa
from .optimize.baselines import simulated_annealing as simulated_annealing
from .optimize.bench import benchmark_optimization as benchmark_optimization
from .optimize.bench import Benchmark as Benchmark

# The paper
from .plot.paper import paper_numbers as paper_numbers
from .plot.paper import draw_paper_figure as draw_paper_figure
from .plot.paper import save_paper_figures as save_paper_figures

# Plots
from .plot import plot_stages as plot_stages
from .plot import plot_marginals as plot_marginals
from .plot import plot_map as plot_map
from .plot import plot_stage_maps as plot_stage_maps
from .plot import animate as animate
from .plot import plot_energy as plot_energy
from .plot import plot_evolution as plot_evolution
from .plot import plot_gap as plot_gap
from .plot import plot_success as plot_success
from .plot import plot_sweep as plot_sweep
from .plot import plot_comparison as plot_comparison
from .plot import plot_schedule as plot_schedule
from .plot import plot_circuit as plot_circuit
from .plot import plot_device as plot_device
from .plot import plot_benchmark as plot_benchmark
from .plot import save_figures as save_figures

# Errors
from .support.messages import FormulaError as FormulaError
from .support.messages import ObjectiveFailedError as ObjectiveFailedError
from .support.messages import TooLargeError as TooLargeError
from .support.messages import DamagedFileError as DamagedFileError
from .hardware.errors import HardwareError as HardwareError
from .hardware.errors import AmbiguousSubmissionError as AmbiguousSubmissionError
from .hardware.errors import LedgerError as LedgerError
