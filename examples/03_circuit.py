"""Lesson: from a schedule to gates."""

# %% [markdown]
# # From a schedule to gates
#
# A Trotter step is a phase of the objective, a transform to wave numbers, a phase of k^2, and the
# transform back. `build` makes the whole circuit, `evolve` does the same with NumPy.
#
# **Predict.** Three product formulas, ten steps each: Lie with two phases a step, Strang with two
# as well (neighbours merge), Suzuki of fourth order with ten. Which circuit is deepest, and by
# what factor?

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

from qiskit.quantum_info import Statevector

from qdml_quantum import (
    Gaussian,
    Grid,
    Problem,
    Schedule,
    build,
    evolve,
    plot_circuit,
    save_qasm3,
    save_qpy,
)
from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.teach import ask, predict

predict("The deepest circuit, and by what factor?")

# %% tags=["hide-output"]
problem = Problem(Grid([(-4, 4)], num_qubits=5), "harmonic")
packet = Gaussian(center=1.5, width=0.5, momentum=1.0)
schedule = Schedule.constant(0.5, num_steps=10, time_step=0.1)

for formula in ("lie", "strang", "suzuki4"):
    circuit = build(problem, schedule, formula=formula, initial=packet)
    numpy_state = evolve(problem, schedule, formula=formula, initial=packet).state
    distance = state_distance(problem.grid.from_vector(Statevector(circuit).data), numpy_state)
    print(
        f"{formula:8} {dict(circuit.count_ops())}, depth {circuit.depth()}, off by {distance:.1e}"
    )
    assert distance < 1e-10

# %% [markdown]
# Circuits are kept as OpenQASM 3, which every vendor reads, and as QPY, which Qiskit reads exactly.
# The same circuit has the same hash.

# %%
with TemporaryDirectory() as folder:
    print("OpenQASM 3, sha256", save_qasm3(circuit, Path(folder) / "step.qasm"))
    print("QPY, sha256", save_qpy(circuit, Path(folder) / "step.qpy"))

# %% [markdown]
# One step of it, drawn. **Predict** before you look: which gates belong to the objective, and which
# to the transforms? x^2 joins every pair of bits.

# %%
predict("Which gates are the objective's?")

# %% tags=["hide-output"]
plot_circuit(build(problem, Schedule.constant(0.5, num_steps=1, time_step=0.1), formula="lie"))

# %% [markdown]
# ## Two exercises
#
# Your name in place of Ada's draws your numbers. Your answer in place of this one is told which
# mistake it is; a right one gives a code word for your lecturer.

# %%
first = ask("transform", name="Ada")
print(first)

# %%
print(first.check("0.5"))

# %%
second = ask("wheel", name="Ada")
print(second)

# %%
print(second.check("4"))
