"""Lesson: Softmax and Sigmoid from a propagated state."""

# %% [markdown]
# # Softmax and Sigmoid, from a propagated state
#
# Imaginary time damps level n by `exp(-E_n tau)` (lesson 10). The populations are squares of
# amplitudes, normalised:
#
#     p_n(tau) = |c_n|^2 exp(-2 E_n tau) / sum_m |c_m|^2 exp(-2 E_m tau)
#
# **Predict.** Which function of machine learning is this, if all c_n are equal? And with two
# levels?

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy.special import expit, softmax

from qdml_quantum import Grid, Problem, eigenstates
from qdml_quantum.reference.theory.diffusion import diffusion_reaction
from qdml_quantum.reference.theory.levels import Levels
from qdml_quantum.teach import ask, predict

D, tau = 0.5, 0.4
problem = Problem(Grid([(-4, 4)], 5), "double_well")
energies, states = eigenstates(problem, D, 32)

predict("Which function of machine learning?")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Softmax of `-2 E_n tau`, and the Sigmoid of `2 (E_1 - E_0) tau`. We do not put the formula in:
# we propagate a state on the grid and look at its levels afterwards.
#
# </details>

# %% tags=["hide-output"]
for count in (2, 4):
    psi = states[:count].sum(axis=0)
    end = diffusion_reaction(problem, D, tau, psi, num_steps=20_000)
    found = Levels.of(end, energies, states).weights[:count]
    print(f"{count} levels, propagated:", found.round(5))
    assert np.allclose(found, softmax(-2 * energies[:count] * tau), atol=1e-5)
    if count == 2:
        assert np.isclose(found[0], expit(2 * (energies[1] - energies[0]) * tau), atol=1e-5)

# %% [markdown]
# **What the paper drops** (equations 21 to 25): the weights `|c_n|^2` and the square of psi,
# which doubles the exponent. With equal weights only the time changes its meaning; with others
# the answer does. `dropped` is the probability that would have to move.

# %%
equal = Levels(energies[:4], [1, 1, 1, 1])
print("equal weights, printed at 2 tau - exact at tau:",
      np.abs(equal.printed_populations(2 * tau) - equal.populations(tau)).max())  # fmt: skip
unequal = Levels(energies[:4], [1, 2, 3, 4])
print("unequal weights, exact:  ", unequal.populations(tau).round(3))
print("                printed: ", unequal.printed_populations(tau).round(3))
print("                dropped: ", round(unequal.dropped(tau), 3))
assert np.allclose(equal.printed_populations(2 * tau), equal.populations(tau))
assert unequal.dropped(tau) > 0.05

# %% [markdown]
# **Temperature.** `1 / (2 tau)` is the temperature of the Softmax. A long imaginary time is a
# cold Softmax: everything in the ground state.

# %%
for time in (0.1, 1.0, 10.0):
    print(f"tau = {time:4}: ground state {equal.populations(time)[0]:.4f}")
assert equal.populations(10.0)[0] > 0.9999

times = np.linspace(0, 3, 100)
figure, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
for n, row in enumerate(np.array([equal.populations(time) for time in times]).T):
    ax.plot(times, row, label=f"level {n}, E = {energies[n]:.2f}")
ax.set(xlabel="imaginary time tau", ylabel="population: a Softmax of -2 E tau")
ax.legend()

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
second = ask("born", name="Ada")
print(second)

# %%
print(second.check("0.5"))
