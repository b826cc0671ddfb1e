"""`qdml sweep`: anneals over the fields of a spec."""

from __future__ import annotations

import argparse
from pathlib import Path

from qdml_quantum.cli import options as shared


def _add(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", help="a spec file with a table `sweep` of fields and the values that they take")
    add("--workers", type=int, metavar="N", help="processes (default: one per core)")
    add("--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://10.0.0.1:8786")
    add = shared.add_output(parser, figures=True)
    folder, text = shared.to_write(folder=True), "where results are kept"
    add("--output", metavar="DIR", type=folder, default=f"{shared.RUNS}/sweeps", help=text)
    shared.add_html(add, "the table")


def _sweep(options: argparse.Namespace) -> int:
    import json

    from qdml_quantum.runs.anneal_sweep import read_sweep, sweep_anneals
    from qdml_quantum.support.store import write_bytes, write_json

    fields, over = read_sweep(options.file)
    folder = Path(options.output) / Path(options.file).stem
    table = sweep_anneals(
        over,
        folder=folder / "runs",
        progress=not options.json,
        **shared.given_of(options, "workers scheduler"),
        **fields,
    )
    files = [folder / "table.csv", folder / "table.json"]
    write_bytes(files[0], table.to_csv().encode())
    write_json(files[1], table.to_dict())
    if options.html:
        files.append(table.to_html(options.html))
    picture = folder / "success.png"
    drawn = shared.drawn(options, lambda plot: [shared.draw(plot.plot_sweep(table), picture)])
    files += map(Path, drawn)
    facts = table.to_dict() | {"written": [str(file) for file in files]}
    shown = [table, *(f"written: {file}" for file in files)]
    shared.report(options, json.loads(json.dumps(facts)), shown)
    return 0 if table.passed else shared.FAILED


COMMANDS = (shared.Command("sweep", "anneal over fields of a spec, as a table", _add, _sweep),)
