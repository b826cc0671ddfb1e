"""Lesson: the gap between the two lowest levels from counts of a packet that tunnels."""

# %% [markdown]
# # How fast does a packet tunnel?
#
# A packet sits in the left one of two equal wells. Classically it stays there. The ground state
# and the first excited state are its even and its odd half; they turn with different frequencies,
# so that after half a period of their difference the packet is on the right.
#
# **Predict**: D is the strength of the kinetic term. What happens to the period when it is
# halved?

# %%
from qdml_quantum import Gaussian, Grid, Problem, measure_gap, plot_gap
from qdml_quantum.teach import ask, predict

predict("The period at half the D?")

# %% tags=["hide-output"]
well = Problem(Grid([(-2.5, 2.5)], 4), "symmetric_double_well")
packet = Gaussian(-1.0, 0.4)
fast, slow = (measure_gap(well, d, initial=packet, seed=1) for d in (0.5, 0.25))
print(fast)
print()
print(slow)
assert fast.gap.low < fast.exact < fast.gap.high
assert slow.gap.low < slow.exact < slow.gap.high

# %% [markdown]
# <details><summary>Answer</summary>
#
# The gap falls to less than half, and the period grows by more than twice. Counts of 32 short and
# long circuits gave it to a few per cent; the interval is honest about the other levels that the
# packet holds, which show as a misfit far above 1.
#
# </details>

# %%
assert slow.gap.value < 0.5 * fast.gap.value
plot_gap(slow)

# %% [markdown]
# **Why it matters.** An anneal has to be slow compared with one over the gap, squared: where
# packets tunnel slowly, anneals take long. A computer that has to measure the gap cannot have
# diagonalised the Hamiltonian; what it needs is a guess of the times, and an observable that
# tells the wells apart:

# %%
found = measure_gap(
    well,
    0.25,
    initial=packet,
    times=[1.5 * k for k in range(17)],
    observable=lambda x: x,
    seed=2,
)
print(found)
assert abs(found.gap.value / found.exact - 1) < 0.05

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("tunnel", name="Ada")
print(first)

# %%
print(first.check("2"))

# %%
second = ask("shots", name="Ada")
print(second)

# %%
print(second.check("64"))
