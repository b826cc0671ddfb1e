"""Diffusion Monte Carlo: walkers, their guide and their error bars."""
