"""Results are kept for each object, and go with it."""

import gc
from weakref import WeakKeyDictionary

from qdml_quantum.support.memo import once_each


class Thing:
    pass


def test_each_object_is_asked_once_and_forgotten_with_it():
    asked = []

    @once_each
    def look(thing):
        asked.append(id(thing))
        return asked.count(id(thing))

    one, other = Thing(), Thing()
    assert [look(one), look(one), look(other)] == [1, 1, 1]
    assert asked == [id(one), id(other)]
    cells = [cell.cell_contents for cell in look.__closure__]
    (kept,) = (cell for cell in cells if isinstance(cell, WeakKeyDictionary))
    assert len(kept) == 2
    del other
    gc.collect()
    assert len(kept) == 1
