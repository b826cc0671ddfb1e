"""Rows of tables: aligned, in order, with what to do about a failure."""

from dataclasses import replace

from qdml_quantum.support.check import at_least, at_most
from qdml_quantum.support.text import check_rows, fact_rows

GREEN = at_least("norm", 2, 1.0, "what it means", "nothing to do")
RED = at_most("much_longer_name", 0.25, 0.125, "too much of it", "Use less.")
NOTE = replace(RED, name="note_of_it", decides=False)


def test_a_green_check_is_one_row():
    assert list(check_rows([GREEN])) == ["  pass  norm           2 >= 1        what it means"]


def test_what_failed_says_what_to_do_below():
    row, remedy = check_rows([RED])
    assert row == "  FAIL  much_longer_name        0.25 <= 0.125    too much of it"
    assert remedy == "        -> Use less."


def test_what_does_not_decide_is_a_note_with_its_remedy():
    row, remedy = check_rows([NOTE])
    assert row.startswith("  note  note_of_it ")
    assert remedy.endswith("-> Use less.")


def test_rows_are_aligned_and_in_order():
    rows = [row for row in check_rows([GREEN, RED, NOTE]) if "->" not in row]
    assert [row.split()[1] for row in rows] == ["norm", "much_longer_name", "note_of_it"]
    signs = [row.index("=") for row in rows]
    assert len(set(signs)) == 1
    meanings = [row.index(what) for row, what in zip(rows, ("what", "too", "too"), strict=True)]
    assert len(set(meanings)) == 1


def test_facts_stand_in_a_column():
    assert fact_rows([("qubits", "6"), ("success probability", "0.9")]) == [
        "  qubits                6",
        "  success probability   0.9",
    ]
    assert fact_rows([]) == []
