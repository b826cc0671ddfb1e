"""Numbers from names: hashes, generator and levels, the same as in the page."""

import json
import shutil
import subprocess

import pytest

from qdml_quantum.teach.drawing import LEVELS, diffusion_of, draw, hash_of, level_of, stream
from qdml_quantum.teach.lab.page import SOURCES

SEEDS = [0, 1, 2**31, 2**32 - 1, hash_of("Zoë")]


def test_levels_are_their_own_nearest():
    assert [level_of(diffusion_of(level)) for level in range(LEVELS + 1)] == [*range(LEVELS + 1)]
    assert (level_of(1e-9), level_of(1e9)) == (0, LEVELS)


def test_numbers_lie_on_their_steps_and_reach_both_ends():
    rule = {"x": {"from": 0.4, "to": 1, "step": 0.05}}
    assert draw(rule, lambda: 0.0) == {"x": 0.4}
    assert draw(rule, lambda: 1 - 1e-12) == {"x": 1.0}
    assert draw(rule, lambda: 0.25) == {"x": 0.55}


def test_a_level_and_the_diffusion_that_is_shown():
    drawn = draw({"D": {"level": [0.1, 0.8]}}, lambda: 0.5)
    assert abs(drawn["D"] / diffusion_of(drawn["level"]) - 1) < 1e-3
    assert drawn["D"] == float(f"{drawn['D']:.4g}")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_the_page_draws_the_same():
    script = (
        f"import {{ random }} from {json.dumps((SOURCES / 'engine.js').as_uri())};\n"
        f"console.log(JSON.stringify({SEEDS}.map((seed) => {{ const next = random(seed);"
        "return [next(), next(), next()]; })))"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    ours = [[following() for _ in range(3)] for following in map(stream, SEEDS)]
    assert json.loads(done.stdout) == ours
