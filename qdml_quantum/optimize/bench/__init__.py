"""Methods of global optimisation on the same problems, with the same number of evaluations."""

from qdml_quantum.optimize.bench.cases import make_case
from qdml_quantum.optimize.bench.methods import METHODS, EvaluationBudget
from qdml_quantum.optimize.bench.optimization import Benchmark, benchmark_optimization

__all__ = ["METHODS", "Benchmark", "EvaluationBudget", "benchmark_optimization", "make_case"]
