"""What all figures share: colours, headlines, words that are no formulas."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("matplotlib")


from qdml_quantum import (
    Problem,
    relax,
)
from qdml_quantum.plot import (
    plot_stages,
    style,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_later_stages_are_darker(line):
    for result in (line, replace(line, stages=(line.stages[0],) * 6)):  # by D, by time
        scale, values, _ = style.stage_scale(result)
        light = [sum(scale.to_rgba(np.array(value))[:3]) for value in values]
        assert light == sorted(light, reverse=True)


def test_headline_says_what_was_run_and_what_failed(line):
    title = plot_stages(line).get_title()
    assert title.startswith("double_well on 6 qubits: emulator, 48 strang steps in 6 stages")
    assert not line.passed
    failed = [check.name for check in line.failed]
    assert all(name in title for name in failed)
    passing = replace(line, checks=tuple(check for check in line.checks if check.passed))
    assert "failed" not in plot_stages(passing).get_title()


def test_name_with_dollars_is_no_formula():
    result = relax(Problem.from_table([3.0, 1.0, 0.0, 2.0], (0, 4), name=r"a $ \frac{ $"), 1.0)
    style.to_png(plot_stages(result).figure)
