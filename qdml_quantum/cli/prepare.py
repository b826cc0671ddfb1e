"""`qdml prepare`: a short circuit that loads a state."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from qdml_quantum.cli import options as shared
from qdml_quantum.support.messages import bad_value, count

_GRID = ("dimensions", "bounds", "qubits")
_AMPLITUDES = ".npy"
"""How names of files of amplitudes end: NumPy's own, since others have no complex numbers."""


def _add_prepare(parser: argparse.ArgumentParser) -> None:
    from qdml_quantum.synthesis.loading import FIDELITY

    add = shared.group(parser, "what").add_argument
    text = "an objective or a spec file, as for qdml run, whose ground state is loaded; a run "
    text += f"folder, whose final state is; or a file of amplitudes ({_AMPLITUDES})"
    add("problem", metavar="PROBLEM", help=text)
    shared.add_spec(parser, _GRID)
    text = "of the ground state (default: the largest that lies within the success radius)"
    add("--diffusion", type=shared.real, metavar="D", help=text)
    add("--level", type=int, metavar="K", help="another eigenstate: 1 is the first excited one")
    text = "the values of PROBLEM are amplitudes themselves"
    add("--amplitudes", action="store_true", help=text)
    add = shared.group(parser, "circuit").add_argument
    text = f"that it shall have; 1 is the exact circuit (default {FIDELITY:g})"
    add("--fidelity", type=shared.real, metavar="F", help=text)
    add("--cx", type=int, metavar="N", help="instead: the best with so many CX or fewer")
    add("--seed", type=int, metavar="N", default=0, help="of the search")
    add = shared.add_output(parser)
    text = "draw the circuit: .png, or .txt as text"
    add("--draw", metavar="FILE", type=shared.to_write(*shared.DRAWINGS), help=text)
    add("--qasm", metavar="FILE", type=shared.to_write(), help="write OpenQASM 3")
    add("--qpy", metavar="FILE", type=shared.to_write(), help="write QPY")


def _prepare(options: argparse.Namespace) -> int:
    asked = shared.given_of(options, "fidelity")
    if options.cx is not None:
        if asked:
            raise bad_value("--cx", "be left out with --fidelity", options.cx, "Give one of them.")
        asked = {"two_qubit_gates": count("--cx", options.cx, least=0)}
    what, state, grid = _state_of(options)  # A mistake is told before Qiskit is loaded.
    from qdml_quantum.support.progress import say
    from qdml_quantum.synthesis.circuits.export import save_qasm3, save_qpy
    from qdml_quantum.synthesis.loading.prepare import prepare

    if not options.json:
        say("fitting circuits to the state ...")
    seed = count("seed", options.seed, least=0)
    made = prepare(state, grid=grid, seed=seed, **asked)
    written: dict[str, Any] = {}
    for key, save in (("qasm", save_qasm3), ("qpy", save_qpy)):
        path = getattr(options, key)
        if path is not None:
            written |= {key: path, f"{key}_sha256": save(made.circuit, path)}
    if options.draw is not None:
        written["draw"] = shared.draw_circuit(made.circuit, options.draw)
    shown = [f"{what}\n", made, *(f"  {key:<20}{value}" for key, value in written.items())]
    shared.report(options, {"state": what} | made.to_dict() | written, shown)
    return 0 if made.success else shared.FAILED


def _state_of(options: argparse.Namespace) -> tuple[str, Any, Any]:
    """What is loaded, in words; the state; and its grid where it does not know it itself."""
    problem = options.problem
    if problem.lower().endswith(_AMPLITUDES):
        _refuse(options, (*_GRID, "diffusion", "level"), f"amplitudes in `{problem}`")
        state = _stored(problem)
        return f"amplitudes in {problem}, shape {state.shape}", state, None
    if os.path.isfile(Path(problem, "result.json")):
        from qdml_quantum.runs.result import Result

        what = f"the run in `{problem}`"
        _refuse(options, (*_GRID, "diffusion", "level", "amplitudes"), what)
        return f"final state of {what}", Result.load(problem), None
    if options.amplitudes:
        _refuse(options, ("diffusion", "level"), "amplitudes")
        return _amplitudes(options)
    return _eigenstate(options)


def _stored(path: str) -> Any:
    from qdml_quantum.support.arrays import stored_arrays
    from qdml_quantum.support.messages import DamagedFileError

    try:
        return stored_arrays(Path(path).read_bytes())[""]
    except DamagedFileError as error:
        raise DamagedFileError(f"Amplitudes `{path}`: {error}") from None
    except KeyError:
        must = "hold one array, as `numpy.save` writes it"
        raise bad_value("problem", must, f"`{path}`, which holds several") from None


def _refuse(options: argparse.Namespace, names: tuple[str, ...], what: str) -> None:
    for name in names:
        value = getattr(options, name)
        if value is not None and value is not False:
            raise bad_value(f"--{name}", f"be left out with {what}", value)


def _amplitudes(options: argparse.Namespace) -> tuple[str, Any, Any]:
    from qdml_quantum.problem.grid import Grid

    objective, bounds, qubits = shared.objective_of(options)
    if qubits is None:
        raise bad_value("--qubits", "be given with --amplitudes", None, "Write --qubits 8.")
    grid = Grid(bounds, qubits)
    return f"amplitudes {objective.name} on {grid}", objective, grid


def _eigenstate(options: argparse.Namespace) -> tuple[str, Any, Any]:
    from qdml_quantum.annealing.few_steps import localising_diffusion
    from qdml_quantum.reference.spectrum import eigenstates
    from qdml_quantum.runs.suggested import resolving

    objective, bounds, qubits = shared.objective_of(options)
    problem = resolving(objective, bounds, qubits=qubits)
    level = count("--level", options.level or 0, least=0)
    diffusion = options.diffusion
    if diffusion is None:
        diffusion = localising_diffusion(problem)
    _, states = eigenstates(problem, diffusion, level + 1)
    named = f"level {level}" if level else "ground state"
    what = f"{named} of {objective.name} at D = {diffusion:.4g} on {problem.grid}"
    return what, states[level], None


COMMANDS = (
    shared.Command("prepare", "a short circuit that loads a state", _add_prepare, _prepare),
)
