"""Run folders: a run that was stopped goes on, and ends with the same bits."""

import json
import random
import subprocess
import sys
import time
from threading import Thread

import numpy as np
import pytest

from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.backends.engines.numpy_engine import NumPyEngine
from qdml_quantum.dynamics.formulas import FORMULAS, KINETIC, POTENTIAL, Formula
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian
from qdml_quantum.runs import folder as folder_module
from qdml_quantum.runs.folder import RunFolder
from qdml_quantum.runs.result import Result, StageRecord
from qdml_quantum.runs.run import anneal
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import read_sealed

WELL = Problem(Grid((-2.5, 2.5), 5), "double_well")
SCHEDULE = Schedule.geometric((20, 0.3), num_stages=6, num_steps=3, time_step=0.05)
RECORD = StageRecord(1.0, 0.1, 3, 0.5, 0.1, 0.9, 1e-9, 1e-9)


def state_of(blocks):
    return blocks.get("state")


def last_of(folder, make=state_of):
    """The last checkpoint of a folder that is whole."""
    saved = (folder.load_checkpoint(make, number) for number in reversed(folder.kept_stages()))
    return next((one for one in saved if one is not None), None)


VERSIONS = {"numpy": "2"}


@pytest.fixture(autouse=True)
def every_stage_is_saved(monkeypatch):
    """What is tested here is what was saved; when, a test below."""
    monkeypatch.setattr(folder_module, "_WORK_PER_SAVING", 0.0)


class Stopper:
    """A callback that ends the run after some stages, as Ctrl-C would."""

    def __init__(self, stages, error=KeyboardInterrupt):
        self.left, self.error = stages, error

    def __call__(self, record):
        self.left -= 1
        if self.left == 0:
            raise self.error


class Counter:
    """A callback that counts the stages that were run."""

    def __init__(self):
        self.stages = 0

    def __call__(self, record):
        self.stages += 1


def assert_same_bits(one, other):
    assert np.array_equal(one.state, other.state)
    assert one.state.dtype == other.state.dtype
    assert one.counts == other.counts
    assert one.stages == other.stages
    assert np.array_equal(one.stage_probabilities, other.stage_probabilities)
    assert one.checks == other.checks
    drop = {"resources", "folder"}
    a, b = ({k: v for k, v in r.to_dict().items() if k not in drop} for r in (one, other))
    assert a == b


def run(folder=None, *, problem=WELL, progress=False, validate=False, **options):
    return anneal(problem, SCHEDULE, folder=folder, progress=progress, validate=validate, **options)


@pytest.mark.parametrize("formula", sorted(FORMULAS))
@pytest.mark.parametrize("stages", [1, 3, 6])
def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path, formula, stages):
    options = {"formula": formula, "shots": 100, "seed": 7}
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=Stopper(stages), **options)
    counter = Counter()
    resumed = run(tmp_path, progress=counter, **options)
    assert counter.stages == 6 - stages
    assert_same_bits(resumed, run(**options))


@pytest.mark.parametrize("bounds", [[(-2, 2), (-2, 2)], [(-2, 2)] * 3], ids=["2-D", "3-D"])
def test_more_dimensions_go_on_to_the_same_bits(tmp_path, bounds):
    problem = Problem(Grid(bounds, 3), "rastrigin")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, problem=problem, progress=Stopper(2))
    assert_same_bits(run(tmp_path, problem=problem), run(problem=problem))


def test_single_precision_goes_on_to_the_same_bits(tmp_path):
    backend = Emulator(precision="single")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, backend=backend, progress=Stopper(2))
    resumed = run(tmp_path, backend=backend)
    assert resumed.state.dtype == np.complex64
    assert_same_bits(resumed, run(backend=backend))


def test_a_run_may_be_stopped_again_and_again_and_keeps_its_checks(tmp_path):
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, progress=Stopper(1), validate=True)
    assert_same_bits(run(tmp_path, validate=True), run(validate=True))


def test_an_error_in_the_callback_loses_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError):
        run(tmp_path, progress=Stopper(3, ZeroDivisionError))
    counter = Counter()
    run(tmp_path, progress=counter)
    assert counter.stages == 3


CHILD = """
import sys
from qdml_quantum import Grid, Problem, Schedule, anneal
from qdml_quantum.runs import folder
folder._WORK_PER_SAVING = 0.0
schedule = Schedule.geometric((20, 0.3), num_stages=30, num_steps=20, time_step=0.05)
def tell(record):
    print("stage", flush=True)
anneal(Problem(Grid((-2.5, 2.5), 8), "double_well"), schedule, folder=sys.argv[1],
       progress=tell, validate=False, shots=50, seed=3)
"""


