"""Lesson: gradient descent with noise, and the Fokker-Planck equation."""

# %% [markdown]
# # Gradient descent with noise, and the Fokker-Planck equation
#
# First order in imaginary time is where the objective begins to push (equation 11 of the paper).
# Take many walkers that go downhill and are kicked by noise,
#
#     x <- x - zeta'(x) dtau + sqrt(2 D dtau) N(0, 1).
#
# This is gradient descent with noise (Langevin). Their density obeys the Fokker-Planck equation
#
#     dp/dtau = D p'' + (zeta' p)'.
#
# **Predict.** Where are the walkers after a long time, if D is small? If it is large?

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import kstest

from qdml_quantum import Grid, Problem
from qdml_quantum.reference.theory.fokker_planck import FokkerPlanck, langevin, printed_form
from qdml_quantum.teach import ask, predict

predict("Where are the walkers for small D, and for large?")

# %% tags=["hide-output"]
D, tau = 0.5, 0.6
problem = Problem(Grid([(-4, 4)], 7), "double_well")
x, dx = problem.grid.axes[0].points, problem.grid.axes[0].spacing
equation = FokkerPlanck(problem, D)

# %% [markdown]
# <details><summary>Answer</summary>
#
# Distributed as `exp(-zeta / D)`: everywhere if D is large, in the deepest minimum if it is
# small.
#
# </details>

# %%
for diffusion in (5.0, 0.5, 0.05):
    place = FokkerPlanck(problem, diffusion).stationary
    deep = problem.values < problem.values.min() + 0.5
    print(f"D = {diffusion}: probability near the deepest minimum {place[deep].sum():.3f}")
assert FokkerPlanck(problem, 0.05).stationary[deep].sum() > 0.99

# %% [markdown]
# The walkers and the equation, from the same start, before they have come to rest:

# %%
start = np.exp(-((x - 0.5) ** 2) / (2 * 0.2**2))
start /= start.sum()
density = equation.evolve(start, tau)


def slope(positions):
    h = 1e-5
    return (problem.objective(positions + h) - problem.objective(positions - h)) / (2 * h)


walkers = 0.5 + 0.2 * np.random.default_rng(1).standard_normal((20_000, 1))
walkers = langevin(slope, walkers, D, tau, num_steps=600, seed=2)[:, 0]
same = kstest(walkers, lambda at: np.interp(at, x + dx / 2, np.cumsum(density)))
print("mean of the walkers:", walkers.mean(), "of the equation:", density @ x)
print("Kolmogorov-Smirnov p:", same.pvalue)
assert same.pvalue > 0.01

figure, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
ax.hist(walkers, bins=80, density=True, color="#56B4E9", alpha=0.5, label="walkers")
ax.plot(x, density / dx, color="#0072B2", label="Fokker-Planck equation")
ax.plot(x, equation.stationary / dx, "--", color="#D55E00", label="after a long time")
ax.set(xlabel="x", ylabel="density", xlim=(-2.5, 2.5))
ax.legend()

# %% [markdown]
# **What is printed.** The paper writes `dpsi/dtau = D psi'' - zeta' psi` and calls it
# Fokker-Planck. **Predict**: is probability conserved?

# %%
predict("Is probability conserved?")

# %% tags=["hide-output"]
for time in (0.01, 0.1, tau):
    true, printed = equation.evolve(start, time).sum(), printed_form(problem, D, start, time).sum()
    print(f"sum after tau = {time}: Fokker-Planck {true:.12f}, as printed {printed:.4g}")
    assert abs(true - 1) < 1e-12
assert printed > 1e6

# %% [markdown]
# <details><summary>Answer</summary>
#
# No. There the slope is a sink or a source: probability is lost where zeta rises and appears
# where it falls. In the true equation it is carried along, and the sum stays 1 to rounding.
#
# </details>

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("temperature", name="Ada")
print(first)

# %%
print(first.check("0.2"))

# %%
second = ask("fall", name="Ada")
print(second)

# %%
print(second.check("0.5"))
