"""Contenders in interpreters of their own, which take turns all the same: what one sets up, no other shares."""

from __future__ import annotations

import gc
import io
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Self

from benchmarks import events
from benchmarks.contenders import log_all
from benchmarks.harness import interleave
from benchmarks.interpreters import ROOT
from benchmarks.workload import Workload, active, silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.contenders import Contender
    from benchmarks.harness import Samples

__all__ = ["Apart", "compare_apart", "serve"]

# The same packages as here, the work tree last: where ours is installed from its wheel, that is what counts.
_PROGRAM: Final = "import sys; sys.path.append(sys.argv[1]); from benchmarks import apart; apart.serve(*sys.argv[2:])"
_NANOSECONDS: Final = 1_000.0


class Apart:
    """Hold a contender that logs *event* in an interpreter of its own; a context manager ends it.

    Args:
        contender: Its adapter.
        event: The name of a function in `benchmarks.events`.
        message: The event of each call.
    """

    def __init__(self, contender: Contender, event: str, message: str) -> None:
        name = contender.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
        command = [sys.executable, "-c", _PROGRAM, str(ROOT), name, event, message]
        self._process = subprocess.Popen(  # noqa: S603 (this very program)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def lines(self, calls: int) -> list[str]:
        """Return the lines it writes for the first *calls* calls; nothing else may be asked of it."""
        return self._ask(f"lines {calls}")

    def timed(self) -> int:
        """Return how many nanoseconds all calls took it."""
        return self._ask("time")

    def _ask(self, what: str) -> Any:
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{what}\n")  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]
        answer = self._process.stdout.readline()  # type: ignore[union-attr]
        if not answer:
            msg = "a contender ended before its time; what it said of that stands above"
            raise RuntimeError(msg)
        return json.loads(answer)


def compare_apart(contenders: Sequence[Contender], event: str, message: str, *, rounds: int) -> Samples:
    """Let *contenders* log the same event into nothing, in turn, each in an interpreter of its own.

    Unlike in `harness.compare` each looks its method up at every call, as a service does.
    """
    with ExitStack() as stack:
        apart = {each.NAME: stack.enter_context(Apart(each, event, message)) for each in contenders}
        taken = interleave({name: each.timed for name, each in apart.items()}, rounds=rounds)
    return {name: [each / events.SETS / _NANOSECONDS for each in rows] for name, rows in taken.items()}


def serve(name: str, event: str, message: str) -> None:
    """Do in this interpreter what the other one asks for, and end it without anyone's farewell."""
    contender: Any = import_module(f"benchmarks.contenders.{name}")
    workload = Workload(calls=getattr(events, event)(), message=message)
    what, _, number = sys.stdin.readline().strip().partition(" ")
    if what == "lines":
        _answer(_lines(contender, replace(workload, calls=workload.calls[: int(number)])))
    elif what == "time":
        _answer_times(contender, workload)
    os._exit(0)


def _lines(contender: Contender, workload: Workload) -> list[str]:
    file = io.BytesIO()
    with active():
        log_all(contender.build(workload, file), workload)
    return file.getvalue().decode().splitlines()


def _answer_times(contender: Contender, workload: Workload) -> None:
    with active(), silent() as file:
        logger = contender.build(workload, file)
        gc.collect()
        gc.freeze()
        _answer(_timed(logger, workload))
        for _ in sys.stdin:
            gc.collect()
            _answer(_timed(logger, workload))
        os._exit(0)


def _timed(logger: Any, workload: Workload) -> int:
    start = time.perf_counter_ns()
    log_all(logger, workload)
    return time.perf_counter_ns() - start


def _answer(what: Any) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()
