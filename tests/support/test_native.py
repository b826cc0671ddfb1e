"""Threads, forks and pools: the first import of Qiskit may happen anywhere."""

import subprocess
import sys
from importlib.metadata import version

import pytest

THREAD_PER_REQUEST = """
import threading
{main}

def request(number):
    {request}
    print(number, flush=True)

for number in range(3):
    thread = threading.Thread(target=request, args=(number,))
    thread.start()
    thread.join()
print("end")
"""
CIRCUIT = "import qdml_quantum as q; q.build(q.Problem(q.Grid([(-2, 2)], 3), 'double_well'), STEPS)"
CIRCUIT = CIRCUIT.replace("STEPS", "q.Schedule.constant(1.0, num_steps=1, time_step=0.1)")
POOL = """
import multiprocessing as mp
import sys
import threading

def work(number):
    import qdml_quantum as q
    problem = q.Problem(q.Grid([(-2, 2)], 3), "double_well")
    schedule = q.Schedule.constant(1.0, num_steps=1, time_step=0.1)
    options = {"backend": "aer", "shots": 50, "seed": number, "validate": False}
    counts = q.anneal(problem, schedule, **options).counts
    return sum(counts.values())

if __name__ == "__main__":
    import qdml_quantum
    if "first" in sys.argv:
        work(0)
    with mp.get_context(sys.argv[1]).Pool(2) as pool:
        print(pool.map(work, range(4)))
"""


def run(*arguments):
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("main", "request_"),
    [
        (
            "import qdml_quantum",
            "import qdml_quantum as q; q.minimize('x**2', [(-2, 1)], maxfev=300, seed=0)",
        ),
        pytest.param("import qdml_quantum", CIRCUIT, marks=pytest.mark.slow),
        ("", CIRCUIT),
        pytest.param("", f"import qdml_quantum.problem.grid; {CIRCUIT}", marks=pytest.mark.slow),
    ],
    ids=["minimize", "build", "all in a thread", "a room first"],
)
def test_a_thread_per_request_does_not_bring_the_process_down(main, request_):
    code = THREAD_PER_REQUEST.format(main=main, request=request_)
    assert run("-c", code) == ["0", "1", "2", "end"]


@pytest.mark.parametrize(
    ("method", "first"),
    [
        pytest.param("fork", [], marks=pytest.mark.slow),
        ("fork", ["first"]),
        ("spawn", []),
        pytest.param("spawn", ["first"], marks=pytest.mark.slow),
    ],
    ids=["fork before Qiskit", "fork after", "spawn before", "spawn after"],
)
def test_pools_of_processes_work(tmp_path, method, first):
    if (method, first) == ("fork", ["first"]) and version("qiskit-aer").startswith("0.17"):
        pytest.skip("a fork after Aer 0.17 has run hangs: its threads are not there")
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    assert run(script, method, *first) == ["[50, 50, 50, 50]"]
