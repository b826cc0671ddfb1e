"""Objectives from typed text: tokens, syntax, evaluation."""
