"""Functions in machine code do what the same lines of Python do."""

import os
import subprocess
import sys

import numpy as np
import pytest

from qdml_quantum.synthesis.compiled import compiled, inlined, is_kept, vectorised


@inlined
def doubled(number):
    return 2 * number


@compiled
def four_times(number):
    return doubled(doubled(number))


@pytest.mark.parametrize("number", [3, 0.5])
def test_a_compiled_function_calls_an_inlined_one(number):
    assert four_times(number) == 4 * number


@vectorised
def squared(values):
    total = 0.0
    for i in range(values.size):
        total += values[i] * values[i]
    return total


@compiled
def length(values):
    return squared(values) ** 0.5


def test_a_sum_in_any_order_is_the_sum():
    values = np.random.default_rng(0).normal(size=1001)
    assert length(values) == pytest.approx(np.linalg.norm(values), rel=1e-12)


def test_what_is_kept_hangs_on_the_files_and_constants_of_what_is_called(tmp_path):
    """Numba alone would go on with the old function: it looks at the file of the caller only."""
    (tmp_path / "called.py").write_text(
        "from qdml_quantum.synthesis.compiled import inlined\n"
        "@inlined\ndef times(x):\n    return 2 * x\n"
    )
    (tmp_path / "given.py").write_text("FACTOR = 10\n")
    (tmp_path / "between.py").write_text(
        "from called import times\nfrom qdml_quantum.synthesis.compiled import inlined\n"
        "@inlined\ndef again(x):\n    return times(x)\n"
    )
    (tmp_path / "caller.py").write_text(
        "from between import again\nfrom given import FACTOR\n"
        "from qdml_quantum.synthesis.compiled import compiled, is_kept\n"
        "@compiled\ndef f(x):\n    return FACTOR * again(x)\n"
        "if __name__ == '__main__':\n    import caller\n    print(is_kept(caller.f), caller.f(3))\n"
    )

    def run():
        paths = os.pathsep.join([str(tmp_path), *sys.path])
        return subprocess.run(
            [sys.executable, "caller.py"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": paths, "NUMBA_CACHE_DIR": str(tmp_path / "kept")},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert [run(), run()] == ["False 60", "True 60"]
    (tmp_path / "called.py").write_text(
        (tmp_path / "called.py").read_text().replace("2 * x", "5 * x")
    )
    assert run() == "False 150"
    (tmp_path / "given.py").write_text("FACTOR = 20\n")
    assert [run(), run()] == ["False 300", "True 300"]


def test_what_is_not_kept_says_so():
    assert not is_kept(doubled)
