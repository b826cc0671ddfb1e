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
plot_energy(result)
