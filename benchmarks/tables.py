"""Write the tables of benchmarks/README.md, and that of docs/minimize.md, from their JSON.

    python benchmarks/tables.py [FILE.json ...]

A file that is named is what a script wrote to `benchmarks/results/`: it is copied to `published/`,
which is what the page shows. In the page a table stands below a comment with its name.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from string import Formatter
from typing import Any

PAGE = Path(__file__).with_name("README.md")
PUBLISHED = Path(__file__).with_name("published")
GUIDE = Path(__file__).parents[1] / "docs/minimize.md"
"""Shows the rows of `minimize.json` as well, without the intervals."""
FUNCTIONS = {
    "the five": "the five",
    "gaussians": "eight Gaussian wells",
    "griewank": "Griewank, 1200 wide",
    "salomon": "Salomon, 200 wide",
    "rotated": "Rastrigin, rotated",
    "needle": "a needle in a bowl",
}

LEDGER = {
    "trials": "{name} ({trials})",
    "kills": "{kills}",
    "jobs": "{jobs}",
    "ran": "{ran}",
    "cancelled": "{cancelled}",
    "duplicates": "{duplicates}",
    "not known yet": "{ambiguous}",
    "results": "{results}",
    "lost": "{lost}",
    "no result": "{no_result}",
    "wrong": "{wrong_counts}",
    "untold": "{untold}",
    "unresolved": "{unresolved}",
    "hung": "{hung}",
}
TABLES = {
    "emulator": {
        "qubits": "{qubits}",
        "precision": "{precision}",
        "bare, ms": "{bare_ms:digits}",
        "emulator, ms": "{emulator_ms:digits}",
        "ratio": "{ratio:.2f}",
    },
    "jax_engine": {
        "row": "{row}",
        "qubits": "{qubits}",
        "ours, ms": "{ours_ms:digits}",
        "theirs, ms": "{theirs_ms:digits}",
        "ratio": "{ratio:.2f}",
    },
    "defaults_remedies": {
        "objective": "{objective}",
        "options": "`{options}`",
        "steps": "{steps}",
        "fidelity": "{fidelity:.3f}",
        "success (chance)": "{success:.3f} ({uniform:.3f})",
        "red": "{red}",
        "s": "{seconds:.0f}",
    },
    "lab_page": {
        "state": "{state}",
        "first picture, ms": "{first picture, ms:.0f}",
        "its processor time, ms": "{its processor time, ms:.0f}",
        "frame, ms": "{frame, ms:.1f}",
        "loop, ms": "{loop, ms:.1f}",
        "frames/s": "{frames/s:.0f}",
    },
    "growth": {
        "what": "{what}",
        "from": "{from}",
        "to": "{to}",
        "first, ms": "{first_ms:digits}",
        "last, ms": "{last_ms:digits}",
        "exponent": "{exponent:digits}",
    },
    "aer": {
        "qubits": "{qubits}",
        "as shipped": "{aer_as_shipped:digits}",
        "best setting": "{best:digits}",
        "default of the package": "{default:digits}",
        "default / best": "{over_best:.2f}",
        "emulator": "{emulator:digits}",
        "default / emulator": "{over_emulator:digits}",
    },
    "lightning": {
        "qubits": "{qubits}",
        "gates": "{number}",
        "`GateByGate`, ms": "{gates:digits}",
        "device, ms": "{device:digits}",
        "ratio": "{gates / device:.2f}",
        "its bindings, ms": "{bindings:digits}",
        "ratio to them": "{gates / bindings:.1f}",
    },
    "speed": {
        "what": "{what}",
        "on": "{on}",
        "measured": "{measured:digits}",
        "at most": "{at most}",
    },
    "schedules": {
        "objective": "{objective}",
        "qubits": "{qubits}",
        "schedule": "{schedule}",
        "steps": "{steps}",
        "F": "{fidelity:.3f}",
        "fails": "{fails}",
    },
    "optimization": {
        "method": "`{method}`",
        "boxes": "{boxes}",
        "success [95 %]": "{success:.3f} [{low:.3f}, {high:.3f}]",
        "worst function": "{worst:.2f}",
        "near the minimum": "{near_minimum:.3f}",
        "evaluations": "{nfev:.0f}",
        "to solution": "{to_solution:.0f}",
    },
    "few_steps": {
        "case": "{case}",
        "off": "{robust:.0%}",
        "members": "{members}",
        "S": "{steps}",
        "seed": "{seed}",
        "folded": "{fold}",
        "worst": "{worst:.3f}",
        "aim": "{least}",
        "scaled": "{scaled:.3f}",
        "moved": "{moved:.3f}",
        "mirrored": "{mirrored:.3f}",
        "reversed": "{reversed:.3f}",
        "none (chance)": "{none:.3f} ({chance:.3f})",
        "they are": "{word}",
        "CX": "{two_qubit}",
        "load": "{load}",
        "s": "{seconds:.0f}",
    },
    "few_steps_family": {
        "seed": "{seed}",
        "worst of the six trained": "{trained:.3f}",
        "median of 60": "{median:.3f}",
        "above 0.9": "{above 0.9:.0%}",
        "least": "{least:.3f}",
        "s": "{seconds:.0f}",
    },
    "loading": {
        "state, qubits": "{state}",
        "fidelity": "{wanted}",
        "CX": "{cx}",
        "aim": "{aim}",
        "depth": "{depth}",
        "s": "{seconds:.2g}",
    },
    "loading_rivals": {
        "state": "{state}",
        "fidelity": "{fidelity}",
        "ours": "{ours}",
        "qclib": "{qclib}",
        "mps-to-circuit": "{mps-to-circuit}",
        "aqc-tensor": "{aqc-tensor}",
        "Qiskit": "{qiskit}",
        "ours to the best": "{ratio:.2f}",
    },
    "loading_anneals": {
        "qubits": "{qubits}",
        "CX at 0.99": "{cx at 0.99}",
        "CX at 0.999": "{cx at 0.999}",
        "ideal success": "{ideal:.3f}",
        "CZ on FakeFez": "{cx on FakeFez}",
        "success": "{success:.3f}",
        "of the ideal": "{share of the ideal:.3f}",
    },
    "monte_carlo": {
        "d": "{d}",
        "guide": "{guide}",
        "E0 (seed 0)": "{first_energy:.4f} +- {first_error:.4f}",
        "largest deviation, %": "{largest_deviation_percent:digits}",
        "largest pull": "{largest_pull:.1f}",
    },
    "baselines_plane": {
        "function": "{function}",
        "shifted": "{shifted}",
        "runs": "{runs}",
        "`minimize`": "{minimize}",
        "MQHOA 2016": "{mqhoa}",
        "MQHOA 2013": "{mqhoa_2013}",
        "halving": "{mqhoa_halving}",
        "subpopulations": "{mqhoa_subpopulations}",
        "annealing": "{annealing}",
        "one descent": "{descent}",
        "descents": "{descents}",
    },
    "baselines": {
        "function": "{function}",
        "method": "{method}",
        "hits": "{hits} of {runs}",
        "evaluations": "{evaluations:digits}",
    },
    "selftest": {
        "motion": "{motion}, {qubits} qubits",
        "device": "{device}",
        "CZ": "{two_qubit_gates}",
        "time": "{time:.2f}",
        "<x>, exact": "{exact:.2f}",
        "measured": "{measured:.2f} +- {error:.2f}",
        "T": "{T:.0f}",
        "over one state": "{T over one state:.0f}",
    },
    "gap": {
        "D": "{D}",
        "exact gap": "{exact:.4f}",
        "runs": "{runs}",
        "within two errors [95 %]": "{within} [{from:.3f}, {to:.3f}]",
        "rms pull": "{rms_pull:.2f}",
        "error, %": "{error_percent:.1f}",
        "rms distance, %": "{rms_percent:.2f}",
        "s": "{seconds:.2f}",
    },
    "gradient": {
        "grid": "{grid}",
        "steps": "{steps}",
        "batch": "{batch}",
        "evolution, ms": "{evolution_ms:digits}",
        "gradient, ms": "{gradient_ms:digits}",
        "ratio": "{ratio:.2f}",
    },
    "qhd": {
        "function": "{function}",
        "ours": "{ours:.4f}",
        "published": "{published:.4f}",
        "difference": "{difference}",
    },
    "synthesis_aims": {
        "measure": "{measure}",
        "qubits": "{qubits}",
        "aim": "{aim:digits}",
        "ours": "{ours:digits}",
        "worst": "{worst:digits}",
        "least": "{least:digits}",
        "reached": "{reached}",
    },
    "synthesis_ends": {
        "qubits": "{qubits}, {target}",
        "steps": "{steps}",
        "at the end": "{plain}",
        "as it goes": "{dynamic}",
        "rounds of feed-forward": "{feed_forward}",
    },
    "synthesis_half_cell": {
        "objective": "{case}",
        "qubits": "{qubits}",
        "CX": "{plain}",
        "moved": "{ours}",
        "s": "{seconds:digits}",
    },
    "synthesis_large": {
        "axes": "{axes}",
        "products": "{products}",
        "one gate a term": "{bound}",
        "CX": "{ours}",
        "s": "{seconds:.0f}",
        "MB": "{MB:.0f}",
    },
    "synthesis_ratios": {
        "part": "{part}",
        "qubits": "{qubits}",
        "objectives": "{cases}",
        "ours to the best public": "{to_public:.3f}",
        "worst": "{worst:.3f}",
        "least to the best public": "{bound_to_public:.3f}",
        "ours to the least": "{to_bound:.3f}",
        "worst to the least": "{worst_to_bound:.3f}",
    },
    "trained": {
        "qubits per axis": "{qubits_per_axis}",
        "steps": "{steps}",
        "near": "{near:.3f}",
        "geometric": "{geometric:.3f}",
        "lowest": "{lowest:.0f}",
        "worst": "{lowest_worst:.1f}",
    },
    "hardware": {
        "device": "{device}",
        "schedule": "{schedule}",
        "qubits": "{qubits}",
        "steps": "{steps}",
        "F_u": "{F_u:.2f}",
        "S, ours": "{S ours:.3f} +- {+- ours:.3f}",
        "S, plain": "{S plain:.3f} +- {+- plain:.3f}",
        "two-qubit gates, ours": "{2q ours}",
        "plain": "{2q plain}",
        "aim": "{aim} {met}",
    },
    "minimize": {
        "d": "{d}",
        "functions": "{functions}",
        "`minimize`": "{minimize}",
        "greedy": "{greedy}",
        "refined": "{refined}",
        "uniform": "{uniform}",
        "differential evolution": "{evolution}",
        "dual annealing": "{dual_annealing}",
        "CMA-ES": "{cma}",
    },
    "minimize_verdicts": {
        "d": "{d}",
        "method": "{method}",
        "runs": "{runs}",
        "right": "{right}",
        "claimed": "{claimed}",
        "claimed wrong": "{claimed_wrong}",
        "95 %": "{from:.3f} to {to:.3f}",
    },
    "training": {
        "loss": "{case}",
        "method": "{method}",
        "above": "{above}",
        "hits": "{hits}",
        "accuracy": "{accuracy:.3f}",
        "evaluations": "{evaluations}",
        "two-qubit gates": "{two_qubit_gates}",
    },
    "mqhoa": {
        "function": "{function}",
        "d": "{d}",
        "form": "{form}",
        "runs": "{runs}",
        "hits": "{hits}",
        "median gap": "{median_gap:.2g}",
        "evaluations": "{evaluations:.0f}",
    },
    "verdicts": {
        "method": "{method}",
        "runs": "{runs}",
        "success": "{success}",
        "wrong": "{wrong}",
        "right": "{right}",
        "right, no success": "{not_called_success}",
        "evaluations": "{evaluations:.0f}",
        "needle found": "{needle_found}",
        "needle wrong, of 6": "{needle_wrong}",
    },
    "damage": {
        "store": "{store}",
        "cases": "{cases}",
        "refused": "{refused}",
        "same": "{same}",
        "lost": "{lost}",
        "silent": "{silent}",
    },
    "dynamics": {
        "qubits, steps": "{num_qubits}, {num_steps}",
        "largest T, standing still": "{still:.1f}",
        "largest ratio over uniform": "{over_uniform:.0f}",
        "over the last state": "{over_loaded:.0f}",
        "CZ": "{two_qubit_gates}",
        "S": "{S:.3f}",
        "T of the anneal": "{T:.0f}",
    },
    "dynamics_drifting": {
        "qubits, steps": "{num_qubits}, {num_steps}",
        "what stands still": "{kind}",
        "largest T": "{T:.1f}",
        "mixed": "{T_mixed:.1f}",
        "passed": "{passed} of {jobs}",
    },
    "dynamics_zeta": {
        "objective": "{objective}",
        "qubits, steps": "{num_qubits}, {num_steps}",
        "itself": "{itself:.0f}",
        "deleted": "{deleted:z.0f}",
        "moved by an eighth": "{moved:.0f}",
        "halved": "{halved:.0f}",
        "x 0.9": "{x 0.9:.0f}",
        "x 1.1": "{x 1.1:.0f}",
        "doubled": "{doubled:.0f}",
        "reversed": "{reversed:.0f}",
    },
    "dynamics_others": {
        "objective": "{objective}",
        "qubits": "{num_qubits}",
        "device": "{backend}",
        "CZ": "{two_qubit_gates}",
        "S": "{S:.3f}",
        "T expected": "{T:.0f}",
    },
    "dynamics_preload": {
        "qubits, steps": "{num_qubits}, {num_steps}",
        "steps loaded": "{preload}",
        "CZ": "{two_qubit_gates}",
        "S": "{S:.3f}",
        "T": "{T:.0f}",
        "success": "{success:.3f}",
        "ideal": "{ideal_success:.3f}",
    },
    "ledger_points": LEDGER,
    "ledger_verbs": LEDGER | {"doubled": "{doubled}"},
    "fuzz": {
        "source": "{source}",
        "cases": "{cases}",
        "done": "{done}",
        "refused": "{refused}",
        "vague": "{vague}",
        "escaped": "{escaped}",
        "silent": "{silent}",
        "hung": "{hung}",
        "slowest, s": "{slowest:.2g}",
    },
}
"""Columns of every table: its heading, and the words of a cell with values of a row."""


RUNS = ("synthesis",)
"""Scripts with more rows than the page has room for: these go to `runs/`, one a line, and the page
shows means of them."""
_WHICH = ("d", "functions")


class _Cell(Formatter):
    """Formats values of a row: nothing for None, and `digits` for three of them."""

    def get_field(self, name: str, row: Any, values: Any) -> tuple[Any, str]:  # type: ignore[override]
        return values[name], name

    def format_field(self, value: Any, how: str) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return digits(value) if how == "digits" else str(super().format_field(value, how))


def digits(value: float) -> str:
    """Three digits, none of them behind a power of ten: 0.0614, 20,600."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:.3g}"


