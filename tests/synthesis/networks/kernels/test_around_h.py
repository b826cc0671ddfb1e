"""What walks change around H gates, against the rules that an independent replay follows."""

import pytest
from network_replay import replay
from network_strategies import STEPS, searched

from qdml_quantum.synthesis.networks.bare import assembled, bare
from qdml_quantum.synthesis.networks.kernels.rewriting import Heat
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.rewriting import _Walker, equals_of
from qdml_quantum.synthesis.networks.topology import Topology

GROUPED = (
    PathSum.step(4, [0b0110, 0b1111], [2, 2]),
    PathSum.short(6, [0b011011, 0b100001], [3, 3]),
)


@pytest.mark.parametrize("path_sum", [*STEPS[:4], *GROUPED])
def test_what_an_h_finds_changes_and_the_step_stays_the_same(path_sum):
    """Hot, and each of some networks on the way that lacks no term is put together."""
    topology = Topology(path_sum.num_slots)
    network = searched(path_sum, topology)
    gates = bare(path_sum.start, network.gates, network.labels)
    equals = equals_of(topology, free=not path_sum.home and not path_sum.chains)
    walker = _Walker(path_sum, gates, equals, seed=[1])
    held, whole = set(), 0
    for first in range(0, 400_000, 2000):
        walker.go(Heat(0.3, 0.3, 3.0, 3.0, 5), first, first + 2000, 400_000, 0)
        tape, counts = walker._tape, walker._state.counts
        rows = zip(*(column[: counts[0]].tolist() for column in tape), strict=True)
        held.add(tuple(sorted((before, before ^ added) for c, _, added, before in rows if c < 0)))
        if counts[2] == 0:
            replay(assembled(path_sum, walker.gates, method=""), topology)
            whole += 1
    assert len(held) > 3
    assert whole > 3
