"""A circuit as a picture: gates with their angles, frames around parts, repetitions once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from qdml_quantum.plot.style import BLUE, GREEN, GREY, INK, ORANGE, SKY, VERMILION, new_axes
from qdml_quantum.support.messages import bad_type, bad_value
from qdml_quantum.support.repeats import folded
from qdml_quantum.support.typed import typed

MOST_GATES = 1500
"""Most gates of a picture: 34 full rows on one wire, more than anybody looks at."""
_ROW_COLUMNS = 44  # A row is then 13 inches wide, about what a screen shows at full size.
_BOX = 0.4  # Half a side, below half the distance of two wires, so that boxes do not touch.
_LETTER = 0.16  # Columns that a letter of the name of a frame takes.
_ABOVE = 1.0  # Room over the wires of a row, for the names of frames.
_NAMES = {"sx": "√X", "sxdg": "√X†", "h": "H", "id": "I", "measure": "M"}
_LINKED = {"rzz": "ZZ", "rxx": "XX", "ryy": "YY", "cp": "P", "crz": "RZ", "crx": "RX", "cry": "RY"}
"""What stands in the box of a two-qubit gate, beside its angle."""
_COLOURS = {"h": ORANGE, "measure": INK}
_FRAMES = {"potential": VERMILION, "kinetic": BLUE, "transform": GREY, "inverse": GREY}


@dataclass(frozen=True)
class _DrawnGate:
    """A gate where it stands: name, angles, wires and its number in the circuit.

    Gates that hang on a measured bit stand `inside` of one that has their wires.
    """

    name: str
    angles: tuple[float, ...]
    wires: tuple[int, ...]
    number: int
    inside: tuple[_DrawnGate, ...] = ()

    @property
    def looks(self) -> tuple[object, ...]:
        """What is drawn of it."""
        inside = tuple(gate.looks for gate in self.inside)
        return (self.name, tuple(map(angle_label, self.angles)), self.wires, inside)


@typed
def plot_circuit(circuit: Any, ax: Axes | None = None) -> Axes:
    """Draw a circuit: every gate with its name and its angle, frames around its parts.

    A CX is a dot and a plus, a CZ two dots; gates with an angle are boxes with their name over the
    angle (``π/2``, ``0.31``), on both wires of an RZZ, on the target of a controlled one. Parts of
    circuits that this package built have frames: ``potential``, ``transform``, ``kinetic`` and
    ``inverse`` (transform); what is repeated, angles and all, stands there once, with ``12 times``.
    Gates that hang on a measured bit say ``if``. Long circuits go on in a new row.

    Args:
        circuit: A Qiskit `QuantumCircuit`; wires without gates are left out.
        ax: Where to draw; default a new Axes of fitting size.

    Returns:
        The Axes. Labels have the `gid` ``gate-<number>``.

    Raises:
        TypeError: It is no circuit.
        ValueError: There are more than 1500 gates to draw.

    >>> from qiskit import QuantumCircuit
    >>> bell = QuantumCircuit(2)
    >>> _ = bell.h(0), bell.cx(0, 1)
    >>> plot_circuit(bell).get_title()
    '2 qubits, 2 gates, 1 on two qubits'
    """
    if not hasattr(circuit, "data") or not hasattr(circuit, "qubits"):
        raise bad_type("circuit", "be a QuantumCircuit", circuit, "Give that of `build`.")
    gates = _gates(circuit)
    blocks = _blocks(circuit, gates)
    drawn = sum(len(part) for _, block in blocks for _, part in block)
    if drawn > MOST_GATES:
        must = f"have at most {MOST_GATES} gates to draw"
        raise bad_value("circuit", must, drawn, "Draw a single step.")
    used = sorted({wire for gate in gates for wire in gate.wires}) or [0]
    picture = _Picture({wire: line for line, wire in enumerate(used)}, blocks)
    if ax is None:
        size = (0.38 * picture.width + 1, 0.4 * picture.height * picture.rows + 0.5)
        ax = new_axes(max(4.0, size[0]), max(1.8, size[1]))
    picture.draw(ax)
    pairs = sum(len(gate.wires) == 2 for gate in gates if not gate.inside)
    words = f"{len(used)} qubits, {len(gates)} gates, {pairs} on two qubits"
    folds = [times for times, _ in blocks if times > 1]
    words += f"; {drawn} are drawn, the rest repeats them" if folds else ""
    ax.set_title(words, fontsize=9, color=INK)
    return ax


def angle_label(angle: float) -> str:
    """An angle as it is drawn: a fraction of pi where it is one, else three digits.

    >>> angle_label(-math.pi / 2), angle_label(3 * math.pi / 8), angle_label(0.12345)
    ('-π/2', '3π/8', '0.123')
    """
    share = Fraction(angle / math.pi).limit_denominator(64)
    if share and abs(float(share) * math.pi - angle) < 1e-9 and share.denominator.bit_count() == 1:
        above = {1: "π", -1: "-π"}.get(share.numerator, f"{share.numerator}π")
        return above if share.denominator == 1 else f"{above}/{share.denominator}"
    return f"{angle:.3g}"


def _gates(circuit: Any) -> list[_DrawnGate]:
    wire_of = {qubit: number for number, qubit in enumerate(circuit.qubits)}
    gates = []
    for number, item in enumerate(circuit.data):
        name = item.operation.name
        if name != "barrier":
            blocks: Any = getattr(item.operation, "blocks", ())
            known = bool(blocks) or name in ("diagonal", "unitary")
            angles = () if known else tuple(_number(p) for p in item.operation.params)
            wires = tuple(wire_of[qubit] for qubit in item.qubits)
            inside = _inside(blocks[0], wires, number) if len(blocks) == 1 else ()
            gates.append(_DrawnGate(name, angles, wires, number, inside))
    return gates


def _inside(block: Any, wires: Sequence[int], number: int) -> tuple[_DrawnGate, ...]:
    """Gates of a block, where each wire has one of its own; else the block is one box."""
    gates = [
        replace(gate, wires=tuple(wires[wire] for wire in gate.wires), number=number)
        for gate in _gates(block)
    ]
    alone = all(len(gate.wires) == 1 for gate in gates)
    apart = len({gate.wires for gate in gates}) == len(gates)
    return tuple(gates) if alone and apart else ()


def _number(parameter: Any) -> float:
    try:
        return float(parameter)
    except TypeError:  # a free parameter, or something of no number
        return math.nan


_Block = tuple[int, list[tuple[str, tuple[_DrawnGate, ...]]]]
"""How often, and its parts: name and gates."""


def _blocks(circuit: Any, gates: Sequence[_DrawnGate]) -> list[_Block]:
    """Parts of the circuit; those that are repeated, gate by gate, once."""
    told = (circuit.metadata or {}).get("parts", [])
    parts = [part for times, block in told for part in block * times]
    if sum(number for _, number in parts) != len(circuit.data):
        return [(1, [("", tuple(gates))])]  # Without parts, or changed since it was built.
    rest = iter(gates)
    cut = [(str(name), tuple(islice(rest, number))) for name, number in parts]
    seen = [(name, tuple(gate.looks for gate in part)) for name, part in cut if part]
    cut = [part for part in cut if part[1]]
    blocks, begin = [], 0
    for times, block in folded(seen):
        blocks.append((times, cut[begin : begin + len(block)]))
        begin += times * len(block)
    return blocks


class _Picture:
    """Where everything stands: columns, rows of columns, lines of wires."""

    def __init__(self, line_of: dict[int, int], blocks: Sequence[_Block]) -> None:
        self.line_of = line_of
        self.placed: list[tuple[_DrawnGate, int]] = []
        self.frames: list[tuple[str, int, int]] = []
        self.folds: list[tuple[int, int, int]] = []
        begin = 0
        for times, block in blocks:
            first = begin
            for name, part in block:
                columns, end = _columns([list(gate.wires) for gate in part])
                left = _ROW_COLUMNS - begin % _ROW_COLUMNS
                if left < end <= _ROW_COLUMNS:  # A part that fits into a row stays in one.
                    begin += left
                shifted = [begin + column for _, column in columns]
                self.placed += zip(part, shifted, strict=True)
                self.frames.append((name, begin, begin + end))
                begin += end
            if times > 1:
                self.folds.append((times, first, begin))
        self.rows = max(1, -(-begin // _ROW_COLUMNS))
        self.width = min(max(begin, 1), _ROW_COLUMNS) + 1
        self.height = len(line_of) + 0.6 + _ABOVE

    def y(self, row: int, wire: int) -> float:
        """Height of a wire."""
        return -(row * self.height + self.line_of[wire])

    def draw(self, ax: Axes) -> None:
        """Wires, frames, gates."""
        for row in range(self.rows):
            for wire in self.line_of:
                y = self.y(row, wire)
                ax.plot([0.2, self.width - 0.2], [y, y], color=GREY, linewidth=0.7, zorder=1)
                ax.text(0, y, f"{wire}", ha="right", va="center", fontsize=7, color=INK)
        for name, begin, end in self.frames:
            if name:
                self._frame(ax, name, begin, end)
        for times, begin, end in self.folds:
            self._fold(ax, times, begin, end)
        for gate, column in self.placed:
            row, across = divmod(column, _ROW_COLUMNS)
            _draw(ax, gate, across + 1, [self.y(row, wire) for wire in gate.wires])
        ax.set_xlim(-0.6, self.width + 0.2)
        ax.set_ylim(-self.rows * self.height + _ABOVE + 0.2, _ABOVE + 0.2)
        ax.set_axis_off()

    def _spans(self, begin: int, end: int) -> list[tuple[int, int, int]]:
        """Row, first and last column of what may go over several rows."""
        spans = []
        while begin < end:
            row, across = divmod(begin, _ROW_COLUMNS)
            stop = min(end, (row + 1) * _ROW_COLUMNS)
            spans.append((row, across, across + stop - begin))
            begin = stop
        return spans

    def _frame(self, ax: Axes, name: str, begin: int, end: int) -> None:
        colour = _FRAMES.get(name.split()[0], SKY)
        for row, first, last in self._spans(begin, end):
            top = -row * self.height + 0.55
            low = top - len(self.line_of) - 0.1
            corner = (first + 0.54, low)
            box = Rectangle(
                corner, last - first - 0.08, top - low, fc=colour, ec=colour, alpha=0.13, zorder=0
            )
            box.set_gid(f"frame-{name}")
            ax.add_patch(box)
            width = last - first
            room = int(width / _LETTER)
            words = name if room >= len(name) else f"{name[: room - 1]}."
            ax.text(first + 0.6, top + 0.08, words, fontsize=6, color=INK, va="bottom")

    def _fold(self, ax: Axes, times: int, begin: int, end: int) -> None:
        for row, first, last in self._spans(begin, end):
            y = -row * self.height + 0.55 + 0.42
            ax.plot([first + 0.7, last + 0.3], [y, y], color=GREEN, linewidth=1.4)
            words = f"{times} times"
            middle = (first + last + 1) / 2
            ax.text(middle, y, words, fontsize=7, color=GREEN, ha="center", va="bottom")


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


def gate_label(name: str, angles: Sequence[float]) -> str:
    """What stands in the box of a gate: its name, over its angles.

    >>> gate_label("rz", [math.pi / 4]), gate_label("h", []), gate_label("cp", [0.5])
    ('RZ\\nπ/4', 'H', 'P\\n0.5')
    """
    words = _LINKED.get(name) or _NAMES.get(name) or name.upper()
    return "\n".join([words, *map(angle_label, angles)])


def _draw(ax: Axes, gate: _DrawnGate, x: float, ys: list[float]) -> None:
    label, gid = gate_label(gate.name, gate.angles), f"gate-{gate.number}"
    if gate.inside:
        ax.plot([x, x], [min(ys), max(ys)], ":", color=INK, linewidth=1, zorder=2)
        for one in gate.inside:
            words = f"if\n{gate_label(one.name, one.angles)}"
            y = ys[gate.wires.index(one.wires[0])]
            _box(ax, one, words, gid, x, (y, y))
        return
    if len(ys) > 1:
        ax.plot([x, x], [min(ys), max(ys)], color=INK, linewidth=1, zorder=2)
    if gate.name in ("cx", "cz", "swap"):
        marks = {"cx": ("o", "+"), "cz": ("o", "o"), "swap": ("x", "x")}[gate.name]
        for y, mark in zip(ys, marks, strict=True):
            if mark == "+":
                ax.plot(x, y, "o", color="white", markeredgecolor=INK, markersize=7, zorder=3)
            size = 3.5 if mark == "o" else 7
            ax.plot(x, y, mark, color=INK, markersize=size, zorder=4, gid=gid)
        return
    if gate.name in _LINKED and gate.name.startswith("c"):
        ax.plot(x, ys[0], "o", color=INK, markersize=3.5, zorder=3, gid=gid)
        ys = ys[1:]
    if len(ys) > 2:
        _box(ax, gate, label, gid, x, (min(ys), max(ys)))
        return
    for y in ys:
        _box(ax, gate, label, gid, x, (y, y))


def _box(
    ax: Axes, gate: _DrawnGate, label: str, gid: str, x: float, ends: tuple[float, float]
) -> None:
    """A box over some wires, with its words in it."""
    low, high = ends
    colour = _COLOURS.get(gate.name, BLUE if gate.angles else INK)
    style = "round,pad=0,rounding_size=0.08"
    size = (2 * _BOX, high - low + 2 * _BOX)
    corner = (x - _BOX, low - _BOX)
    ax.add_patch(FancyBboxPatch(corner, *size, style, fc=colour, ec="none", zorder=3))
    ax.text(
        x,
        (low + high) / 2,
        label,
        ha="center",
        va="center",
        fontsize=5.2 if gate.angles else 6.5,
        linespacing=1.0,
        color="black" if colour == ORANGE else "white",
        zorder=4,
        gid=gid,
    )
