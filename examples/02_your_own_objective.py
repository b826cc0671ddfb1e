"""Lesson: objectives of your own, as a function, a formula and a table."""

# %% [markdown]
# # An objective of your own
#
# A Python function of two variables, the same as a typed formula, and the same as a table of its
# values: three ways to write one problem. Functions get arrays, whole rows of points at once.
#
# **Predict.** The valley is rippled in x and slanted. Where is its lowest point? And may the three
# answers differ?

# %%
import numpy as np

from qdml_quantum import Grid, Problem, anneal, as_objective, plot_map
from qdml_quantum.teach import ask, predict

predict("The lowest point, and may the three differ?")


# %% tags=["hide-output"]
def valley(x, y):
    """A slanted, rippled valley with its lowest point near (0, 0)."""
    return x**2 + (y - x / 2) ** 2 + np.sin(3 * x) ** 2 / 2


box = [(-2, 2), (-2, 2)]
callable_one = Problem(Grid(box, num_qubits=5), as_objective(valley, name="valley"))
typed = Problem(Grid(box, num_qubits=5), "x**2 + (y - x/2)**2 + sin(3*x)**2 / 2")
table = Problem.from_table(typed.values, box, name="valley from a table")
assert np.allclose(callable_one.values, typed.values)

for problem in (callable_one, typed, table):
    result = anneal(problem, shots=2000, seed=3)
    print(
        f"{problem.objective.name}: minimizer {result.minimizer}, "
        f"success {result.success}, uniform {result.goal.baseline:.3f}"
    )

# %% [markdown]
# <details><summary>Answer</summary>
#
# All three are the same numbers on the same grid, so that the same seed gives the same shots. The
# map shows where they fell, on the contours of the objective.
#
# </details>

# %%
plot_map(result)

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("grid", name="Ada")
print(first)

# %%
print(first.check("0.5"))

# %%
second = ask("edge", name="Ada")
print(second)

# %%
print(second.check("reflected"))
