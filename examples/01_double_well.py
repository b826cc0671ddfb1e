"""Lesson: anneal a tilted double well, and look whether to believe it."""

# %% [markdown]
# # The main job: a tilted double well
#
# Two wells, the left one a little lower. The wave begins everywhere, and the diffusion coefficient
# D falls in stages while it evolves. The circuit runs on the Aer simulator and is measured 4096
# times.
#
# **Predict.** In which well are most of the shots, and what share of them? Chance, with as many
# points near the minimum as there are, would put 20 % there.

# %%
from qdml_quantum import Grid, Problem, anneal, plot_energy, plot_stages
from qdml_quantum.teach import ask, predict

predict("Which well, and what share of the shots?")

# %% tags=["hide-output"]
problem = Problem(Grid([(-2.5, 2.5)], num_qubits=6), "double_well")
result = anneal(problem, backend="aer", shots=4096, seed=1)
print(result)
assert result.passed

# %% [markdown]
# The dashed line is the ground state at the last D, found classically by imaginary time: the best
# that a slow anneal can reach. Light curves are early stages, dark ones late.

# %%
plot_stages(result)

# %% [markdown]
# **Predict.** The energy of the wave lies above the ground-state energy where the anneal was too
# fast. At which D is that worst: at the beginning, in the middle, or at the end?

# %%
predict("Where is the energy furthest above: begin, middle, end?")

# %% tags=["hide-output"]
plot_energy(result)

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
second = ask("zero", name="Ada")
print(second)

# %%
print(second.check("0.5"))
