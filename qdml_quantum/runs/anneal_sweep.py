"""Anneals over fields of a spec: every combination, on all cores or a cluster, as a table."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from qdml_quantum.backends.engines import DEFAULT_ENGINE
from qdml_quantum.runs.result import Result
from qdml_quantum.runs.spec import SPEC_FILES, Spec, run_spec
from qdml_quantum.runs.sweeps import named, sweep, swept
from qdml_quantum.support import html
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import DamagedFileError, bad_value
from qdml_quantum.support.store import finite_json, write_bytes
from qdml_quantum.support.versions import versions
from qdml_quantum.teach.lab.report import Sheet, report_page

_ON_A_CLUSTER = "a cluster runs them one by one"
_OVER = "sweep"
"""Table of a spec file that says which fields take which values."""


@dataclass(frozen=True)
class AnnealTable:
    """What anneals over fields of a spec gave: a row for every combination.

    Attributes:
        fields: Names of the fields that were varied.
        rows: Their values, then success with its interval, energy, fidelity with the ground state,
            minimizer, minimum, qubits, steps, seconds, whether all checks passed, and which failed;
            with how many others it was moved `together` (1 for none), and with the engine of JAX
            why it was `alone`, if it was.

    >>> table = sweep_anneals({"qubits": [3, 4]}, objective="harmonic", backend="emulator",
    ...                       stages=3, steps=2, validate=False, workers=1)
    >>> [(row["qubits"], row["num_steps"]) for row in table.rows]
    [(3, 6), (4, 6)]
    """

    fields: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]

    @property
    def passed(self) -> bool:
        """Whether all checks of all anneals passed."""
        return all(row["passed"] for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {"fields": list(self.fields), "rows": [dict(row) for row in self.rows]}

    def to_csv(self) -> str:
        """The rows under one line of names; lists and tables are JSON."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _cell(value) for key, value in row.items()} for row in self.rows)
        return text.getvalue()

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`: a row per anneal.

        Raises:
            ImportError: pandas is not installed.
        """
        return require("pandas", "Data frames").DataFrame([dict(row) for row in self.rows])

    def to_html(self, path: str | Path) -> Path:
        """Write the rows as a page, and return the path.

        One file below 300 kB without network: columns are sorted by a press, and the interval of
        the success is drawn beside it.

        Raises:
            OSError: The file cannot be written.
        """
        plain = {
            "energy": "energy",
            "exact_energy": "exact",
            "fidelity": "fidelity",
            "minimum": "minimum",
            "num_qubits": "qubits",
            "num_steps": "steps",
            "seconds": "seconds",
        }
        columns = [(name, _kind(self.rows, name)) for name in self.fields]
        columns += [("success", "interval"), ("checks", "text")]
        columns += [
            (name if short in self.fields else short, "number") for name, short in plain.items()
        ]
        rows = []
        for row in self.rows:
            interval = [row["success"], row["success_low"], row["success_high"]]
            cells = [
                row[name] if _is_plain(row[name]) else _cell(row[name]) for name in self.fields
            ]
            numbers = [row[name] for name in plain]
            rows.append(
                [
                    *cells,
                    interval,
                    " ".join(row["failed"]) or "pass",
                    *numbers,
                ]
            )
        passed = sum(bool(row["passed"]) for row in self.rows)
        words = [f"{passed} of {len(rows)} anneals passed all their checks."]
        page = report_page("A sweep of anneals", words, [Sheet("Anneals", columns, rows)])
        path = Path(path)
        write_bytes(path, page.encode())
        return path

    def _repr_html_(self) -> str:
        shown = self._shown
        rows = [[_short(row[name]) for name in shown] for row in self.rows]
        return html.block(f"{len(rows)} anneals", html.table(rows, shown))

    @property
    def _shown(self) -> tuple[str, ...]:
        """Columns that people look at."""
        return (*self.fields, "success", "energy", "fidelity", "num_steps", "seconds", "failed")

    def __str__(self) -> str:
        shown = self._shown
        lines = [shown, *([_short(row[name]) for name in shown] for row in self.rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(shown))]
        return "\n".join(
            "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True))
            for line in lines
        )


def sweep_anneals(
    over: Mapping[str, Sequence[Any]],
    *,
    folder: str | Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = False,
    **fields: Any,
) -> AnnealTable:
    """Anneal every combination of values of some fields of a spec, the others being the same.

    Fields are those of `Spec`, which are the options of ``qdml run``: `objective`, `qubits`,
    `schedule`, `formula`, `seed` and so on.

    With ``engine="jax"`` anneals on grids of one size, with as many stages of as many steps, are
    moved at once by one program, in this process: other schedules, objectives and starts of one
    shape. Every row is what the anneal says alone, to 1e-12, but for the seconds: its part.

    Args:
        over: Fields and the values that they take, every one with every other.
        folder: Where each result is kept as soon as it is there; the same call made again goes on.
        workers: Processes, see `sweep`.
        scheduler: Of a Dask cluster, see `sweep`.
        progress: Show a bar.
        fields: The other fields; the objective is needed, here or in `over`.

    Raises:
        ValueError: An unknown field, one without values, one that is given twice, or a value that
            `Spec` refuses; before anything runs.
        RuntimeError: An anneal failed; the message has its spec, and what was finished is kept.

    >>> table = sweep_anneals({"formula": ["lie", "strang"], "seed": [0, 1]}, objective="harmonic",
    ...                       backend="emulator", qubits=4, validate=False, workers=1)
    >>> len(table.rows), table.rows[-1]["formula"], table.rows[-1]["seed"]
    (4, 'strang', 1)
    """
    if not over:
        raise bad_value("over", "name a field", over, 'Write {"seed": [0, 1, 2]}.')
    for name, values in over.items():
        if isinstance(values, str) or not isinstance(values, Sequence) or not len(values):
            raise bad_value(f"over[{name!r}]", "be a list of values", values)
        if name in fields:
            raise bad_value(name, "be given once, as a field or in `over`", fields[name])
    pairs = [dict(zip(over, values, strict=True)) for values in product(*over.values())]
    specs = [Spec.from_dict({**fields, **pair}, where="the sweep") for pair in pairs]
    used = versions(circuits=True)
    tasks = [
        {"of": finite_json(pair), "spec": finite_json(spec.to_dict()), "versions": used}
        for pair, spec in zip(pairs, specs, strict=True)
    ]
    kept: dict[str, Any] = {"folder": folder, "progress": progress}
    # A cluster runs them one by one; here JAX uses all cores, or the one accelerator.
    joint = [spec.engine != DEFAULT_ENGINE and scheduler is None for spec in specs]
    some = [task for task, is_joint in zip(tasks, joint, strict=True) if is_joint]
    others = [task for task, is_joint in zip(tasks, joint, strict=True) if not is_joint]
    alone = sweep(annealed, others, workers=workers, scheduler=scheduler, **kept) if others else []
    together = swept(annealed, some, _annealed_together, **kept) if some else []
    rows_of = {True: iter(together), False: iter(alone)}
    results = [next(rows_of[is_joint]) for is_joint in joint]
    rows = ({**finite_json(pair), **row} for pair, row in zip(pairs, results, strict=True))
    return AnnealTable(tuple(over), tuple(rows))


def annealed(task: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the table."""
    spec = Spec.from_dict(task["spec"])
    return _row(run_spec(spec), 1, "" if spec.engine == DEFAULT_ENGINE else _ON_A_CLUSTER)


@contextmanager
def _annealed_together(
    tasks: Mapping[int, Mapping[str, Any]],
) -> Iterator[Iterator[tuple[int, dict[str, Any]]]]:
    """Rows of tasks for the engine of JAX, by their numbers, as they come."""
    from qdml_quantum.runs.together import Company  # Late: mistakes in specs are said without it.

    def rows() -> Iterator[tuple[int, dict[str, Any]]]:
        company = Company()
        for number, task in tasks.items():
            spec = Spec.from_dict(task["spec"])
            moved = named(partial(company.join, number, spec), task)
            if moved is not None:
                yield number, _row(moved.result, moved.together, moved.alone)
        for number, ready in company.go():
            moved = named(ready, tasks[number])
            yield number, _row(moved.result, moved.together, moved.alone)

    yield rows()


def _row(result: Result, together: int, alone: str) -> dict[str, Any]:
    success, reference = result.success, result.reference
    return dict(
        finite_json(
            {
                "success": success.value,
                "success_low": success.low,
                "success_high": success.high,
                "energy": result.energy,
                "exact_energy": None if reference is None else reference.energy,
                "fidelity": result.fidelity,
                "minimizer": list(result.minimizer),
                "minimum": result.minimum,
                "num_qubits": result.resources["num_qubits"],
                "num_steps": result.resources["num_steps"],
                "seconds": result.resources["seconds"],
                "passed": result.passed,
                "failed": [check.name for check in result.checks if not check.passed],
                "together": together,
                "alone": alone,
            }
        )
    )


def read_sweep(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fields of a spec file, and those that its table `sweep` varies.

    Raises:
        FileNotFoundError: There is no such file.
        DamagedFileError: It is no TOML or JSON file, or has no table `sweep`.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        must = f"must be a spec file ({', '.join(SPEC_FILES)})"
        raise DamagedFileError(f"File `{path}` {must}: {error}.") from None
    over = data.pop(_OVER, None) if isinstance(data, dict) else None
    if not isinstance(over, dict):
        raise DamagedFileError(
            f"File `{path}` has no table `{_OVER}`. Write [{_OVER}] and below it seed = [0, 1, 2]."
        )
    return data, over


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _kind(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    """Numbers are sorted by size, all else by letters."""
    return "number" if all(isinstance(row[name], int | float) for row in rows) else "text"


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value) or "-"
    return "-" if value is None else str(value)
