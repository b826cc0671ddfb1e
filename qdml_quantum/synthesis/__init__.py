"""Phases in, gates out: everything that turns the recipe into circuits. Imports Qiskit."""
