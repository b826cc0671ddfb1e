"""Imaginary time as a backend: the classical approximation of the paper, with its two loops."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from qdml_quantum.backends.base import OnStage, Outcome, Task
from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.support.messages import argument


class ImaginaryTime(Emulator):
    """Runs the stages under ``t = -i tau``: ``dpsi/dtau = -(H - min zeta) psi``, normalised.

    The same schedule as in real time, ready to be laid beside it (`Comparison`). Where `relax`
    goes on until it has converged at one D, this follows D stage by stage as the anneal does.
    Options are those of `Emulator`.

    References:
        J. Wang and F. Maimaitiabudula, Quantum Dynamics of Machine Learning, Acta Phys. Sin. 74,
        060701 (2025), doi 10.7498/aps.74.20240999.
    """

    name = "imaginary-time"
    imaginary = True

    def run(
        self, task: Task, *, start: tuple[int, NDArray[Any]] | None, on_stage: OnStage
    ) -> Outcome:
        """Run every stage in turn; see `Backend.run`.

        Raises:
            ValueError: The formula has negative fractions: high energies would grow without bound.
        """
        formula = task.anneal.formula
        if formula.has_negative_fractions:
            raise ValueError(
                argument(
                    "formula",
                    "have no negative fractions in imaginary time",
                    f"`{formula.name}`",
                    "High energies would grow without bound: use strang (--formula strang).",
                )
            )
        return super().run(task, start=start, on_stage=on_stage)
