"""Lesson: the minimum of your own function in four dimensions."""

# %% [markdown]
# # The minimum of any function, and what chance would have found
#
# Ten thousand egg boxes in four dimensions. `minimize` anneals on windows of a few qubits that
# close in; the shots say where the next window is.
#
# **Predict.** Beside it run the same loop with uniform shots instead of measured ones, and random
# points, with as many evaluations. Which of the three find the minimum?

# %%
import matplotlib.pyplot as plt
import numpy as np

from qdml_quantum import Emulator, as_objective, minimize, wilson_interval
from qdml_quantum.optimize.bench.methods import Uniform
from qdml_quantum.teach import ask, predict

BOUNDS = [(-5.0, 5.0)] * 4
MINIMIZER = np.array([0.0, 1.0, -1.5, 2.0])
RUNS, EVALUATIONS = 4, 12_800


def egg_boxes(x):
    """Some ten thousand minima; the lowest at MINIMIZER. x has a column per point."""
    u = x - MINIMIZER[:, None]
    return np.sum(u**2 + 10 * (1 - np.cos(2 * np.pi * u)), axis=0)


def is_right(x):
    return bool(np.abs(x - MINIMIZER).max() < 0.1)


egg_box = as_objective(egg_boxes, 4, style="columns")  # many points at once: faster
one = minimize(egg_box, BOUNDS, seed=0, maxfev=EVALUATIONS)
for window in [window for window in one.windows if window.start == 0][::4]:
    length = " x ".join(f"{np.linalg.norm(edge):5.2f}" for edge in window.edges)
    print(f"{window.kind:<6} window {length}   best measured {window.fun:8.4f}")
for number, start in enumerate(one.starts):
    print(f"start {number} measured {start.measured_fun:8.4f}, polished {start.fun:8.4f}")
print(one.message)
print(f"{one.nfev} evaluations, {one.num_steps} Trotter steps, {one.shots} shots,")
print(f"{one.two_qubit_gates} two-qubit gates in {one.num_circuits} circuits.")
print(f"Best of the points that the phases were made from: {one.lowest_evaluated:.4f}")

# %%
figure, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
for number in range(len(one.starts)):
    lengths = [w.fun for w in one.windows if w.start == number]
    ax.semilogy(lengths, label=f"start {number}")
ax.set(xlabel="window", ylabel="best value measured so far")
ax.legend()

# %%
predict("Which of the three find it?")

# %% tags=["hide-output"]
hits = {}
for label, backend in (("minimize", Emulator()), ("the same with uniform shots", Uniform())):
    runs = [
        minimize(egg_box, BOUNDS, seed=seed, maxfev=EVALUATIONS, backend=backend)
        for seed in range(RUNS)
    ]
    hits[label] = sum(is_right(run.x) for run in runs)
low, high = np.array(BOUNDS).T
hits["the best of random points"] = 0
for seed in range(RUNS):
    points = np.random.default_rng(seed).uniform(low, high, (EVALUATIONS, 4))
    hits["the best of random points"] += is_right(points[np.argmin(egg_boxes(points.T))])
for label, number in hits.items():
    ends = wilson_interval(number, RUNS)
    print(f"{label:<28} {number} of {RUNS}   95 %: [{ends[0]:.2f}, {ends[1]:.2f}]")

# %% [markdown]
# <details><summary>Answer</summary>
#
# The loop finds it, with or without dynamics: the phases of each circuit are made of values of the
# function that are known before. Random points never do. That is what to make of `minimize`: a way
# to see how the method works, and no advantage over the classical use of the same values.
#
# </details>

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("chance", name="Ada")
print(first)

# %%
print(first.check("0.5"))

# %%
second = ask("shots", name="Ada")
print(second)

# %%
print(second.check("64"))
