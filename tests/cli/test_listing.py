"""`qdml list`: the built-ins, in the dimensions where they are."""

import json
import re

from command import qdml


def test_list_shows_the_built_ins(capsys):
    _, out, _ = qdml(capsys, "list")
    assert re.search(r"^double_well\s+1", out, re.M)
    entry = json.loads(qdml(capsys, "list", "rastrigin", "--dimensions", 3, "--json")[1])[0]
    assert entry["dimensions"] == 3
    assert all(
        e["dimensions"] == 2
        for e in json.loads(qdml(capsys, "list", "--dimensions", 2, "--json")[1])
    )