def table(name: str, rows: list[dict[str, Any]]) -> str:
    """The table of rows, as it stands in the page."""
    columns, cell = TABLES[name], _Cell()
    lines = [list(columns), ["---"] * len(columns)]
    for row in rows:
        words = (cell.vformat(text, (), row).strip() for text in columns.values())
        lines.append([word.replace("|", "\\|") for word in words])
    bare = ("|".join(f" {word} " if word != "---" else word for word in line) for line in lines)
    return "".join(f"|{line}|\n" for line in bare)


def written(page: str, folder: Path = PUBLISHED) -> str:
    """The page with the tables of what is published."""
    for name in TABLES:
        rows = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["rows"]
        begin = re.escape(f"<!-- {name}.json -->\n\n")
        parts = re.split(rf"({begin})(?:\|.*\n)*", page)
        if len(parts) != 3:
            must = f"The page must have one comment `{name}.json`, but has {len(parts) // 2}."
            raise SystemExit(must)
        page = parts[0] + parts[1] + table(name, rows) + parts[2]
    return page


def publish(file: Path) -> None:
    """Copy what a script has written; of `qdml bench` the rates, without a thousand runs."""
    made = json.loads(file.read_text(encoding="utf-8"))
    if file.stem in RUNS:
        rows = ",\n".join(map(json.dumps, made.pop("rows")))
        head = json.dumps(made, indent=1).removesuffix("\n}")
        text = f'{head},\n "rows": [\n{rows}\n ]\n}}\n'
        PAGE.with_name("runs").joinpath(file.name).write_text(text, encoding="utf-8")
        return
    if "rates" in made:
        del made["runs"]
        kinds = ("published", "shifted")
        made["rows"] = [one | {"boxes": kinds[one["shifted"]]} for one in made.pop("rates")]
    (PUBLISHED / file.name).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def guided(page: str, folder: Path = PUBLISHED) -> str:
    """The guide with the table of right runs."""
    rows = json.loads((folder / "minimize.json").read_text(encoding="utf-8"))["rows"]
    lines = []
    for name, words in FUNCTIONS.items():
        own = [row for row in rows if row["functions"] == name]
        for number, row in enumerate(own):
            shares = [str(row[key]).partition(" (")[0] for key in row if key not in _WHICH]
            lines.append(" | ".join(["| " if number else f"| {words}", str(row["d"]), *shares]))
    head, rule, tail = re.split(r"(\| function \| d \|.*\n\|[-|]+\n)", page)
    _, rest = re.split(r"^(?!\|)", tail, maxsplit=1, flags=re.MULTILINE)
    return head + rule + "".join(f"{line} |\n" for line in lines) + rest


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.json", help="to publish")
    for file in parser.parse_args().files:
        if file.stem not in (*TABLES, *RUNS):
            parser.error(f"{file.name} has no table; there are: {', '.join(TABLES)}")
        publish(file)
    for page, made in ((PAGE, written), (GUIDE, guided)):
        page.write_text(made(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
