"""Classical methods of global optimisation to compare with, all called like `minimize`."""

from qdml_quantum.optimize.baselines.annealing import simulated_annealing
from qdml_quantum.optimize.baselines.descent import gradient_descent
from qdml_quantum.optimize.baselines.mqhoa import mqhoa

__all__ = ["gradient_descent", "mqhoa", "simulated_annealing"]
