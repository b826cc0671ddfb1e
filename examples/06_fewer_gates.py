"""Two-qubit gates decide what a device still sees: the same step, compiled in four ways.

Prints the cost of one Trotter step of a tilted double well between all pairs of qubits and on a
heavy-hex lattice, next to Qiskit's public methods.
"""

from qdml_quantum import Grid, Problem, compile_phase
from qdml_quantum.synthesis.networks.compare import compare_step

problem = Problem(Grid([(-2.5, 2.5)], num_qubits=4), "double_well")

print("The potential phase alone, within 0.01 rad:")
print(compile_phase(problem, angle=0.1, budget=("max", 0.01), effort=0.5).report)

for target in ("all-to-all", "heavy-hex"):
    print(f"\nOne step, {target}:")
    for cost in compare_step(problem, diffusion=0.1, time_step=0.1, target=target, effort=1.0):
        print(f"  {cost.method:<24}{cost.two_qubit_gates:>4}, depth {cost.two_qubit_depth}")
