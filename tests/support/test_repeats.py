"""Sequences that repeat themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum.support.repeats import folded


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_blocks_one_after_the_other_are_the_sequence(items):
    blocks = folded(items)
    assert [item for times, block in blocks for item in block * times] == items
    assert all(times >= 1 and block for times, block in blocks)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("abcabcabc", [(3, "abc")]),
        ("xababab", [(1, "x"), (3, "ab")]),
        ("aaaa", [(4, "a")]),
        ("abcd", [(1, "abcd")]),
        ("sabcabcabm", [(1, "s"), (2, "abc"), (1, "abm")]),
    ],
)
def test_what_is_repeated_stands_once(text, blocks):
    assert [(times, "".join(block)) for times, block in folded(text)] == blocks
