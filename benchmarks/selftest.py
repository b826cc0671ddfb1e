"""What `qdml selftest` finds on fake devices: a packet that moves, and its closed form.

Five circuits of 4096 shots each, sampled with the noise of a stored calibration, qubits relaxing
while they wait. T is that of `judge_dynamics`, over any two states in changing shares and over any
one state that stands still.
"""

from __future__ import annotations

import tempfile
from typing import Any

from common import arguments, finish
from tqdm.auto import tqdm

from qdml_quantum.runs.self_test import self_test

CASES = (("fake_fez", 3), ("fake_torino", 3), ("fake_fez", 4), ("fake_fez", 5))


def rows_of(device: str, qubits: int) -> list[dict[str, Any]]:
    """One row for each time."""
    with tempfile.TemporaryDirectory() as ledger:
        test = self_test(device, qubits=qubits, ledger=ledger)
    assert test.dynamics is not None
    gates = sorted({plan.costs.two_qubit_gates for plan in test.plans})
    return [
        {
            "motion": test.motion.name,
            "qubits": qubits,
            "device": device,
            "two_qubit_gates": "-".join(map(str, dict.fromkeys((gates[0], gates[-1])))),
            "time": time,
            "exact": exact,
            "measured": measured.value,
            "error": measured.error,
            "T": test.dynamics.value,
            "T over one state": test.dynamics.ratios["static"],
        }
        for time, exact, measured in zip(
            test.motion.times, test.motion.exact, test.measured, strict=True
        )
    ]


def main() -> None:
    options = arguments(__doc__)
    cases = CASES[:1] if options.quick else CASES
    rows = [row for case in tqdm(cases, unit="test") for row in rows_of(*case)]
    finish("selftest", rows, options.output)


if __name__ == "__main__":
    main()
