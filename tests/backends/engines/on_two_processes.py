"""What `test_jax_hosts.py` runs: an anneal whose objective counts what it is asked for.

``python on_two_processes.py PROCESSES MINE PORT FOLDER COARSE ...``, with the idle qubits of the
stages before the last two.
"""

import json
import sys

import numpy as np

from qdml_quantum import Grid, Objective, Problem, Schedule, Stage, anneal
from qdml_quantum.backends.emulator import Emulator


def main():
    number, mine, port = map(int, sys.argv[1:4])
    if number > 1:
        from qdml_quantum.backends.engines.jax_hosts import join

        join(f"127.0.0.1:{port}", number, mine)
    asked = []

    def zeta(x, y):
        asked.append(np.broadcast(x, y).size)
        return (x - 0.3) ** 2 + np.cos(3 * x) + (y - 0.3) ** 2 + np.cos(3 * y)

    grid = Grid([(-3, 3)] * 2, [9, 8])
    problem = Problem(grid, Objective(zeta, 2, name="counted"))
    fine = Schedule.geometric((3.0, 1.0), num_stages=2, num_steps=3, time_step=0.02).stages
    coarse = [Stage(4.0, 0.02, 4, coarse=int(idle)) for idle in sys.argv[5:]]
    schedule = Schedule((*coarse, *fine))
    backend = Emulator(engine="jax", devices=number)
    options = {"backend": backend, "shots": 500, "seed": 3, "folder": sys.argv[4]}
    result = anneal(problem, schedule, **options)
    told = {
        "largest": max(asked),
        "points": sum(asked),
        "whole": "values" in vars(problem) or "mask" in vars(result.goal),
        "energy": result.energy,
        "counts": dict(result.counts),
        "success": result.success.to_dict(),
        "minimizer": result.minimizer,
        "minimum": result.minimum,
        "checks": {check.name: check.value for check in result.checks},
    }
    again = anneal(problem, schedule, **options)
    told["again"] = again.folder == result.folder and again.counts == result.counts
    told["asked_again"] = sum(asked) - told["points"]
    print(json.dumps(told | {"resumed": resumed(result, options)}))


def resumed(result, options):
    """Whether a run that stops after every stage goes on with the same bits."""

    def stop(record):
        raise KeyboardInterrupt

    options = options | {"folder": options["folder"] + "-stopped"}
    for _ in result.stages:
        try:
            anneal(result.anneal, progress=stop, **options)
        except KeyboardInterrupt:
            continue
    rest = anneal(result.anneal, **options)
    return rest.stages == result.stages and rest.counts == result.counts


if __name__ == "__main__":
    main()
