"""What a job measures besides positions: names are checked, circuits are counted."""

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qdml_quantum import Anneal, Grid, Problem, Schedule
from qdml_quantum.hardware.planning.measured import (
    MEASURED,
    as_measured,
    bases_of,
    preparation,
    require_preload,
)

WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")


def anneal(num_steps=3, coarse=0):
    schedule = Schedule.geometric((2, 0.3), num_stages=1, num_steps=num_steps, time_step=0.3)
    if coarse:
        from qdml_quantum import Stage

        schedule = Schedule((Stage(1.0, 0.1, 2, coarse=coarse), Stage(0.5, 0.1, 1)))
    return Anneal(WELL, schedule)


def test_names_come_once_and_in_order():
    assert as_measured([*MEASURED[::-1], *MEASURED]) == MEASURED
    assert as_measured(()) == ()
    for wrong, error in (("cuts", TypeError), (3, TypeError), (["cut"], ValueError)):
        with pytest.raises(error, match="besides"):
            as_measured(wrong)


def test_kinds_of_circuits():
    assert bases_of(anneal(), ()) == ("position",)
    assert bases_of(anneal(), ("momentum", "readout")) == ("position", "momentum")
    assert bases_of(anneal(), ("cuts",)) == ("position", "cut-1", "cut-2")


@pytest.mark.parametrize("whole", [anneal(1), anneal(coarse=1)], ids=["one step", "coarse"])
def test_what_cannot_be_cut_says_so(whole):
    with pytest.raises(ValueError, match="two steps or more, all on the whole grid"):
        bases_of(whole, ("cuts",))


def test_cuts_of_a_loaded_prefix_begin_with_the_loaded_state():
    assert bases_of(anneal(), ("cuts",), preload=1) == ("position", "cut-1", "cut-2")
    assert bases_of(anneal(), ("cuts",), preload=2) == ("position", "cut-2")


def test_no_more_steps_are_loaded_than_there_are():
    assert [require_preload(anneal(), load) for load in (0, 2, 3)] == [0, 2, 3]
    for load, text in ((4, "at most the 3 steps"), (-1, "preload"), (1.5, "preload")):
        with pytest.raises((ValueError, TypeError), match=text):
            require_preload(anneal(), load)
    with pytest.raises(ValueError, match="be 0, or all steps, where some are on coarser grids"):
        require_preload(anneal(coarse=1), 1)
    for what in ("cuts", "loschmidt"):
        with pytest.raises(ValueError, match="leave a step to be run where cuts or echoes"):
            bases_of(anneal(), (what,), preload=3)


def test_what_is_loaded_is_said_in_words():
    assert preparation(anneal(), 0) == ""
    one, two = (preparation(anneal(), load) for load in (2, 1))
    assert one == (
        "state preparation fitted classically (the first 2 of 3 steps), then 1 step of dynamics"
    )
    assert two.endswith("then 2 steps of dynamics")
