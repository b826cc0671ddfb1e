"""Numbers behind a figure: equal columns, CSV that reads back, plain JSON."""

import csv
import io
import json
import math

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot.paper.numbers import Numbers

TABLE = {"x": np.array([0.1, 1 / 3, math.pi]), "name": np.array(["a", "b,c", "d"])}
MADE = Numbers(2, "title", {"t": TABLE}, {"gap": 0.5})


def test_tables_have_columns_of_equal_length():
    with pytest.raises(ValueError, match="`t` must have columns of equal length"):
        Numbers(2, "title", {"s": TABLE, "t": {"a": np.zeros(2), "b": np.zeros(3)}}, {})


def test_csv_has_columns_side_by_side_and_reads_back_exactly():
    head, *rows = csv.reader(io.StringIO(MADE.to_csv("t")))
    assert head == ["x", "name"]
    assert [float(row[0]) for row in rows] == TABLE["x"].tolist()
    assert [row[1] for row in rows] == ["a", "b,c", "d"]


def test_json_holds_everything():
    data = json.loads(json.dumps(MADE.to_dict()))
    assert (data["figure"], data["title"], data["facts"]) == (2, "title", {"gap": 0.5})
    assert data["tables"]["t"] == {name: values.tolist() for name, values in TABLE.items()}
