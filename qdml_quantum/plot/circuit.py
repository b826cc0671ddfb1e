"""A circuit as a picture: wires from left to right, gates as early as they can be."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from qdml_quantum.plot.style import BLUE, GREY, INK, ORANGE, new_axes
from qdml_quantum.support.messages import bad_type, bad_value
from qdml_quantum.support.typed import typed

MOST_GATES = 1500
"""Most gates of a picture: 34 full rows on one wire, more than anybody looks at."""
_ROW_COLUMNS = 44  # A row is then 13 inches wide, about what a screen shows at full size.
_BOX = 0.36  # Half a side, below half the distance of two wires, so that boxes do not touch.
_LABELS = {"h": "H", "rz": "Z", "p": "P", "ry": "Y", "sx": "√X", "x": "X", "rx": "X"}
_COLOURS = {"h": ORANGE, "rz": BLUE, "p": BLUE, "ry": BLUE, "rx": BLUE}


@typed
def plot_circuit(circuit: Any, ax: Axes | None = None) -> Axes:
    """Draw a circuit of gates on one and two qubits.

    A CX is a dot and a plus, other two-qubit gates are two dots, rotations are blue boxes. Long
    circuits go on in a new row.

    Args:
        circuit: A Qiskit `QuantumCircuit`; wires without gates are left out.
        ax: Where to draw; default a new Axes of fitting size.

    Returns:
        The Axes.

    Raises:
        TypeError: It is no circuit.
        ValueError: There are more than 1500 gates.

    >>> from qiskit import QuantumCircuit
    >>> bell = QuantumCircuit(2)
    >>> _ = bell.h(0), bell.cx(0, 1)
    >>> plot_circuit(bell).get_title()
    '2 qubits, 2 gates, 1 on two qubits'
    """
    if not hasattr(circuit, "data") or not hasattr(circuit, "qubits"):
        raise bad_type("circuit", "be a QuantumCircuit", circuit, "Give that of `build`.")
    gates = [item for item in circuit.data if item.operation.name != "barrier"]
    if len(gates) > MOST_GATES:
        must = f"have at most {MOST_GATES} gates"
        raise bad_value("circuit", must, len(gates), "Draw a single step.")
    wire_of = {qubit: number for number, qubit in enumerate(circuit.qubits)}
    placed, columns = _columns([[wire_of[qubit] for qubit in item.qubits] for item in gates])
    used = sorted({wire for wires, _ in placed for wire in wires}) or [0]
    line = {wire: number for number, wire in enumerate(used)}
    rows = max(1, -(-columns // _ROW_COLUMNS))
    width = min(columns, _ROW_COLUMNS) + 1
    height = len(used) + 1
    if ax is None:
        ax = new_axes(max(4.0, 0.27 * width + 1), max(1.6, 0.3 * height * rows + 0.5))
    for row in range(rows):
        for wire, number in line.items():
            y = -(row * height + number)
            ax.plot([0.2, width - 0.2], [y, y], color=GREY, linewidth=0.7, zorder=1)
            ax.text(0, y, f"{wire}", ha="right", va="center", fontsize=7, color=INK)
    for item, (wires, column) in zip(gates, placed, strict=True):
        row, across = divmod(column, _ROW_COLUMNS)
        ys = [-(row * height + line[wire]) for wire in wires]
        _draw(ax, item.operation.name, across + 1, ys)
    pairs = sum(len(wires) == 2 for wires, _ in placed)
    words = f"{len(used)} qubits, {len(gates)} gates, {pairs} on two qubits"
    ax.set_title(words, fontsize=9, color=INK)
    ax.set_xlim(-0.6, width + 0.2)
    ax.set_ylim(-(rows * height) + 0.4, 0.8)
    ax.set_axis_off()
    return ax


def _columns(wires_of: list[list[int]]) -> tuple[list[tuple[list[int], int]], int]:
    """Column of every gate; a gate on two wires blocks those between."""
    free: dict[int, int] = {}
    placed = []
    for wires in wires_of:
        span = range(min(wires), max(wires) + 1)
        column = max(free.get(wire, 0) for wire in span)
        for wire in span:
            free[wire] = column + 1
        placed.append((wires, column))
    return placed, max(free.values(), default=0)


def _draw(ax: Axes, name: str, x: float, ys: list[int]) -> None:
    if len(ys) == 1:
        colour = _COLOURS.get(name, INK)
        corner = (x - _BOX, ys[0] - _BOX)
        style = "round,pad=0,rounding_size=0.1"
        box = FancyBboxPatch(corner, 2 * _BOX, 2 * _BOX, style, fc=colour, ec="none", zorder=3)
        ax.add_patch(box)
        label = _LABELS.get(name, name[:2])
        ax.text(x, ys[0], label, ha="center", va="center", fontsize=6, color="white", zorder=4)
        return
    ax.plot([x, x], [min(ys), max(ys)], color=INK, linewidth=1, zorder=2)
    ax.plot(x, ys[0], "o", color=INK, markersize=3.5, zorder=3)
    if name == "cx":
        ax.plot(x, ys[1], "o", color="white", markeredgecolor=INK, markersize=7, zorder=3)
        ax.plot(x, ys[1], "+", color=INK, markersize=7, zorder=4)
    else:
        ax.plot(x, ys[1], "o", color=INK, markersize=3.5, zorder=3)
        if name not in ("cz", "cp"):
            middle = (ys[0] + ys[1]) / 2
            ax.text(x + 0.1, middle, name, fontsize=5, color=INK, va="center", zorder=4)
