"""Many independent computations: on all cores or on a Dask cluster, resumable."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from qdml_quantum.dynamics.propagate import available_cores
from qdml_quantum.support.messages import DamagedFileError, bad_type, bad_value, count
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.store import content_id, read_sealed, write_sealed

Plain = Mapping[str, Any]
Function = Callable[[Plain], Plain]

_BROKEN = (
    "A process of the sweep ended before its task did: {tasks}. In a script the call of `sweep` "
    'must stand under `if __name__ == "__main__":`, since the processes import the script; if it '
    "does, the system ended the process, most likely for want of memory: use fewer workers. "
    "Finished tasks are kept where there is a folder."
)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def sweep(
    function: Function,
    tasks: Sequence[Plain],
    *,
    folder: str | Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = False,
) -> list[dict[str, Any]]:
    """``[function(task) for task in tasks]``, many at a time.

    Seeds belong into the tasks, so that the results are the same in whatever order and wherever
    they are computed.

    Args:
        function: Of the top level of a module, so that other processes can import it; from plain
            JSON (a task) to plain JSON.
        tasks: All different.
        folder: Where every result is kept as soon as it is there, one sealed file each, default
            nowhere. A sweep that was killed goes on from there. Files of a function whose source
            was changed are refused; what it calls is not looked at.
        workers: Processes, default one per core; 1 stays in this process.
        scheduler: Address of a Dask scheduler, such as ``"tcp://10.0.0.1:8786"``; default none.
        progress: Show a bar.

    Returns:
        Results in the order of the tasks.

    Raises:
        ValueError: Two tasks are equal, or `workers` and `scheduler` are both given.
        DamagedFileError: A file of the folder was changed, or is of another sweep.
        TypeError: Other processes cannot import the function.
        RuntimeError: A task failed, or a process was ended; the message names it, and what was
            finished is kept.
        ImportError: A scheduler is given and Dask is not installed.

    >>> sweep(_double, [{"x": 1}, {"x": 4}], workers=1)
    [{'twice': 2}, {'twice': 8}]
    """
    if workers is not None and scheduler is not None:
        raise bad_value("workers", "be left out with a `scheduler`", workers)
    name = getattr(function, "__qualname__", "")
    if not callable(function) or not name or ("<" in name and (workers != 1 or scheduler)):
        must = "be a function of the top level of a module, which other processes can import"
        remedy = "Define it with `def` in a file, or use workers=1."
        raise bad_type("function", must, function, remedy)
    return swept(
        function,
        tasks,
        lambda missing: _computed(function, missing, workers, scheduler),
        folder=folder,
        progress=progress,
    )


def swept(
    function: Function,
    tasks: Sequence[Plain],
    computed: Callable[[Mapping[int, Plain]], AbstractContextManager[Iterator[tuple[int, Plain]]]],
    *,
    folder: str | Path | None,
    progress: bool,
) -> list[dict[str, Any]]:
    """`sweep`, with what computes the missing ones of the tasks in whatever way.

    Args:
        function: What answers one task, whose name and source the files have.
        tasks: All different.
        computed: Of the tasks that are missing, by their numbers; answers with numbers and results
            as they come.
        folder: See `sweep`.
        progress: See `sweep`.
    """
    names = [content_id(dict(task)) for task in tasks]
    if len(set(names)) < len(names):
        raise bad_value("tasks", "all be different", f"{len(names)} with equal ones")
    made_by = {
        "function": f"{function.__module__}.{function.__qualname__}",
        "source_sha256": hashlib.sha256(_source(function).encode()).hexdigest(),
    }
    results: dict[int, dict[str, Any]] = {}
    files = [None if folder is None else Path(folder) / f"{stem}.json" for stem in names]
    for index, (file, task) in enumerate(zip(files, tasks, strict=True)):
        kept = None if file is None else _kept(file, made_by | {"task": dict(task)})
        if kept is not None:
            results[index] = kept
    missing = {index: task for index, task in enumerate(tasks) if index not in results}
    bar = progress_bar(total=len(tasks), initial=len(results), desc="sweep", disable=not progress)
    with bar, computed(missing) as answers:
        for index, result in answers:
            results[index] = dict(result)
            file = files[index]
            if file is not None:
                write_sealed(file, made_by | {"task": tasks[index], "result": results[index]})
            bar.update()
    return [results[index] for index in range(len(tasks))]


def _kept(file: Path, known: Plain) -> dict[str, Any] | None:
    """A finished result, if the file has one of this function and task."""
    try:
        data = read_sealed(file)
    except FileNotFoundError:
        return None
    other = [name for name, value in known.items() if data.get(name) != value]
    if other or "result" not in data:
        raise DamagedFileError(
            f"File `{file}` belongs to another sweep: its {' and '.join(other) or 'result'} "
            "differs. Choose another folder."
        )
    return dict(data["result"])


def _source(function: Function) -> str:
    """Text of a function; empty where there is none, as for what was compiled."""
    try:
        return inspect.getsource(inspect.unwrap(function))
    except (OSError, TypeError):
        return ""


@contextmanager
def _computed(
    function: Function, tasks: Mapping[int, Plain], workers: int | None, scheduler: str | None
) -> Iterator[Iterator[tuple[int, Plain]]]:
    """Results with the indices of their tasks, as they come."""
    total = min(len(tasks), available_cores() if workers is None else count("workers", workers))
    if scheduler is not None:
        client = _dask_client(scheduler)
        with client:
            futures = {
                client.submit(_answer, function, task, pure=False): index
                for index, task in tasks.items()
            }
            from distributed import as_completed as as_done

            yield (
                (futures[done], _unwrapped(_of_worker(done, tasks[futures[done]])))
                for done in as_done(list(futures))
            )
    elif total <= 1:
        yield ((index, _unwrapped(_answer(function, task))) for index, task in tasks.items())
    else:
        with (
            _one_thread_each(),
            ProcessPoolExecutor(
                total, mp_context=get_context("spawn"), initializer=_end_with_parent
            ) as pool,
        ):
            jobs = {pool.submit(_answer, function, task): index for index, task in tasks.items()}
            try:
                yield ((jobs[done], _unwrapped(done.result())) for done in as_completed(jobs))
            except BrokenProcessPool:
                # Processes take tasks in order: it was one of the first that are not finished.
                broken = [job for job in jobs if not job.done() or job.exception() is not None]
                named = " or ".join(str(dict(tasks[jobs[job]])) for job in broken[:total])
                raise RuntimeError(_BROKEN.format(tasks=named)) from None
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def _of_worker(done: Any, task: Plain) -> tuple[Plain | None, str]:
    """What a Dask worker answered; or that it ended, as `distributed` says without the task."""
    try:
        return done.result()  # type: ignore[no-any-return]
    except Exception as error:
        words = "its worker ended, most likely for want of memory: use fewer of them"
        return None, f"{type(error).__name__} in task {dict(task)}: {words}."


def _end_with_parent() -> None:
    """A killed sweep must not leave processes behind that wait for it."""
    parent = parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    Thread(target=follow, daemon=True).start()


def named(function: Callable[[], Any], task: Plain) -> Any:
    """What a function of a task answers; what it raises names the task.

    Raises:
        RuntimeError: It raised something.
    """
    return _unwrapped(_answer(lambda _: {"answer": function()}, task))["answer"]


def _answer(function: Function, task: Plain) -> tuple[Plain | None, str]:
    """The result, or what was raised, in words: not every exception survives the way back."""
    try:
        return function(task), ""
    except Exception as error:
        return None, f"{type(error).__name__} in task {dict(task)}: {error}"


def _unwrapped(answer: tuple[Plain | None, str]) -> Plain:
    result, message = answer
    if result is None:
        raise RuntimeError(f"{message} Finished tasks are kept where there is a folder.")
    return result


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that share the cores must not each start a thread per core."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update({name: "1" for name in _THREADS if before[name] is None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


def _dask_client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise ImportError(
            "A scheduler needs Dask: pip install 'qdml-quantum[cluster]', here and on the workers."
        ) from None
    try:
        return Client(address, timeout=10)
    except (OSError, ValueError, TypeError) as error:
        must = "be the address of a running Dask scheduler"
        remedy = f"Start one with `dask scheduler` ({error})."
        raise bad_value("scheduler", must, address, remedy) from None


def _double(task: Plain) -> Plain:
    """For the doctest."""
    return {"twice": 2 * task["x"]}
