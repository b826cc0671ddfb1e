"""Lesson: stop an anneal half-way, and let it go on."""

# %% [markdown]
# # Stop and go on
#
# A run with a folder writes a checkpoint after its stages. Here the power fails in the middle.
#
# **Predict.** The run that goes on, and one that was never stopped: equal up to rounding, equal in
# the counts, or equal to the last bit?

# %%
from tempfile import TemporaryDirectory

import numpy as np

from qdml_quantum import Grid, Problem, Schedule, anneal, plot_success
from qdml_quantum.teach import ask, predict

predict("Rounding, counts, or the last bit?")

# %% tags=["hide-output"]
problem = Problem(Grid([(-5.12, 5.12)], num_qubits=7), "rastrigin")
schedule = Schedule.geometric((100, 0.5), num_stages=12, num_steps=20, time_step=0.02)
options = {"shots": 1000, "seed": 2, "validate": False}


def power_cut(record):
    """Fail in the middle, as a machine would."""
    if record.diffusion < 5:
        raise KeyboardInterrupt


with TemporaryDirectory() as folder:
    try:
        anneal(problem, schedule, folder=folder, progress=power_cut, **options)
    except KeyboardInterrupt:
        print("interrupted")
    resumed = anneal(problem, schedule, folder=folder, **options)

whole = anneal(problem, schedule, **options)
assert np.array_equal(resumed.state, whole.state)
assert resumed.counts == whole.counts
print(f"resumed and uninterrupted runs agree to the last bit: P = {whole.success_probability:.3f}")

# %% [markdown]
# <details><summary>Answer</summary>
#
# To the last bit: the state, and the shots too, whose seed is part of the run. The probability near
# the minimum, stage by stage; the interruption was at D = 5.
#
# </details>

# %%
plot_success(resumed)

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("slow", name="Ada")
print(first)

# %%
print(first.check("A"))

# %%
second = ask("step", name="Ada")
print(second)

# %%
print(second.check("0.05"))
