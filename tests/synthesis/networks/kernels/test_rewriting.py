"""What a walk keeps count of, against a recount from the gates alone."""

from hypothesis import given, settings
from hypothesis import strategies as st
from network_strategies import searched, searches

from qdml_quantum.synthesis.networks.bare import bare
from qdml_quantum.synthesis.networks.kernels.rewriting import Heat
from qdml_quantum.synthesis.networks.rewriting import _Walker, equals_of
from qdml_quantum.synthesis.networks.topology import Topology


@given(searches(), st.floats(0.05, 1.0), st.booleans())
@settings(max_examples=40)
def test_a_walk_knows_where_it_is(search, heat, shallow):
    """Contents, visits, counts and depth after some thousand trials, hot or cold."""
    path_sum, topology, seed = search
    topology = Topology(topology.num_wires, topology.edges)
    network = searched(path_sum, topology, width=8)
    if network is None or topology.num_wires < 2:
        return
    gates = bare(path_sum.start, network.gates, network.labels)
    equals = equals_of(topology, free=not path_sum.home and not path_sum.chains)
    walker = _Walker(path_sum, gates, equals, seed=[seed])
    walker.go(Heat(heat, heat, 1.0, 2.0, 5, shallow), 0, 3000, 3000, 0)
    tape, counts = walker._tape, walker._state.counts
    held, levels = list(path_sum.start), [0] * path_sum.num_slots
    visits, gates = {}, 0
    for i in range(counts[0]):
        control, target, added, before = (int(column[i]) for column in tape)
        assert held[target] == before
        if control >= 0:
            assert held[control] == added
            assert equals.near[control, target]
            levels[control] = levels[target] = max(levels[control], levels[target]) + 1
            gates += 1
        held[target] = before ^ added
        visits[held[target]] = visits.get(held[target], 0) + 1
    asked = walker._asked
    assert walker._state.final.tolist() == held
    assert counts[1] == gates
    for key, number in zip(asked.keys, asked.numbers, strict=True):
        if number >= 0:
            assert asked.visits[number] == visits.get(int(key), 0)
    assert counts[2] == (asked.visits == 0).sum()
    if shallow:
        assert counts[3] == max(levels)
        assert gates == network.num_two_qubit_gates
