"""Lesson: wave packets, and what an objective does to them, order by order."""

# %% [markdown]
# # Wave packets: what an objective does, order by order
#
# The paper reads learning as the motion of a wave packet, `i dpsi/dt = [-D psi'' + zeta(x) psi]`
# (equations 5 to 7). Near a point a, zeta is `zeta(a) + zeta'(a) (x - a) + zeta''(a) (x - a)^2 /
# 2`. What does each term do?

# %%
import numpy as np

from qdml_quantum import Gaussian, Grid, Problem, Schedule, anneal, as_objective, evolve, taylor
from qdml_quantum.reference.theory.packets import Moments, moments_of, packet_moments
from qdml_quantum.teach import ask, predict

D, time = 0.5, 2.0
grid = Grid([(-12, 12)], num_qubits=7)
start = Moments(center=1.0, momentum=0.0, width=1.0)
packet = Gaussian(start.center, start.width, start.momentum)
steps = Schedule.constant(D, num_steps=16, time_step=time / 16)


def run(zeta):
    return moments_of(evolve(Problem(grid, zeta), steps, initial=packet).state, grid)


# %% [markdown]
# **Predict.** Zeroth order: zeta is a constant, a global phase. Does the packet stay as it is?

# %%
predict("Does the packet stay as it is?")

# %% [markdown]
# <details><summary>Answer</summary>
#
# No: a narrow packet holds many wave numbers, and each moves at its own speed `2 D k`. Its width
# grows as `sqrt(sigma_0^2 + (D t / sigma_0)^2)`.
#
# </details>

# %% tags=["hide-output"]
free = run("3 + 0*x")
print("width after t = 2:", free.width, "formula:", packet_moments(start, D, time).width)
assert abs(free.width - packet_moments(start, D, time).width) < 1e-6

# %% [markdown]
# The same as a quantum circuit: preparation, transform, phases, transform back.

# %%
circuit = anneal(Problem(grid, "0*x"), steps, initial=packet, backend="aer", validate=False)
print("width of the circuit on Aer:", moments_of(circuit.state, grid).width)
assert abs(moments_of(circuit.state, grid).width - free.width) < 1e-6

# %% [markdown]
# **Predict.** First order: a slope. Which way, and how far?

# %%
predict("Which way, and how far?")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Ehrenfest: the mean obeys `d^2<x>/dt^2 = -2 D zeta'`, so that it falls by `D zeta' t^2`. The
# width is that of the free packet: a slope moves the packet and does not change its shape. (The
# paper prints the constant zeta'(a) alone: that would again be nothing but a phase.)
#
# </details>

# %% tags=["hide-output"]
slope = run("0.7*x")
print("mean:", slope.center, "formula:", start.center - D * 0.7 * time**2)
assert abs(slope.center - (start.center - D * 0.7 * time**2)) < 1e-6
assert abs(slope.width - free.width) < 1e-6

# %% [markdown]
# **Predict.** Second order: a bowl `zeta = c x^2 / 2`. The packet oscillates, with `w = sqrt(2 D
# c)`. Where is it after half a period?

# %%
predict("Where is it after half a period?")

# %% tags=["hide-output"]
bowl = run("x**2")  # c = 2, w = sqrt(2)
expected = packet_moments(start, D, time, curvature=2.0)
print("mean:", bowl.center, "formula:", expected.center)
assert abs(bowl.center - expected.center) < 1e-2  # The error of 16 Trotter steps.

# %% [markdown]
# The mean and the width on the way, in the bowl:

# %%
period = np.pi * np.sqrt(2 / D)
evolve(
    Problem(grid, "x**2"),
    D,
    times=np.linspace(0, period, 60),
    observables=("x", "x_width"),
    initial=packet,
).plot()

# %% [markdown]
# **A real objective.** Its Taylor polynomial at the packet says where the packet goes, as long as
# the packet is narrow against the scale on which zeta bends. Each order is better than the one
# before.

# %%
zeta = as_objective("20*cos(x)")
grid, D = Grid([(-3.14159, 3.14159)], num_qubits=9), 0.015
packet, steps = Gaussian(0.4, 0.12), Schedule.constant(D, num_steps=64, time_step=1 / 64)
true = run(zeta).center
errors = [abs(run(taylor(zeta, [0.4], order)).center - true) for order in (0, 1, 2)]
print("error of the mean at order 0, 1, 2:", errors)
assert errors[0] > 5 * errors[1] > 10 * errors[2]

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("width", name="Ada")
print(first)

# %%
print(first.check("1"))

# %%
second = ask("period", name="Ada")
print(second)

# %%
print(second.check("pi"))
