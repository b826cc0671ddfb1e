"""Objectives: functions, tables, typed formulas and built-ins, all as `Objective`."""

from __future__ import annotations

from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.catalogue import builtin, builtin_names, describe
from qdml_quantum.objectives.formula import Formula, parse_formula

__all__ = ["Formula", "Objective", "builtin", "builtin_names", "describe", "parse_formula"]
