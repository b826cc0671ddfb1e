"""A prediction that is asked before the answer is shown."""

from __future__ import annotations

import sys


def predict(question: str) -> None:
    """Wait for a prediction, where somebody is there to make it: at a terminal, in a notebook.

    What is typed stays where it was typed, beside what comes out then. Elsewhere, in a test or
    where a notebook is run as a whole, only the question is printed.

    Args:
        question: In a line.

    >>> predict("Which well is lower?")
    Predict. Which well is lower?
    """
    if _somebody_is_there():
        try:
            input(f"Predict. {question} ")
            return
        except EOFError:
            print()
        except RuntimeError as error:  # of a kernel whose front end cannot be asked
            if type(error).__name__ != "StdinNotImplementedError":
                raise
    print(f"Predict. {question}")


def _somebody_is_there() -> bool:
    """Whether input and output are a terminal, or those of a kernel, which knows itself."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if hasattr(shell, "kernel"):
        return True
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
