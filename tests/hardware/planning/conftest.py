import pytest
from plans import QUICK

from qdml_quantum import Grid, Problem


@pytest.fixture(scope="module")
def fewer_simulations():
    """Noise of one candidate instead of four: most of the time of a plan."""
    from qdml_quantum.hardware.devices import isa

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isa, "_SIMULATED", 1)
        yield


@pytest.fixture
def all_simulations(monkeypatch):
    """The noise of as many candidates as a user's plan simulates."""
    from qdml_quantum.hardware.devices import isa

    monkeypatch.setattr(isa, "_SIMULATED", 4)


optimized = {}


@pytest.fixture(scope="module")
def schedules_once():
    """Equal questions to the optimiser of few steps are answered once: half of the time of a fit.

    A test that two plans are equal asks the optimiser itself, with `optimize_schedule` put back.
    """
    from qdml_quantum.annealing import few_steps
    from qdml_quantum.annealing.optimized import optimize_schedule

    def once(problem, *args, **options):
        key = (problem.grid, problem.values.tobytes(), args, repr(sorted(options.items())))
        if key not in optimized:
            optimized[key] = optimize_schedule(problem, *args, **options)
        return optimized[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few_steps, "optimize_schedule", once)
        yield


@pytest.fixture
def schedules_anew(monkeypatch):
    """The optimiser as it is."""
    from qdml_quantum.annealing import few_steps
    from qdml_quantum.annealing.optimized import optimize_schedule

    monkeypatch.setattr(few_steps, "optimize_schedule", optimize_schedule)


@pytest.fixture(scope="module")
def well():
    return Problem(Grid([(-2.5, 2.5)], 3), "double_well")


@pytest.fixture(scope="module")
def made(well, fewer_simulations):
    from qdml_quantum.hardware.planning.planning import plan

    return plan(well, backend="fake_fez", **QUICK)
