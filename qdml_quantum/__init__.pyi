# The public names, each written once: the package loads them from here on first use, editors and
# type checkers read their types here, and `make docs` writes the table in docs/api.md from here.
# A comment of one line opens a group of that table.

__version__: str

# Nouns: a problem and what it is put on
from .grid import Axis as Axis
from .grid import Grid as Grid
from .objectives import Objective as Objective
from .objectives import Loss as Loss
from .objectives import builtin_names as builtin_names
from .objectives import load_data as load_data
from .problem import Problem as Problem
from .hamiltonian import Hamiltonian as Hamiltonian
from .states import Gaussian as Gaussian
from .states import amplitudes as amplitudes

# Verbs: what is done with a problem
from .run import anneal as anneal
from .run import evolve as evolve
from .run import relax as relax
from .zoom import minimize as minimize
from .zoom import minimize_method as minimize_method
from .sweeps import sweep as sweep
from .measured_energy import measure_energy as measure_energy

# Results
from .result import Result as Result
from .result import StageRecord as StageRecord
from .result import Reference as Reference
from .measured_energy import EnergyEstimate as EnergyEstimate
from .checks import Check as Check
from .metrics import fidelity as fidelity
from .metrics import signal_over_uniform as signal_over_uniform
from .metrics import total_variation as total_variation
from .metrics import wilson_interval as wilson_interval

# Schedules
from .schedule import Schedule as Schedule
from .schedule import Stage as Stage
from .suggest import suggest_schedule as suggest_schedule
from .adiabatic import adiabatic_schedule as adiabatic_schedule
from .adiabatic import ground_state_path as ground_state_path
from .adiabatic import GroundStatePath as GroundStatePath
from .optimized import optimize_schedule as optimize_schedule
from .optimized import OptimizedSchedule as OptimizedSchedule
from .trained import trained_schedule as trained_schedule
from .qhd import qhd_success as qhd_success

# Recipes and product formulas
from .recipe import make_recipe as make_recipe
from .recipe import Recipe as Recipe
from .recipe import Phase as Phase
from .formulas import Formula as Formula
from .formulas import FORMULAS as FORMULAS

# Circuits
from .synthesis.circuit import build as build
from .synthesis.phase import compile_phase as compile_phase
from .synthesis.phase import CompiledPhase as CompiledPhase
from .synthesis.phase import PhaseReport as PhaseReport
from .synthesis.walsh import WalshSeries as WalshSeries
from .synthesis.plugin import DiagonalPhaseGate as DiagonalPhaseGate
from .synthesis.export import save_qasm3 as save_qasm3
from .synthesis.export import save_qpy as save_qpy
from .synthesis.export import to_qasm3 as to_qasm3

# Backends
from .backends.emulator import Emulator as Emulator
from .backends.aer import Aer as Aer

# Hardware
from .hardware.planning import plan as plan
from .hardware.fit import fit_plan as fit_plan
from .hardware.plan import Plan as Plan
from .hardware.mitigation import Mitigation as Mitigation
from .hardware.submission import submit as submit
from .hardware.modes import submit_together as submit_together
from .hardware.submission import fetch as fetch
from .hardware.submission import jobs as jobs
from .hardware.submission import cancel as cancel
from .hardware.records import Job as Job
from .hardware.ledger import Ledger as Ledger
from .hardware.device_result import DeviceResult as DeviceResult

# References: the same physics without a circuit
from .reference.imaginary_time import ground_state as ground_state
from .reference.imaginary_time import GroundState as GroundState
from .reference.spectrum import eigenstates as eigenstates
from .reference.monte_carlo import diffusion_monte_carlo as diffusion_monte_carlo
from .reference.monte_carlo import MonteCarloEnergy as MonteCarloEnergy
from .reference.packets import packet_moments as packet_moments
from .reference.packets import moments_of as moments_of
from .reference.packets import Moments as Moments
from .reference.fokker_planck import langevin as langevin
from .reference.fokker_planck import FokkerPlanck as FokkerPlanck
from .reference.levels import Levels as Levels

# Baselines and benchmarks
from .baselines import gradient_descent as gradient_descent
from .baselines import mqhoa as mqhoa
from .baselines import simulated_annealing as simulated_annealing
from .bench import benchmark_optimization as benchmark_optimization
from .bench import Benchmark as Benchmark

# The paper
from .paper import paper_numbers as paper_numbers
from .paper import draw_paper_figure as draw_paper_figure
from .paper import save_paper_figures as save_paper_figures

# Plots
from .plot import plot_stages as plot_stages
from .plot import plot_marginals as plot_marginals
from .plot import plot_map as plot_map
from .plot import plot_stage_maps as plot_stage_maps
from .plot import plot_energy as plot_energy
from .plot import plot_success as plot_success
from .plot import plot_schedule as plot_schedule
from .plot import plot_circuit as plot_circuit
from .plot import plot_device as plot_device
from .plot import plot_benchmark as plot_benchmark
from .plot import save_figures as save_figures

# Errors
from .messages import FormulaError as FormulaError
from .messages import ObjectiveFailedError as ObjectiveFailedError
from .messages import TooLargeError as TooLargeError
from .messages import DamagedFileError as DamagedFileError
from .hardware.errors import HardwareError as HardwareError
from .hardware.errors import AmbiguousSubmissionError as AmbiguousSubmissionError
from .hardware.errors import LedgerError as LedgerError
