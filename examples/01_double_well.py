"""The main job: anneal a tilted double well on Aer and compare with imaginary time."""

from qdml_quantum import Grid, Problem, anneal

problem = Problem(Grid([(-2.5, 2.5)], num_qubits=6), "double_well")
result = anneal(problem, backend="aer", shots=4096, seed=1)
print(result)
assert result.passed
