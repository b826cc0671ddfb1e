"""From a schedule to gates: build a circuit, count it, export it, and check it against NumPy."""

from pathlib import Path
from tempfile import TemporaryDirectory

from qiskit.quantum_info import Statevector

from qdml_quantum import Gaussian, Grid, Problem, Schedule, build, evolve, save_qasm3, save_qpy
from qdml_quantum.diagnostics.metrics import state_distance

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

with TemporaryDirectory() as folder:
    print("OpenQASM 3, sha256", save_qasm3(circuit, Path(folder) / "step.qasm"))
    print("QPY, sha256", save_qpy(circuit, Path(folder) / "step.qpy"))
