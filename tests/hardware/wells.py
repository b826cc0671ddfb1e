"""An anneal of three qubits for devices, and what the emulator makes of it."""

from qdml_quantum import Anneal, Compiler, Grid, Problem, Schedule, anneal
from qdml_quantum.diagnostics.metrics import probabilities_in
from qdml_quantum.hardware.devices.isa import isa_circuits

WELL = Problem(Grid([(-2.5, 2.5)], 3), "(x**2 - 1)**2 + 0.2*x")
STEPS = Schedule.geometric((2.0, 0.1), num_stages=2, num_steps=1, time_step=0.3)
ANNEAL = Anneal(WELL, STEPS, "lie")
BOTH = ("position", "momentum")


def compiler(name="joint", **options):
    return Compiler(name, **{"seeds": 2, "effort": 0.1} | options)


def search(backend, *, bases=("position",), **options):
    return isa_circuits(ANNEAL, backend=backend, compiler=compiler(**options), bases=bases)


def emulated(basis):
    return probabilities_in(basis, anneal(ANNEAL, validate=False).state)
