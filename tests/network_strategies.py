"""Random topologies and searches for the tests of networks, made by Hypothesis."""

import itertools

from hypothesis import strategies as st

from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.network import trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import weights_of

STEPS = (
    PathSum.step(4, [0b0011, 0b0111, 0b1010, 0b1111], [4]),
    PathSum.step(5, [0b00011, 0b10110, 0b11111], [5]),
    PathSum.step(5, [0b00011, 0b10110, 0b01100], [4, 1]),
    PathSum.step(6, [0b000011, 0b110110, 0b011100], [4, 2]),
    PathSum.step(4, [0b0011, 0b0111], [4], back=False),
    PathSum.step(4, [0b0011, 0b0111], [4], home=True),
)
"""Of one axis and two, whole and open, at home and anywhere."""


def searched(path_sum, topology, *, width=20, seed=1):
    """What a search finds, as a network; None where it loses its way."""
    weights = weights_of(path_sum, topology)[0]
    result = BeamSearch(path_sum, topology, weights, width=width, seed=seed).run()
    if result is None:
        return None
    return trace(path_sum, result[0], topology, labels=result[1], method="beam")


@st.composite
def topologies(draw, n):
    """All pairs, a line, or a tree with or without one more edge; with and without RZZ."""
    rzz = draw(st.booleans())
    kind = draw(st.sampled_from(["all", "line", "tree", "ring"]))
    if kind == "all" or n == 1:
        return Topology(n, None, rzz)
    if kind == "line":
        return Topology.line(n, rzz=rzz)
    order = draw(st.permutations(range(n)))
    edges = [(order[draw(st.integers(0, i - 1))], order[i]) for i in range(1, n)]
    if kind == "ring":
        edges.append((order[0], order[-1]))
    return Topology(n, tuple(edges), rzz)


@st.composite
def searches(draw, most=6):
    n = draw(st.integers(2, most))
    cuts = sorted(draw(st.sets(st.integers(1, n - 1), max_size=2)))
    axes = [b - a for a, b in itertools.pairwise([0, *cuts, n])]
    pairs = [1 << a | 1 << b for a, b in itertools.combinations(range(n), 2)]
    some = draw(st.sampled_from([range(1, 2**n), pairs]))  # Labels are for pairs.
    masks = draw(st.lists(st.sampled_from(some), max_size=8))
    kinds = [PathSum.step] if max(axes) > 3 else [PathSum.step, PathSum.short]
    path_sum = draw(st.sampled_from(kinds))(n, masks, axes, home=draw(st.booleans()))
    return path_sum, draw(topologies(n)), draw(st.integers(0, 99))
