"""Lesson: imaginary time as a circuit, by one ancilla that says which runs to keep."""

# %% [markdown]
# # Can a circuit go through imaginary time?
#
# Imaginary time, `exp(-H tau)`, makes the ground state of anything. A circuit is unitary and
# cannot do it: it keeps the norm. But it can evolve forward *and* backward in time at once, with
# an ancilla in `|0> + |1>` that gives the sign, and keep the runs in which the two agree:
#
#     (exp(-i (H - E) t) + exp(i (H - E) t)) / 2 = cos((H - E) t).
#
# M rounds of it are `exp(-M t^2 (H - E)^2 / 2)` near E: imaginary time, of the square of H - E.
#
# **Predict**: an anneal has found the ground state with fidelity F. With which probability are
# runs kept, if nothing but the ground state is left?

# %%
import matplotlib.pyplot as plt
import numpy as np

from qdml_quantum import Grid, Problem, Schedule, cosine_filter, optimize_schedule
from qdml_quantum.teach import ask, predict

predict("The probability that a run is kept?")

# %% tags=["hide-output"]
well = Problem(Grid([(-2.5, 2.5)], 5), "double_well")
short = Schedule.geometric((4.0, 0.1), num_stages=8, num_steps=4, time_step=0.2)
filtered = cosine_filter(well, short)
print(filtered)
assert filtered.fidelity[-1] > 0.995
assert abs(filtered.probability / filtered.fidelity[0] - 1) < 0.02

# %% [markdown]
# <details><summary>Answer</summary>
#
# With F: what is taken away is lost. The first round has `t = pi / (2 (E_1 - E_0))`, where the
# cosine of the first excited state is 0; the next ones have half the time each, for the levels
# above it.
#
# </details>

# %% [markdown]
# **The circuit.** The transforms around the kinetic phase are the same in both directions of
# time, so that only phases need the ancilla, and a phase with a sign is the diagonal of one more
# qubit. **Predict**: how many more two-qubit gates does such a step take than one without an
# ancilla?

# %%
predict("How many more gates has a step?")

# %% tags=["hide-output"]
steps = sum(filtered.num_steps)
per_step, plain = filtered.gates[1] / steps, filtered.gates[0] / short.num_steps
print(f"{per_step:.0f} gates a step with an ancilla, {plain:.0f} without")
assert per_step < 1.4 * plain
print(filtered.circuit.count_ops())

figure, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
ax.plot(filtered.fidelity, "o-", color="#0072B2")
ax.set(xlabel="rounds of the filter", ylabel="fidelity with the ground state")
ax.set_xticks(range(len(filtered.fidelity)))

# %% [markdown]
# **What it costs.** Runs that are lost have been paid for. Is there something better to do with
# so many gates? A slower anneal, for one, and a few steps with optimised angles.
#
# **Predict** the order of the three.

# %%
predict("The order of the three?")

# %% tags=["hide-output"]
slower = Schedule.geometric((4.0, 0.1), num_stages=8, num_steps=8, time_step=0.2)
few = optimize_schedule(well, 8, diffusion=0.1, num_starts=4)
results = {"32 steps": filtered}
for name, schedule in (("64 steps", slower), ("8 optimised steps", few)):
    results[name] = cosine_filter(well, schedule)
for name, one in results.items():
    print(
        f"{name:>17}: {one.fidelity[0]:.3f} with {one.gates[0]:>4} gates, filtered "
        f"{one.fidelity[-1]:.3f} with {one.gates_per_state:>4.0f} for a run that is kept"
    )
optimised = results["8 optimised steps"]
assert optimised.fidelity[0] > 0.95
assert optimised.fidelity[-1] > 0.99
assert optimised.gates_per_state > 5 * optimised.gates[0]

# %% [markdown]
# <details><summary>Answer</summary>
#
# Twice as many steps help this anneal little: it loses what it loses where D falls fast. Optimised
# angles reach 0.976 with a sixth of the gates of 32 steps; the filter makes 0.998 of it, and a run
# that is kept takes nine times as many gates as one before. So the filter is no advice. It is worth
# knowing because the angles were found by a computer that knows the answer, while it needs an
# energy and a gap only, and because it says itself when it has failed.
#
# </details>

# %% [markdown]
# **Predict**: the energy is not known exactly. What does a guess that is wrong by a quarter of
# the gap change, the fidelity or the probability?

# %%
predict("Does a wrong guess change fidelity or probability?")

# %% tags=["hide-output"]
gap = np.pi / (2 * filtered.times[0])
wrong = cosine_filter(well, short, energy=filtered.energy - gap / 4, times=filtered.times)
print(f"probability {wrong.probability:.3f}, fidelity {wrong.fidelity[-1]:.4f}")
assert wrong.probability < 0.9 * filtered.probability
assert filtered.fidelity[0] < wrong.fidelity[-1] < filtered.fidelity[-1]

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
second = ask("tunnel", name="Ada")
print(second)

# %%
print(second.check("2"))
