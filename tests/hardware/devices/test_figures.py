"""What a device does not tell is the worst of its kind, or not known; it is never perfect."""

import math

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Measure
from qiskit.circuit.library import CZGate, RZGate, SXGate
from qiskit.circuit.parameter import Parameter
from qiskit.providers import BackendV2, Options, QubitProperties
from qiskit.transpiler import InstructionProperties, Target
from qiskit_aer import AerSimulator

from qdml_quantum import Compiler, Grid, Problem, Schedule, plan
from qdml_quantum.hardware.devices.figures import completed, completed_qubits, untold_errors
from qdml_quantum.hardware.devices.noise import part_of, readout_errors
from qdml_quantum.hardware.devices.placement import Tally, expected_fidelity

LINE = [(0, 1), (1, 2), (2, 3)]


def target(errors, *, readout=0.01, one=1e-4, t1=1e-4):
    """Four qubits in a line; `errors` by pair, None where nothing is told."""
    known = [QubitProperties(t1=t1, t2=t1) for _ in range(3)]
    made = Target(num_qubits=4, dt=1e-9, qubit_properties=[*known, QubitProperties()])

    def figures(error, duration):
        return InstructionProperties(error=error, duration=duration)

    qubits = [(qubit,) for qubit in range(4)]
    made.add_instruction(RZGate(Parameter("a")), {q: figures(0.0, 0.0) for q in qubits})
    made.add_instruction(SXGate(), {q: figures(one, 3e-8) for q in qubits})
    made.add_instruction(
        CZGate(), {pair: figures(error, 7e-8) for pair, error in zip(LINE, errors, strict=True)}
    )
    made.add_instruction(Measure(), {q: figures(readout, 1e-6) for q in qubits})
    return made


class Chip(BackendV2):
    """A device that tells what its target tells; it is never run."""

    def __init__(self, told):
        super().__init__(name="chip")
        self._told = told

    target = property(lambda self: self._told)
    max_circuits = None

    @classmethod
    def _default_options(cls):
        return Options(shots=1)

    def run(self, run_input, **options):
        raise NotImplementedError


def a_circuit(pair):
    circuit = QuantumCircuit(4, 2)
    circuit.sx(pair[0])
    circuit.cz(*pair)
    circuit.measure(pair, [0, 1])
    return circuit


def test_an_unknown_error_is_the_worst_of_its_kind():
    told = target([0.004, None, 0.02])
    assert completed(told, "cz")[1, 2].error == 0.02
    assert completed(told, "cz")[0, 1].error == 0.004
    unknown, worst = (expected_fidelity(a_circuit(p), told, idle=False) for p in ((1, 2), (2, 3)))
    assert unknown == pytest.approx(worst)
    assert unknown < expected_fidelity(a_circuit((0, 1)), told, idle=False)


def test_a_gate_that_does_not_work_is_not_the_worst_of_its_kind():
    assert completed(target([0.004, None, 1.0]), "cz")[1, 2].error == 0.004


def test_unknown_times_are_the_shortest_of_the_device():
    told = target([0.004, 0.01, 0.02], t1=2e-4)
    assert completed_qubits(told)[3].t1 == 2e-4
    waiting = QuantumCircuit(4, 1)
    for _ in range(50):
        waiting.sx(2)
    waiting.cz(2, 3)
    waiting.sx(3)
    waiting.measure(3, 0)
    gates = Tally.of(waiting, told)
    assert gates.seconds > 0
    nothing = Target(num_qubits=2)
    assert [(one.t1, one.t2) for one in completed_qubits(nothing)] == [(None, None)] * 2


def test_pieces_of_a_target_are_complete():
    piece = part_of(target([0.004, None, 0.02]), [1, 2])
    assert piece["cz"][0, 1].error == 0.02
    assert readout_errors(Chip(target([0.1] * 3, readout=0.03)), [2]) == {2: (0.03, 0.03)}


def test_kinds_without_any_error_are_named():
    circuit = a_circuit((0, 1))
    circuit.barrier()
    assert untold_errors(circuit, target([0.1, None, None])) == ()
    assert untold_errors(circuit, target([None] * 3)) == ("cz",)
    assert untold_errors(circuit, target([None] * 3, readout=None)) == ("cz", "measure")


WELL = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
ONE = Schedule.constant(0.5, num_steps=1, time_step=0.3)
QUICK = {"compiler": Compiler("joint", effort=0.1, seeds=1), "shots": 100}


def test_the_plan_keeps_off_the_pair_that_nobody_calibrated():
    made = plan(WELL, ONE, backend=Chip(target([0.004, None, 0.02])), **QUICK)
    assert set(made.qubits) == {0, 1}
    assert made.costs.expected_fidelity < 1


@pytest.mark.parametrize("errors", [[None] * 3, [0.004, 0.01, 0.02]], ids=["nothing", "no readout"])
def test_a_device_that_tells_nothing_promises_nothing(errors):
    made = plan(WELL, ONE, backend=Chip(target(errors, readout=None)), **QUICK)
    assert made.costs.expected_fidelity is None and made.noisy is None
    assert not made.worth
    expected = next(check for check in made.checks if check.name == "expected_signal")
    assert math.isnan(expected.value) and "tells no errors of" in expected.meaning
    assert "not known: the device tells no errors of" in str(made)
    assert made.to_dict()["costs"]["expected_fidelity"] is None


def test_an_ideal_simulator_is_known_to_be_ideal():
    made = plan(WELL, ONE, backend=AerSimulator(), **QUICK)
    assert made.costs.expected_fidelity == pytest.approx(1)
