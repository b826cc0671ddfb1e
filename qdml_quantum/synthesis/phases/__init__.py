"""Diagonal phases: Walsh series, budgets, truncation, Qiskit plug-ins."""