@pytest.mark.few(1)
@pytest.mark.parametrize("seed", [1, 2])
def test_kill_at_a_random_moment_costs_at_most_the_running_stage(tmp_path, seed):
    """SIGKILL from outside, wherever the child then is: computing, writing, or renaming."""
    stages = random.Random(seed).randint(1, 25)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    for _ in range(stages):
        assert child.stdout.readline() == "stage\n"
    child.kill()
    child.communicate(timeout=60)
    assert child.returncode == -9
    problem = Problem(Grid((-2.5, 2.5), 8), "double_well")
    schedule = Schedule.geometric((20, 0.3), num_stages=30, num_steps=20, time_step=0.05)
    options = {"validate": False, "shots": 50, "seed": 3}
    counter = Counter()
    resumed = anneal(problem, schedule, folder=tmp_path, progress=counter, **options)
    assert 0 <= counter.stages <= 30 - stages
    assert_same_bits(resumed, anneal(problem, schedule, **options))


@pytest.mark.parametrize("part", ["npz", "json"])
@pytest.mark.parametrize("damage", ["truncate", "flip", "remove", "empty"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(tmp_path, part, damage):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=Stopper(4))
    newest = max(tmp_path.glob(f"*/checkpoint-*.{part}"))
    content = bytearray(newest.read_bytes())
    if damage == "remove":
        newest.unlink()
    else:
        content[len(content) // 2] ^= 1
        kept = {"truncate": len(content) // 2, "flip": len(content), "empty": 0}[damage]
        newest.write_bytes(content[:kept])
    if (part, damage) == ("json", "flip"):
        newest.write_text(newest.read_text().replace('"stage": 3', '"stage": 4'))
    counter = Counter()
    resumed = run(tmp_path, progress=counter)
    assert counter.stages in ((3,) if (part, damage) != ("json", "flip") else (2, 3))
    assert_same_bits(resumed, run())


def test_all_checkpoints_damaged_means_starting_over(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=Stopper(4))
    for file in tmp_path.glob("*/checkpoint-*.npz"):
        file.write_bytes(b"")
    counter = Counter()
    assert_same_bits(run(tmp_path, progress=counter), run())
    assert counter.stages == 6


def test_checkpoint_of_another_run_is_ignored(tmp_path):
    """A copied file: whole, with the right hash, and not ours."""
    mine = RunFolder(tmp_path / "a", "run", {"n": 1})
    other = RunFolder(tmp_path / "b", "run", {"n": 2})
    other.save_checkpoint(3, {"state": np.ones(4)}, [RECORD], None)
    mine.path.mkdir(parents=True)
    for file in other.path.glob("checkpoint-*"):
        (mine.path / file.name).write_bytes(file.read_bytes())
    assert last_of(other) is not None
    assert last_of(mine) is None


def test_renamed_checkpoint_is_ignored(tmp_path):
    folder = RunFolder(tmp_path, "run", {})
    folder.save_checkpoint(3, {"state": np.ones(4)}, [RECORD], None)
    for file in folder.path.glob("checkpoint-*"):
        file.rename(file.with_name(file.name.replace("00003", "00005")))
    assert last_of(folder) is None


def test_checkpoint_of_another_shape_is_ignored(tmp_path):
    folder = RunFolder(tmp_path, "run", {})
    folder.save_checkpoint(3, {"state": np.ones(4)}, [RECORD], None)
    engines = [NumPyEngine(Problem(Grid([(0, 1)], n), "harmonic")) for n in (2, 3)]
    assert [last_of(folder, e.from_blocks) is None for e in engines] == [False, True]


def test_blocks_and_histograms_are_kept_apart(tmp_path):
    folder = RunFolder(tmp_path, "run", {})
    blocks = {f"state-{number}": np.full(2, number) for number in range(3)}
    folder.save_checkpoint(3, blocks, [RECORD], np.ones((1, 4)))
    _, kept, _, histograms = last_of(folder, dict)
    assert list(kept) == list(blocks)
    assert histograms.shape == (1, 4)


def test_two_checkpoints_are_kept_and_all_go_in_the_end(tmp_path):
    folder = RunFolder(tmp_path, "run", {})
    for number in range(5):
        folder.save_checkpoint(number, {"state": np.full(4, number)}, [RECORD] * (number + 1), None)
    kept = sorted(path.name for path in folder.path.glob("checkpoint-*"))
    assert kept == [f"checkpoint-0000{n}.{kind}" for n in (3, 4) for kind in ("json", "npz")]
    number, state, records, histograms = last_of(folder)
    assert (number, state.tolist(), len(records), histograms) == (4, [4] * 4, 5, None)
    folder.clear()
    assert list(folder.path.glob("checkpoint-*")) == []


class Clock:
    """Time that passes where a test says so."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


def records_written(tmp_path, monkeypatch, stages):
    """By an anneal of one second a stage, where a record takes half a second to be written."""
    clock, written = Clock(), []

    def write(path, data):
        written.append(len(data["records"]))
        clock.now += 0.5 * len(data["records"])

    monkeypatch.setattr(folder_module, "_WORK_PER_SAVING", 10.0)
    monkeypatch.setattr(folder_module, "time", clock)
    monkeypatch.setattr(folder_module, "write_sealed", write)
    folder = RunFolder(tmp_path, f"run of {stages}", {})
    for number in range(stages):
        clock.now += 1
        if folder.is_due:
            folder.save_checkpoint(number, {"state": np.ones(4)}, [RECORD] * (number + 1), None)
    return sum(written)


def test_all_savings_together_cost_a_tenth_however_many_stages_there_are(tmp_path, monkeypatch):
    """Saved at every stage, 2,001,000 records would be written for 2000."""
    for stages in (500, 1000, 2000):
        assert 0 < records_written(tmp_path, monkeypatch, stages) <= 1.2 * stages


def test_what_a_callback_ends_between_two_savings_is_saved(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "_WORK_PER_SAVING", 1e9)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=Stopper(4))
    counter = Counter()
    assert_same_bits(run(tmp_path, progress=counter), run())
    assert counter.stages == 2


def test_a_finished_run_is_loaded_and_not_run_again(tmp_path):
    first = run(tmp_path)
    counter = Counter()
    again = run(tmp_path, progress=counter)
    assert counter.stages == 0
    assert again.folder == first.folder
    assert_same_bits(again, first)
    assert sorted(p.name for p in first.folder.iterdir()) == [
        ".lock",
        "arrays.npz",
        "result.json",
        "spec.json",
    ]


def test_fresh_runs_again(tmp_path):
    first = run(tmp_path)
    counter = Counter()
    assert run(tmp_path, fresh=True, progress=counter).folder == first.folder
    assert counter.stages == 6


def test_fresh_ignores_checkpoints(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=Stopper(4))
    counter = Counter()
    run(tmp_path, fresh=True, progress=counter)
    assert counter.stages == 6


@pytest.mark.parametrize("file", ["arrays.npz", "result.json"])
def test_a_damaged_result_is_run_again(tmp_path, file):
    first = run(tmp_path)
    (first.folder / file).write_bytes((first.folder / file).read_bytes()[:-7])
    counter = Counter()
    assert_same_bits(run(tmp_path, progress=counter), first)
    assert counter.stages == 6


def test_other_versions_mean_another_run(tmp_path):
    folder = run(tmp_path).folder
    data = json.loads((folder / "result.json").read_text())
    data["versions"]["numpy"] = "0.0"
    (folder / "result.json").write_text(json.dumps(data))
    counter = Counter()
    run(tmp_path, progress=counter)
    assert counter.stages == 6


def test_same_spec_same_id_and_every_change_another(tmp_path):
    base = run(tmp_path).folder
    assert run(tmp_path).folder == base
    others = [
        run(tmp_path, formula="lie"),
        run(tmp_path, initial=Gaussian(0.0, 1.0)),
        run(tmp_path, initial=np.ones(32)),
        run(tmp_path, radius=0.2),
        run(tmp_path, shots=10, seed=1),
        run(tmp_path, shots=10, seed=2),
        run(tmp_path, validate=True),
        run(tmp_path, backend=Emulator(precision="single")),
        run(tmp_path, problem=Problem(Grid((-2.5, 2.5), 4), "double_well")),
        run(tmp_path, problem=Problem(Grid((-2.5, 2.6), 5), "double_well")),
        run(tmp_path, problem=Problem(WELL.grid, lambda x: x**2)),
        run(tmp_path, problem=Problem(WELL.grid, lambda x: x**4)),
    ]
    folders = {base, *(result.folder for result in others)}
    assert len(folders) == len(others) + 1


def test_a_formula_of_the_same_name_is_another_run(tmp_path):
    one = Formula("mine", 1, ((POTENTIAL, 1.0), (KINETIC, 1.0)))
    two = Formula("mine", 1, ((KINETIC, 1.0), (POTENTIAL, 1.0)))
    first, second = (run(tmp_path, formula=formula) for formula in (one, two))
    assert not np.array_equal(first.state, second.state)


def test_spec_file_says_what_is_run(tmp_path):
    spec = json.loads((run(tmp_path, shots=10, seed=1).folder / "spec.json").read_text())
    anneal = spec["anneal"]
    assert anneal["formula"]["name"] == "strang"
    assert anneal["schedule"] == SCHEDULE.to_dict()
    assert (spec["shots"], spec["seed"]) == (10, 1)
    assert anneal["problem"]["grid"] == WELL.grid.to_dict()


@pytest.mark.parametrize(
    ("name", "slug"), [("Double Well!", "double-well"), ("x**4 - 3*x", "x-4-3-x"), ("***", "run")]
)
def test_folder_name_is_safe(tmp_path, name, slug):
    assert RunFolder(tmp_path, name, {}).path.name.rsplit("-", 1)[0] == slug


def test_no_result_no_finished_run(tmp_path):
    assert RunFolder(tmp_path, "run", {}).finished(VERSIONS) is None


def test_loaded_result_knows_its_folder(tmp_path):
    folder = run(tmp_path).folder
    assert Result.load(folder).folder == folder


def changed_digits(content):
    """The same file with every digit changed in turn."""
    for at, byte in enumerate(content):
        if chr(byte).isdigit():
            yield content[:at] + str(9 - int(chr(byte))).encode() + content[at + 1 :]


@pytest.mark.parametrize("name", ["checkpoint-00003.json", "result.json"])
def test_one_changed_digit_anywhere_is_never_loaded(tmp_path, name):
    if name == "result.json":
        folder = run(tmp_path).folder
    else:
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, progress=Stopper(4))
        (folder,) = tmp_path.iterdir()
    content = (folder / name).read_bytes()
    changed = list(changed_digits(content))
    assert len(changed) > 300
    for other in changed:
        (folder / name).write_bytes(other)
        with pytest.raises(DamagedFileError):
            read_sealed(folder / name)


def test_a_changed_checkpoint_costs_a_stage_and_a_changed_result_the_run(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=Stopper(4))
    newest = max(tmp_path.glob("*/checkpoint-*.json"))
    newest.write_text(newest.read_text().replace("0.", "0.1", 1))
    counter = Counter()
    result = run(tmp_path, progress=counter)
    assert counter.stages == 3
    file = result.folder / "result.json"
    file.write_text(file.read_text().replace('"passed": true', '"passed": false', 1))
    counter = Counter()
    assert_same_bits(run(tmp_path, progress=counter), result)
    assert counter.stages == 6


def test_the_finished_result_of_another_run_is_not_taken(tmp_path):
    """Both files of another run, whole and sealed, in the folder of this one."""
    mine, other = run(tmp_path), run(tmp_path, initial=Gaussian(0.5, 0.4))
    for name in ("result.json", "arrays.npz"):
        (mine.folder / name).write_bytes((other.folder / name).read_bytes())
    counter = Counter()
    assert_same_bits(run(tmp_path, progress=counter), mine)
    assert counter.stages == 6


PAIR = """
import sys
from qdml_quantum import Grid, Problem, Schedule, anneal
schedule = Schedule.geometric((20, 0.3), num_stages=40, num_steps=2, time_step=0.05)
problem = Problem(Grid((-2.5, 2.5), 7), "double_well")
print("ready", flush=True)
sys.stdin.readline()
result = anneal(problem, schedule, folder=sys.argv[1], fresh="fresh" in sys.argv, seed=3, shots=50,
                validate=False)
print(result.success_probability, result.energy)
"""


@pytest.mark.few(1)
@pytest.mark.parametrize("options", [[], ["fresh"]], ids=["goes on", "fresh"])
def test_two_processes_in_one_folder_take_turns(tmp_path, options):
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", PAIR, str(tmp_path), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for child in pair:
        assert child.stdout.readline() == "ready\n"
    outputs = set()
    for child in pair:
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in pair:
        outputs.add(child.communicate(timeout=120)[0])
        assert child.returncode == 0
    assert len(outputs) == 1
    (folder,) = tmp_path.iterdir()
    names = sorted(path.name for path in folder.iterdir())
    assert names == [".lock", "arrays.npz", "result.json", "spec.json"]


def test_who_waits_for_a_folder_is_told(tmp_path):
    said = []
    folder = RunFolder(tmp_path, "run", {})
    with folder.entered():
        waiting = Thread(target=lambda: folder.entered(said.append).__enter__(), daemon=True)
        waiting.start()
        while not said:
            time.sleep(0.01)
        assert waiting.is_alive()
    waiting.join(60)
    assert "another process is at work in" in said[0]
