"""Programs that log through a writer, each in an interpreter of its own, and what is left of them."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from tests.delivery.conftest import numbers_in, read_lines, soak, until

if TYPE_CHECKING:
    import signal
    from pathlib import Path

__all__ = ["Program", "Result"]

_PATIENCE: Final = soak(60, 1_800)

_PRELUDE: Final = """
import atexit, os, signal, sys, threading
from structlog_enrich.delivery import Writer, finish_on_signal

def line(n, thread=0):
    return b'{"pid":%d,"thread":%d,"n":%d}' % (os.getpid(), thread, n)

def say(text):
    os.write(1, text.encode() + b"\\\\n")

def rest():
    # In short rounds: a signal that comes just before a wait without an end wakes nobody.
    while not threading.Event().wait(0.05):
        pass

def assert_adds_up(stats):
    assert stats.emitted == stats.written + stats.dropped_total + stats.pending, stats
    assert stats.pending >= 0, stats

PATH = sys.argv[1]
""".replace("\\\\", "\\")


@dataclass(frozen=True)
class Result:
    """What a program left."""

    code: int
    lines: list[dict[str, Any]]
    stdout: str
    stderr: str
    seconds: float

    def numbers(self, thread: int = 0) -> list[int]:
        """Return the numbers of *thread*'s lines, as they stand."""
        return numbers_in(self.lines, thread)


class Program:
    """Run *text* after a prelude, in an interpreter of its own.

    `PATH` is the file that it logs to; `line(n, thread)` makes a line, `say(text)` writes to standard output, and
    `rest()` waits for a signal.

    Args:
        path: That file.
        text: The program.
        arguments: More arguments, from `sys.argv[2]` on.
        options: For `subprocess.Popen`; and `prefix`, a command that starts it, `before`, what stands before the
            prelude, and `file`, where the program is read from, without the prelude.
    """

    def __init__(self, path: Path, text: str, *arguments: object, **options: Any) -> None:
        self.path = path
        self._began = monotonic()
        environment = os.environ | {"PYTHONFAULTHANDLER": ""} | options.pop("env", {})
        source = (
            [str(options.pop("file"))] if "file" in options else ["-c", options.pop("before", "") + _PRELUDE + text]
        )
        command = [*options.pop("prefix", ()), sys.executable, *source, str(path), *map(str, arguments)]
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        self.process = subprocess.Popen(command, env=environment, **given)

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self.process.pid

    def await_word(self) -> str:
        """Wait until it says something, and return what."""
        assert self.process.stdout is not None
        fd = self.process.stdout.fileno()
        assert select.select([fd], [], [], _PATIENCE)[0], "it says nothing"
        word = os.read(fd, 4_096).decode().strip()
        assert word, self.wait().stderr
        return word

    def send(self, signum: signal.Signals) -> None:
        """Send it a signal."""
        self._began = monotonic()
        self.process.send_signal(signum)

    def await_lines(self, count: int) -> None:
        """Wait until as many lines are in its file."""
        until(lambda: self.path.exists() and self.path.read_bytes().count(b"\n") >= count, _PATIENCE)

    def wait(self) -> Result:
        """Wait until it ends, and return what it left; its lines must be whole."""
        stdout, stderr = self.process.communicate(timeout=_PATIENCE)
        seconds = monotonic() - self._began
        data = self.path.read_bytes() if self.path.exists() else b""
        return Result(self.process.returncode, read_lines(data), _text(stdout), _text(stderr), seconds)

    def kill(self) -> None:
        """End it, whatever happened, and those that it started."""
        if self.process.poll() is None:
            self.process.kill()
        for each in (self.process.stdout, self.process.stderr):
            if each is not None:
                each.close()
        self.process.wait(_PATIENCE)


def _text(data: bytes | None) -> str:
    return "" if data is None else data.decode(errors="backslashreplace")
