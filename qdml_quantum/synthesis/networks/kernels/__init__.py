"""Compiled loops of the beam search: bits, states, moves, and what they are worth."""
