"""The command line in this process, for tests."""

from qdml_quantum import cli

QUICK = [
    "--stages",
    "4",
    "--steps",
    "3",
    "--time-step",
    "0.05",
    "--d-start",
    "5",
    "--d-stop",
    "0.2",
]
"""Four stages that take no time, and find nothing."""


def qdml(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err
