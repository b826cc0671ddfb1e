"""Objectives: functions, tables, typed formulas, built-ins and losses, all as `Objective`."""

from __future__ import annotations

from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.builtins.catalogue import builtin, builtin_names, describe
from qdml_quantum.objectives.coerce import as_objective, objective_from_formula
from qdml_quantum.objectives.formulas.formula import ParsedFormula, parse_formula
from qdml_quantum.objectives.losses.datasets import Data, load_data
from qdml_quantum.objectives.losses.loss import Loss
from qdml_quantum.objectives.losses.networks import NetworkLoss, plane_through, weights_of

__all__ = [
    "Data",
    "Loss",
    "NetworkLoss",
    "Objective",
    "ParsedFormula",
    "as_objective",
    "builtin",
    "builtin_names",
    "describe",
    "load_data",
    "objective_from_formula",
    "parse_formula",
    "plane_through",
    "weights_of",
]
