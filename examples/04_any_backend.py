"""Any Qiskit backend or sampler: counts only, compared with the ideal histogram."""

from qiskit.primitives import StatevectorSampler
from qiskit.providers.fake_provider import GenericBackendV2

from qdml_quantum import Aer, Grid, Problem, Schedule, anneal

problem = Problem(Grid([(-2.5, 2.5)], num_qubits=3), "double_well")
schedule = Schedule.geometric((2.0, 0.5), num_stages=2, num_steps=1, time_step=0.15)

for backend in (
    "emulator",
    Aer(method="matrix_product_state"),
    StatevectorSampler(seed=5),
    GenericBackendV2(3, seed=5),
):
    result = anneal(problem, schedule, backend=backend, shots=4000, seed=5)
    signal = next(check for check in result.checks if check.name == "signal")
    print(f"{result.backend:22} success {result.success_probability:.3f}, {signal}")
