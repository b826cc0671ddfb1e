"""Lesson: any Qiskit backend or sampler."""

# %% [markdown]
# # Any backend: counts alone
#
# One short anneal on four of them: the NumPy emulator, Aer with matrix product states, Qiskit's
# exact sampler, and a fake device with noise. Where gates and edges of a backend are known the
# anneal is planned for them: several circuits are tried, and what noise leaves is predicted.
#
# **Predict.** Success of all four: which are alike, and which is not?

# %%
from qiskit.primitives import StatevectorSampler
from qiskit.providers.fake_provider import GenericBackendV2

from qdml_quantum import Aer, Anneal, Compiler, Grid, Problem, Schedule, anneal, plot_device
from qdml_quantum.teach import ask, predict

predict("Which are alike, which is not?")

# %% tags=["hide-output"]
problem = Problem(Grid([(-2.5, 2.5)], num_qubits=3), "double_well")
short = Anneal(problem, Schedule.geometric((2.0, 0.5), num_stages=2, num_steps=1, time_step=0.15))
quick = Compiler("joint", effort=1.0)

for backend in (
    "emulator",
    Aer(method="matrix_product_state"),
    StatevectorSampler(seed=5),
    GenericBackendV2(3, seed=5),
):
    result = anneal(short, backend=backend, shots=4000, seed=5, compiler=quick)
    signal = next(check for check in result.checks if check.name == "signal")
    print(f"{result.backend:22} success {result.success_probability:.3f}, {signal}")

# %% [markdown]
# The last one as a device sees it: what was measured, what was predicted with its noise, and what
# the noiseless circuit gives.

# %%
plot_device(result)

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("shots", name="Ada")
print(first)

# %%
print(first.check("64"))

# %%
second = ask("survival", name="Ada")
print(second)

# %%
print(second.check("0.5"))
