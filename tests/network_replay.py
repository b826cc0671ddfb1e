"""An independent replay of networks, by sets of variables."""

import itertools


def as_set(mask, n):
    """Variables of a mask, as pairs (layer, slot)."""
    return frozenset(divmod(i, n) for i in range(mask.bit_length()) if mask >> i & 1)


def replay(network, topology):
    """Follow a network gate by gate on sets of variables; knows nothing of masks and rules."""
    path_sum = network.path_sum
    n = path_sum.num_slots
    edges = {frozenset(pair) for pair in topology.pairs}
    terms = {as_set(term, n) for term in path_sum.terms}
    # A variable that an H starts needs one rotation of its own, wherever it is alone.
    terms |= {frozenset({(layer, i)}) for layer in range(1, path_sum.num_layers) for i in range(n)}
    labels = {divmod(v, n): [w for _, w in as_set(m, n)] for v, m in network.labels.items()}
    wires = [{(0, wire)} for wire in range(n)]
    for control, target in path_sum.lead:
        wires[target] = wires[target] ^ wires[control]
    alive = {(0, wire) for wire in range(n)}
    done, corrections = [], {}
    groups = [as_set(group, n) for group in path_sum.groups]
    half: set = set()
    for name, places, mask in network.gates:
        assert len(set(places)) == len(places) == (2 if name in ("cx", "rzz") else 1)
        if len(places) == 2:
            assert frozenset(places) in edges
        if name == "cx":
            control, target = places
            wires[target] = wires[target] ^ wires[control]
        elif name == "h" and any({(0, slot) for _, slot in as_set(mask, n)} <= g for g in groups):
            # As many wires as variables: any basis becomes the dual one.
            half.add((places[0], as_set(mask, n)))
            new = frozenset().union(*(held for _, held in half))
            group = next(g for g in groups if {(0, slot) for _, slot in new} <= g)
            if len(half) < len(group):
                continue
            old = frozenset().union(*(wires[wire] for wire, _ in half))
            (layer,) = {layer for layer, _ in old}
            assert frozenset((0, slot) for _, slot in old) == group
            assert sum(bool(content & old) for content in wires) == len(group)
            assert old <= alive
            assert all(not old & term for term in terms if term not in done)
            back = {wire: {(layer, s) for _, s in held} for wire, held in half}
            for wire, other in itertools.product(back, repeat=2):
                assert len(wires[wire] & back[other]) % 2 == (wire == other)
            for wire, held in half:
                wires[wire] = set(held)
            alive = alive - old | new
            assert new == {(layer + 1, slot) for _, slot in group}
            half = set()
        elif name == "h":
            assert not half
            ((layer, slot),) = as_set(mask, n)
            old, held = (layer - 1, slot), wires[places[0]]
            assert old in alive
            assert old in held
            assert sum(old in content for content in wires) == 1
            # No term that is left over needs what ends here.
            assert all(old not in term for term in terms if term not in done)
            new = (layer, slot)
            label = set()
            for wire in labels.get(new, []):
                assert wire != places[0]
                label = label ^ wires[wire]
            # H joins all that the wire held with all that it holds then; only the old and the new
            # variable should be joined.
            for one, other in itertools.product(held, {new} | label):
                if (one, other) == (old, new):
                    continue
                assert {one, other} <= alive | {new}
                assert one == other or frozenset({one, other}) in terms
                for changed, quarters in (
                    ({one} ^ {other}, 1),
                    ({one}, -1),
                    ({other}, -1),
                    (set(), 1),
                ):
                    key = frozenset(changed)
                    corrections[key] = corrections.get(key, 0) + quarters
            wires[places[0]] = {new} | label
            alive = alive - {old} | {new}
        else:
            assert name in ("rz", "rzz")
            assert name == "rz" or topology.rzz
            parity = frozenset(wires[places[0]]) ^ (wires[places[1]] if name == "rzz" else set())
            assert parity == as_set(mask, n)
            assert parity in terms
            assert parity <= alive
            assert parity not in done
            done.append(parity)
    assert not half
    assert set(done) == set(terms)
    assert sorted(network.wires) == list(range(n))
    assert all(wires[w] == {(path_sum.num_layers - 1, s)} for s, w in enumerate(network.wires))
    if path_sum.home:
        assert network.wires == tuple(range(n))
    for middle, *ends in path_sum.chains:
        assert all(frozenset({network.wires[middle], network.wires[e]}) in edges for e in ends)
    found = {as_set(mask, n): quarters for mask, quarters in network.corrections.items()}
    assert {k: v for k, v in found.items() if v} == {k: v for k, v in corrections.items() if v}
