"""The table of what has to be visited."""

from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum.synthesis.networks.kernels.tape import Sights


@given(st.sets(st.integers(1, 2**62 - 1), max_size=200))
def test_what_is_asked_is_there_once(terms):
    asked = Sights.of(sorted(terms))
    kept = {int(key): int(i) for key, i in zip(asked.keys, asked.numbers, strict=True) if i >= 0}
    assert kept == {term: number for number, term in enumerate(sorted(terms))}
    assert (asked.keys == -1).sum() >= 7 * len(terms)
    assert not asked.visits.any()
