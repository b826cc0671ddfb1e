"""Lesson: random walkers, from diffusion Monte Carlo to simulated annealing."""

# %% [markdown]
# # Walkers that solve the Schroedinger equation, and walkers that look for a minimum
#
# In imaginary time the Schroedinger equation says
#
#     d psi / d tau = D psi'' - (zeta - E) psi.
#
# The first term is diffusion: random walkers with steps of variance `2 D dtau`. The second is
# birth and death: where zeta is above E walkers die, where it is below they multiply. So the
# ground state of a quantum particle can be found by throwing dice (Anderson 1975).
#
# **Predict.** E is set such that the number of walkers stays the same. Which energy is it? And
# how are the walkers distributed: as psi, or as its square?

# %%
import matplotlib.pyplot as plt
import numpy as np

from qdml_quantum import Grid, Problem, as_objective, relax
from qdml_quantum.optimize.baselines import gradient_descent, mqhoa, simulated_annealing
from qdml_quantum.reference.walkers.guide import Guide
from qdml_quantum.reference.walkers.monte_carlo import diffusion_monte_carlo
from qdml_quantum.teach import ask, predict

predict("Which energy, and psi or its square?")

# %% tags=["hide-output"]
D = 1.0
walk = diffusion_monte_carlo("harmonic", D, num_walkers=2000, num_steps=1000, seed=1)
print("oscillator:", walk, " exact: 1")
print("variance of the walkers:", walk.walkers.var())
assert abs(walk.energy - 1) < 3 * walk.error
assert abs(walk.walkers.var() - 1) < 0.2

# %% [markdown]
# <details><summary>Answer</summary>
#
# It is E_0, the ground-state energy: all higher parts of psi decay. The walkers are distributed
# as psi_0, here `exp(-x^2 / 2)` of variance 1; its square has 1/2. There was no grid.
#
# </details>

# %% [markdown]
# **The error bar.** Energies of neighbouring steps are alike, so the usual `sigma / sqrt(n)` is too
# small. Add what a step has in common with the next, the one after, ... up to a window, until the
# estimate stops rising.
#
# **Predict**: by how much is the naive error bar wrong?

# %%
predict("The naive error bar is wrong by a factor of")

# %% tags=["hide-output"]
run = walk.runs[-1].mixed
print("error with windows of 0, 4, 8, ... steps:", np.round(run.errors[::4], 5))
print("chosen window:", run.window, " naive error is too small by", run.error / run.errors[0])
assert run.error > 2 * run.errors[0]

figure, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
ax.plot(run.errors, color="#0072B2")
ax.axvline(run.window, ls=":", color="#333333", label="chosen window")
ax.set(xlabel="window (steps that are taken as alike)", ylabel="error of the mean energy")
ax.legend()

# %% [markdown]
# **The same on the grid.** A tilted double well, where imaginary time on the grid (`relax`) knows
# the answer.

# %%
grid = relax(Problem(Grid([(-5, 5)], 7), "double_well"), 0.5).energy
for seed in range(3):
    found = diffusion_monte_carlo("double_well", 0.5, num_walkers=500, num_steps=1000, seed=seed)
    pull = (found.energy - grid) / found.error
    print(f"double well: {found.energy:.4f} +- {found.error:.4f}, grid {grid:.4f}, pull {pull:.1f}")
    assert abs(pull) < 3

# %% [markdown]
# **Ten dimensions.** A grid of 64 points per axis would have `64^10 = 10^18` points. **Predict**:
# how many walkers are needed?

# %%
predict("How many walkers for ten dimensions?")

# %% tags=["hide-output"]
plain = diffusion_monte_carlo("harmonic", D, dimensions=10, num_walkers=500, num_steps=1500, seed=1)
print("ten oscillators:", plain, " exact: 10")
assert abs(plain.energy - 10) < min(3 * plain.error, 0.1)

# %% [markdown]
# <details><summary>Answer</summary>
#
# Five hundred. And fewer, if we know roughly where psi is: a guide lets walkers drift there
# (importance sampling). With the exact psi there would be no error left.
#
# </details>

# %%
guide = Guide.gaussian(np.zeros(10), 0.9)
guided = diffusion_monte_carlo(
    "harmonic", D, dimensions=10, num_walkers=500, num_steps=1000, guide=guide, seed=1
)
print("with a guide:   ", guided)
assert abs(guided.energy - 10) < 3 * guided.error
assert guided.error < plain.error / 4

# %% [markdown]
# ## From the ground state to the minimum
#
# Lower D, and the walkers gather where zeta is lowest: E_0 goes to the minimum, and stays above it
# by the zero-point energy, which falls with `sqrt(D)`. **Predict** E_0 of the oscillator at
# D = 1, 1/16, 1/256.

# %%
predict("E_0 at D = 1, 1/16, 1/256?")

# %% tags=["hide-output"]
for strength in (1.0, 1 / 16, 1 / 256):
    found = diffusion_monte_carlo("harmonic", strength, num_walkers=300, num_steps=500, seed=2)
    print(f"D = {strength:.4f}: {found.energy:.4f}, sqrt(D) = {np.sqrt(strength):.4f}")
    assert abs(found.energy / np.sqrt(strength) - 1) < 0.1

# %% [markdown]
# Methods of optimisation do something like it without any quantum mechanics. Simulated annealing
# has one walker that may climb, less and less as the temperature falls. MQHOA has twenty, with
# Gaussian steps that are halved whenever the walkers have settled. Gradient descent has one that
# may only go down.
#
# **Predict**: which of them finds the lowest of the many minima of Griewank and of Rastrigin in
# ten variables?

# %%
predict("Who finds the lowest minimum of which?")

# %% tags=["hide-output"]
methods = {
    "MQHOA": mqhoa,
    "simulated annealing": simulated_annealing,
    "gradient descent": gradient_descent,
}
hits = {}
for name in ("sphere", "griewank", "rastrigin"):
    objective = as_objective(name, 10)
    width = np.ptp(objective.bounds[0])
    for label, method in methods.items():
        found = [method(objective, seed=seed, maxfev=10_000) for seed in range(3)]
        near = [np.abs(f.x - objective.minimizers[0]).max() < 0.02 * width for f in found]
        hits[name, label] = sum(near)
        used = np.mean([f.nfev for f in found])
        print(f"{name:>9}, {label:<20} {sum(near)} of 3, {used:.0f} evaluations")

assert all(hits["sphere", label] == 3 for label in methods)
assert hits["griewank", "MQHOA"] == 3
assert hits["rastrigin", "simulated annealing"] == 3
assert hits["rastrigin", "gradient descent"] == hits["rastrigin", "MQHOA"] == 0

# %% [markdown]
# <details><summary>Answer</summary>
#
# Each has functions it is made for. Griewank is a wide bowl with shallow ripples, which averages of
# many walkers do not see. Rastrigin is a sum over the axes, and annealing moves one axis at a
# time. Nobody wins everywhere.
#
# </details>

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("zero", name="Ada")
print(first)

# %%
print(first.check("0.5"))

# %%
second = ask("temperature", name="Ada")
print(second)

# %%
print(second.check("0.2"))
