"""One Trotter step on Aer, with the candidates for its settings, against the emulator.

The objective is harmonic, so that every phase is quadratic and made of p and cp gates. All runs of
one size are timed in turn in one process: the whole `run()` of `AerSimulator` including the Python
assembly of a circuit that is already built, and the time Aer reports for the simulation itself.
`default` is what the package does, from the recipe on: synthesis of the blocks, then either gate by
gate or `run()`. `inside` is the time that Aer reports.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from common import arguments, finish, interleaved, median
from qiskit_aer import AerSimulator

from qdml_quantum import Aer, Anneal, Grid, Problem, Schedule, build
from qdml_quantum.backends.base import Task
from qdml_quantum.dynamics.propagate import Propagator

CANDIDATES: dict[str, dict[str, Any]] = {
    "aer_as_shipped": {"method": "statevector"},
    "one_thread": {"method": "statevector", "max_parallel_threads": 1},
    "one_thread_no_fusion": {
        "method": "statevector",
        "max_parallel_threads": 1,
        "fusion_enable": False,
    },
    "all_threads_fusion": {"method": "statevector", "statevector_parallel_threshold": 1},
    "all_threads_no_fusion": {
        "method": "statevector",
        "statevector_parallel_threshold": 1,
        "fusion_enable": False,
    },
    "single_precision": Aer(precision="single").options,
}


def compare(num_qubits: int, names: Sequence[str]) -> dict[str, Any]:
    """Milliseconds a step: every setting, the best double one, the default, the emulator."""
    steps = 16 if num_qubits <= 14 else 4 if num_qubits <= 18 else 2
    problem = Problem(Grid([(-4.0, 4.0)], num_qubits), "harmonic")
    anneal = Anneal(problem, Schedule.constant(0.5, num_steps=steps, time_step=0.01))
    circuit = build(anneal)
    circuit.save_statevector()
    inside: dict[str, list[float]] = {name: [] for name in names}

    def aer(name: str) -> Callable[[], None]:
        simulator = AerSimulator(**CANDIDATES[name])

        def run() -> None:
            result = simulator.run(circuit, shots=1).result()
            inside[name].append(result.results[0].time_taken)

        return run

    propagator = Propagator(problem)
    phases, psi = anneal.recipe.phases, anneal.start
    candidates: dict[str, Callable[[], Any]] = {name: aer(name) for name in names}
    task = Task(anneal)
    candidates["default"] = lambda: Aer().run(task, start=None, on_stage=lambda *_: None)
    candidates["emulator"] = lambda: propagator.run(psi.copy(), phases)
    times = interleaved(candidates, seconds=0.3, rounds=3)
    ms = {name: 1e3 * median(found) / steps for name, found in times.items()}
    best = min(ms[name] for name in names if name != "single_precision")
    return {
        "qubits": num_qubits,
        **ms,
        "best": best,
        "over_best": ms["default"] / best,
        "over_emulator": ms["default"] / ms["emulator"],
        **{f"inside, {name}": 1e3 * median(found) / steps for name, found in inside.items()},
    }


def main() -> None:
    options = arguments(__doc__ or "")
    sizes = [4] if options.quick else [8, 10, 12, 14, 16, 18, 20]
    names = ["aer_as_shipped"] if options.quick else list(CANDIDATES)
    finish("aer", [compare(size, names) for size in sizes], options.output)


if __name__ == "__main__":
    main()
