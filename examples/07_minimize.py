"""The minimum of your own function, and what a classical search would have found.

Prints the windows of one run, then the share of successes of ten runs beside uniform sampling.
"""

import numpy as np

from qdml_quantum import minimize, wilson_interval

BOUNDS = [(-5.0, 5.0), (-4.0, 6.0)]
MINIMIZER = (0.0, 1.0)


def egg_box(x):
    """Some hundred minima; the lowest at (0, 1)."""
    u = x - np.array(MINIMIZER)
    return float(np.sum(u**2 + 10 * (1 - np.cos(2 * np.pi * u))))


def found(x):
    return np.linalg.norm(np.subtract(x, MINIMIZER)) <= 0.01 * np.hypot(10, 10)


one = minimize(egg_box, BOUNDS, seed=0)
for number, window in enumerate(one.windows, 1):
    (left, right), (low, high) = window.bounds
    print(
        f"window {number:>2}: [{left:6.2f}, {right:6.2f}] x [{low:6.2f}, {high:6.2f}]   "
        f"best measured {window.fun:8.4f} at ({window.x[0]:6.3f}, {window.x[1]:6.3f})"
    )
print(f"{one.message} {one.agreement:.0%} of the first windows agree.")
print(f"{one.nfev} evaluations, {one.num_steps} Trotter steps, {one.shots} shots,")
print(f"{one.two_qubit_gates} two-qubit gates in {one.num_circuits} circuits.")
print(f"Best of the points that the phases were made from: {one.lowest_evaluated:.4f}")

hits = sum(found(minimize(egg_box, BOUNDS, seed=seed).x) for seed in range(10))
low, high = np.array(BOUNDS).T
chance = 0
for seed in range(10):
    points = np.random.default_rng(seed).uniform(low, high, (one.nfev, 2))
    chance += bool(found(min(points, key=egg_box)))
for name, number in (("minimize", hits), (f"best of {one.nfev} random points", chance)):
    ends = wilson_interval(number, 10)
    print(f"{name:<30} {number} of 10   95 %: [{ends[0]:.2f}, {ends[1]:.2f}]")
