"""The command line of devices, as a person and as a program use it, on fake devices."""

import json

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qdml_quantum import cli

WELL = ["double_well", "--qubits", "3", "--backend", "fake_manila"]
QUICK = ["--effort", "0.05", "--seeds", "1", "--shots", "2000"]
SMALL = ["double_well", "--qubits", "2", "--backend", "fake_manila", *QUICK]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder, a ledger and a home of its own, without an account."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QDML_LEDGER", str(tmp_path / "ledger"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("TOKEN", "INSTANCE", "CHANNEL", "URL"):
        monkeypatch.delenv(f"QISKIT_IBM_{name}", raising=False)
    return tmp_path


def qdml(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_whole_path(here, capsys):
    """Plan, keep it, submit it, submit it again, list it, fetch it."""
    code, out, _ = qdml(capsys, "plan", *WELL, *QUICK, "--save", "kept")
    assert code == 0
    assert "verdict: worth running" in out and "qdml submit kept" in out
    code, out, _ = qdml(capsys, "submit", "kept", "--json")
    (sent,) = json.loads(out)
    assert code == 0 and sent["state"] == "submitted"
    _, out, _ = qdml(capsys, "submit", "kept", "--json")
    assert json.loads(out)[0]["tag"] == sent["tag"]
    _, out, _ = qdml(capsys, "jobs", "--json")
    assert [job["tag"] for job in json.loads(out)] == [sent["tag"]]
    code, out, err = qdml(capsys, "fetch")
    assert code == 0, err
    assert "supported" in out and "signal S" in out
    (figure,) = (here / "ledger" / "jobs" / sent["tag"]).rglob("device.png")
    assert figure.read_bytes().startswith(b"\x89PNG")
    _, out, _ = qdml(capsys, "jobs")
    assert "done" in out


def test_json_of_a_plan_and_of_a_result(capsys):
    code, out, _ = qdml(capsys, "plan", *WELL, *QUICK, "--json", "--steps", 1, "--besides")
    plan = json.loads(out)
    assert code == 0 and plan["worth"] is True and plan["costs"]["num_steps"] == 1
    qdml(capsys, "submit", *WELL, *QUICK, "--besides", "--steps", 1, "--json")
    code, out, _ = qdml(capsys, "fetch", "--json", "--no-figures", "--confidence", 0.9)
    (result,) = json.loads(out)["results"]
    assert code == 0 and result["passed"] is True and result["success"]["confidence"] == 0.9
    assert result["device"]["signal"]["confidence"] == 0.9
    assert result["verdict"].startswith("supported")
    assert sum(result["counts"].values()) == result["shots"] == 2000
    assert result["device"]["counts"] == [result["counts"]]


@pytest.mark.slow
def test_a_claim_that_the_data_do_not_bear_out_is_exit_code_1(capsys):
    qdml(capsys, "submit", *WELL, *QUICK, "--besides", "--json")
    code, out, _ = qdml(capsys, "fetch", "--no-figures", "--min-signal", 0.9999)
    assert code == 1
    assert "not supported" in out


def test_a_plan_that_is_not_worth_it_is_exit_code_1(capsys):
    """A uniform histogram proves nothing: one short step moves next to nothing."""
    shown = ["--schedule", "constant", "--stages", 1, "--steps", 1, "--time-step", 1e-3]
    code, out, _ = qdml(capsys, "plan", *WELL, *QUICK, *shown, "--d-start", 1, "--d-stop", 1)
    assert code == 1
    assert "FAIL  far_from_uniform" in out


@pytest.mark.slow
def test_several_plans_in_one_job_and_in_a_batch(capsys):
    for steps in (1, 2):
        qdml(capsys, "plan", *SMALL, "--besides", "--steps", steps, "--save", f"p{steps}")
    _, out, _ = qdml(capsys, "submit", "p1", "p2", "--json")
    assert len(json.loads(out)) == 1
    _, out, _ = qdml(capsys, "fetch", "--json", "--no-figures")
    assert len(json.loads(out)["results"]) == 2
    _, out, _ = qdml(capsys, "submit", "p1", "p2", "--mode", "batch", "--json")
    assert len(json.loads(out)) == 2


def test_cancel(capsys):
    _, out, _ = qdml(capsys, "submit", *SMALL, "--besides", "--json")
    (sent,) = json.loads(out)
    _, out, _ = qdml(capsys, "cancel", sent["tag"])
    assert "cancelled" in out
    code, _, err = qdml(capsys, "fetch", sent["tag"])
    assert code == 2 and "cancelled" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", "double_well"], "--backend fake_fez"),
        (["plan", "double_well", "--backend", "fake_fes"], "Did you mean `fake_fez`"),
        (["plan", "double_well", "--backend", "ibm_fez"], "No account of IBM Quantum was found"),
        (["plan", "double_well", "--backend", "least-busy"], "QISKIT_IBM_TOKEN"),
        (["plan", *WELL, "--shots", "0"], "`--shots` must be at least 1"),
        (["plan", *WELL, "--shots", "1000000"], "shots"),
        (["plan", "double_well", "--qubits", "6", "--backend", "fake_manila"], "at least 6 qubits"),
        (["plan", *WELL, "--option", "dynamical_decoupling.sequence_type=ZZ"], "sequence_type"),
        (["plan", *WELL, "--option", "twirling"], "`--option` must be NAME=VALUE"),
        (["plan", *WELL, "--option", "a=1", "--option", "a.b=1"], "`--option`"),
        (["plan", *WELL, "--fractional"], "fractional"),
        (["plan", "nonsense(", "--backend", "fake_manila"], "nonsense"),
        (["submit", "missing-folder/", "--backend", "fake_manila"], "missing-folder"),
        (["fetch"], "holds no job"),
        (["fetch", "qdml-unknown"], "qdml-unknown"),
        (["cancel", "qdml-unknown"], "qdml-unknown"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_are_one_sentence(arguments, words, capsys, monkeypatch):
    """Said before anything is optimised, which takes seconds."""
    for room in ("hardware.planning.planning", "annealing.few_steps"):
        monkeypatch.delattr(f"qdml_quantum.{room}.few_step_schedule")
    code, out, err = qdml(capsys, *arguments)
    assert code == 2
    assert words in err
    assert "Traceback" not in out + err


def test_a_plan_tells_what_the_other_end_would_cost(capsys):
    """On three qubits nothing is gained, on four half of a transform."""
    pytest.importorskip("qiskit_ibm_runtime")
    well = ["double_well", "--qubits", "4", "--backend", "fake_manila", "--besides", *QUICK]
    _, out, _ = qdml(capsys, "plan", *well, "--dynamic", "--json")
    ends = json.loads(out)["dynamic"]
    assert ends["feed_forward"] == 3
    assert ends["plain_two_qubit_gates"] - ends["two_qubit_gates"] >= 6


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", *WELL, "--fit"], "left out with --fit"),
        (["run", "double_well", "--backend", "emulator"], "left out of the backend emulator"),
        (["circuit", "double_well", "--backend", "imaginary-time"], "left out of the backend imag"),
    ],
)
def test_what_cannot_be_measured_as_it_goes(arguments, words, capsys):
    code, _, err = qdml(capsys, *arguments, "--dynamic")
    assert code == 2 and f"`--dynamic` must be {words}" in err


def test_a_ledger_that_is_damaged_or_no_folder(here, capsys):
    (here / "ledger").mkdir()
    (here / "ledger" / "ledger.sqlite").write_bytes(b"no database at all" * 500)
    code, _, err = qdml(capsys, "jobs")
    assert code == 2 and "damaged" in err
    (here / "file").write_text("x")
    code, _, err = qdml(capsys, "jobs", "--ledger", "file")
    assert code == 2 and "file" in err


def test_an_empty_ledger(capsys):
    assert qdml(capsys, "jobs")[1] == "The ledger holds no job.\n"
    assert json.loads(qdml(capsys, "jobs", "--json")[1]) == []


@pytest.mark.slow
def test_a_search_takes_steps(capsys):
    code, out, err = qdml(capsys, "plan", *WELL, *QUICK, "--fit", "--steps", 1, "--json")
    (option,) = {one["costs"]["num_steps"] for one in json.loads(out)["options"]}
    assert (code, option, err) == (0, 1, "")


def test_a_search_refuses_a_schedule(capsys):
    code, _, err = qdml(capsys, "plan", *WELL, *QUICK, "--fit", "--schedule", "linear")
    assert code == 2
    assert "`--schedule` must be left out with --fit, which chooses the schedule" in err
    for given in (["--max-error", 0.1], ["--compress"], ["--preload", 1]):
        code, _, err = qdml(capsys, "plan", *WELL, *QUICK, "--fit", *given)
        assert code == 2 and f"`{given[0]}` must be left out with --fit" in err
    code, _, err = qdml(capsys, "plan", *WELL, *QUICK, "--fit", "--d-stop", 0.1)
    assert code == 2 and "`--d-stop` must be left out" in err


@pytest.mark.slow
def test_a_self_test(here, capsys):
    asked = ["selftest", "fake_fez", "--shots", 2000]
    code, out, err = qdml(capsys, *asked, "--dry-run")
    assert code == 0, err
    assert "verdict: not run; the motion is to be seen" in out and "QPU time" in out
    assert not (here / "ledger").exists()
    code, out, err = qdml(capsys, *asked, "--json")
    test = json.loads(out)
    assert code == 0 and test["passed"] and len(test["measured"]) == 5, err
    (figure,) = test["figures"]
    assert (here / figure).read_bytes().startswith(b"\x89PNG")


def test_a_self_test_has_three_to_six_qubits(capsys):
    code, _, err = qdml(capsys, "selftest", "fake_fez", "--qubits", 7)
    assert code == 2 and "`--qubits` must be 3 to 6" in err


@pytest.mark.slow
def test_a_prefix_is_loaded(capsys):
    asked = ["plan", *WELL, *QUICK, "--steps", 2, "--besides", "--preload"]
    code, out, err = qdml(capsys, *asked, 1)
    assert code == 0, err
    assert "the first 1 of 2 steps), then 1 step of dynamics" in out
    code, out, err = qdml(capsys, *asked, 2)
    assert code == 0, err
    assert "fitted classically (all 2 steps), without dynamics" in out
    code, _, err = qdml(capsys, *asked, 3)
    assert code == 2 and "`--preload` must be at most the 2 steps of the schedule" in err


def test_a_packet_cannot_be_fitted(here, capsys):
    packet = {"center": 0.0, "width": 0.5}
    (here / "spec.json").write_text(
        json.dumps({"objective": "double_well", "backend": "fake_manila", "initial": packet})
    )
    code, _, err = qdml(capsys, "plan", "spec.json", "--fit")
    assert code == 2 and "`--initial` must be left out with --fit, which begins uniform" in err
