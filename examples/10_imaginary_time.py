"""Lesson: imaginary time, from waves to heat and to the ground state."""

# %% [markdown]
# # Imaginary time: from waves to heat, and to the ground state
#
# Put `t = -i tau` into the Schroedinger equation (Wick rotation, equation 8 of the paper):
#
#     d psi / d tau = D psi'' - zeta psi
#
# The i is gone. The first term is diffusion, the second a sink that is strong where zeta is high.

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import kstest, norm

from qdml_quantum import Grid, Problem, amplitudes, eigenstates
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.reference.theory.diffusion import (
    diffuse,
    diffusion_reaction,
    explicit_steps,
    heat_kernel,
    random_walkers,
    stable_step,
)
from qdml_quantum.reference.theory.levels import Levels
from qdml_quantum.teach import ask, predict

D = 0.5

# %% [markdown]
# **Predict.** Zeroth order again, zeta = 0. A wave packet spreads like `t`; how does heat spread?

# %%
predict("How does heat spread?")

# %% [markdown]
# <details><summary>Answer</summary>
#
# As `sqrt(2 D tau)`: the variance of the Green's function grows in proportion to tau. Walkers
# that take Gaussian steps are samples of it (equations 9 and 10, whose prefactor `(4 pi D
# tau)^(-d/2)` is printed for three dimensions).
#
# </details>

# %% tags=["hide-output"]
walkers = random_walkers(np.zeros((20_000, 1)), D, tau=2.0, num_steps=20, seed=1)[:, 0]
print("variance of the walkers:", walkers.var(), "formula:", 2 * D * 2.0)
assert kstest(walkers, norm(scale=np.sqrt(2 * D * 2.0)).cdf).pvalue > 0.01

grid = Grid([(-16, 16)], 8)
x = grid.axes[0].points
spread = diffuse(heat_kernel(x, D, 1.0), grid, D, 2.0)
assert np.allclose(spread, heat_kernel(x, D, 3.0), atol=1e-12)

figure, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
ax.hist(walkers, bins=60, density=True, color="#56B4E9", alpha=0.5, label="walkers, tau = 2")
for tau in (0.25, 1.0, 2.0):
    ax.plot(x, heat_kernel(x, D, tau), label=f"heat kernel, tau = {tau}")
ax.set(xlabel="x", ylabel="density", xlim=(-6, 6))
ax.legend()

# %% [markdown]
# **With an objective.** Expand psi in the eigenstates of H (equations 17 to 20). Level n is
# damped by `exp(-E_n tau)`: imaginary time is a low-pass filter. **Predict**: what is left, and
# how fast does the energy get there?

# %%
predict("What is left, and how fast?")

# %% [markdown]
# <details><summary>Answer</summary>
#
# The ground state; the energy above E_0 falls as `exp(-2 (E_1 - E_0) tau)`.
#
# </details>

# %% tags=["hide-output"]
problem = Problem(Grid([(-4, 4)], 5), "double_well")
energies, states = eigenstates(problem, D, 32)
start = amplitudes("uniform", problem.grid).real
above = []
for tau in (4.0, 5.0):
    psi = diffusion_reaction(problem, D, tau, start, num_steps=20_000)
    above.append(Hamiltonian(problem, D).energy(psi) - energies[0])
rate = np.log(above[0] / above[1]) / 2
print("measured rate:", rate, "gap:", energies[1] - energies[0])
assert abs(rate / (energies[1] - energies[0]) - 1) < 0.01

# %% [markdown]
# Real time does not do that: every level turns in the complex plane and keeps its weight. That is
# why the circuit anneals D instead of waiting.

# %%
levels = Levels.of(start, energies, states)
turned = np.abs(levels.amplitudes(5.0)) ** 2
assert np.allclose(turned, levels.weights)
print(
    "weight of the ground state:", levels.weights[0], "after tau = 5:", levels.populations(5.0)[0]
)

# %% [markdown]
# **The discrete iteration** (equations 12 to 16) takes explicit steps. **Predict**: what happens
# if the step is a little too large?

# %%
predict("What does a step do that is too large?")

# %% tags=["hide-output"]
flat = Problem(Grid([(0, 8)], 5), "0*x")
noise = np.random.default_rng(0).standard_normal(32)
limit = stable_step(flat.grid, D)
for factor in (0.99, 1.01):
    end = explicit_steps(flat, D, noise, factor * limit, 1000)
    print(f"step {factor} of the limit: largest value {np.abs(end).max():.3g}")
assert np.abs(explicit_steps(flat, D, noise, 0.99 * limit, 1000)).max() < 1
assert np.abs(explicit_steps(flat, D, noise, 1.01 * limit, 1000)).max() > 1e6

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("cool", name="Ada")
print(first)

# %%
print(first.check("1/2"))

# %%
second = ask("zero", name="Ada")
print(second)

# %%
print(second.check("0.5"))
