"""Ends that nothing can be done about: what the file holds, and what the next start makes of it."""

from __future__ import annotations

import os
import random
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery import File, Writer
from tests.delivery.conftest import numbers_in, read_lines, soak

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.delivery.rows.programs import Program, Result

SPAM = """
writer = Writer(PATH)
log = writer()
n = 0
while True:
    log.info(line(n))
    n += 1
"""

# As faulthandler and the core dump would only cost time.
BEGIN = """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
writer = Writer(PATH)
log = writer()
for n in range(1_000):
    log.info(line(n))
writer.flush()
"""

ENDS = {
    "os._exit": ("os._exit(3)", 3),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    "abort": ("os.abort()", -signal.SIGABRT),
    "a stack overflow": (
        """
import threading
sys.setrecursionlimit(1 << 30)
def deeper(value):
    return eval("deeper([value])", globals(), {"value": value}) if True else None
threading.stack_size(1 << 16)
thread = threading.Thread(target=deeper, args=(0,))
thread.start()
thread.join()
""",
        -signal.SIGSEGV,
    ),
}


OPENED_BY_MANY = """
from structlog_enrich.delivery import File

def fork_that_opens(path, wait, go):
    if child := os.fork():
        return child
    # Nobody holds it open any more when all of them are there.
    os.close(go)
    os.read(wait, 1)
    os._exit(File(path).repaired > 1)

for number in range(20):
    path = f"{PATH}-{number}"
    with open(path, "wb") as file:
        file.write(b'{"n":0}\\n{"n":')
    wait, go = os.pipe()
    children = [fork_that_opens(path, wait, go) for _ in range(4)]
    os.close(go)
    os.close(wait)
    assert [0] * 4 == [os.waitpid(child, 0)[1] for child in children]
    with open(path, "rb") as file:
        assert b'{"n":0}\\n{"n":\\n' == file.read()
"""


class TestKills:
    """Lines that were written stay, whole; the rest is gone with the process."""

    def test_r31_killed(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """After SIGKILL at any moment the file holds all lines up to one, and the next start goes on below.

        The system itself may break off a write amid the last line; that one is ended by the next start.
        """
        moments = random.Random(31)  # noqa: S311 (the same on every run)
        path = tmp_path / "log"
        for _ in range(soak(5, 1_000)):
            path.unlink(missing_ok=True)
            program = begin(SPAM)
            program.await_lines(moments.randrange(1, 20_000))
            program.send(signal.SIGKILL)
            assert -signal.SIGKILL == program.process.wait(60)
            whole, torn = path.read_bytes().rsplit(b"\n", 1)
            lines = read_lines(whole + b"\n")
            assert list(range(len(lines))) == numbers_in(lines)
            assert (b'{"pid":%d,"thread":0,"n":%d}' % (program.pid, len(lines))).startswith(torn)
            with Writer(path) as writer:
                writer().info(b'{"thread":1,"n":0}')
            assert whole + (b"\n" + torn if torn else b"") + b'\n{"thread":1,"n":0}\n' == path.read_bytes()

    def test_r31_torn_tail(self, tmp_path: Path) -> None:
        """What a crash of the machine left of a last line is ended before the first new one."""
        path = tmp_path / "log"
        path.write_bytes(b'{"n":0}\n{"n":')
        with Writer(path) as writer:
            writer().info(b'{"n":1}')
        assert [b'{"n":0}', b'{"n":', b'{"n":1}'] == path.read_bytes().splitlines()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_r31_torn_tail_of_many(self, play: Callable[..., Result]) -> None:
        """Of several processes that start at once after a crash, one ends the torn line."""
        # By a program of its own: a fork of the tests' own process takes all that it holds along.
        play(OPENED_BY_MANY)

    def test_r31_busy_file(self, tmp_path: Path) -> None:
        """A line that another process is just writing isn't taken for a torn one."""
        path, stop = tmp_path / "log", threading.Event()
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

        def append() -> None:
            line = b"x" * (1 << 20) + b"\n"
            while not stop.is_set():
                os.write(fd, line)
                if os.fstat(fd).st_size > 32 << 20:
                    os.ftruncate(fd, 0)

        thread = threading.Thread(target=append)
        thread.start()
        try:
            sinks = [File(path) for _ in range(soak(200, 5_000))]
        finally:
            stop.set()
            thread.join()
            os.close(fd)
        assert 0 == sum(sink.repaired for sink in sinks)

    @pytest.mark.parametrize("end", ENDS)
    def test_r32_without_hooks(self, end: str, begin: Callable[..., Program]) -> None:
        """Whoever ends a process without its exit hooks keeps what was flushed."""
        statement, code = ENDS[end]
        result = begin(BEGIN + statement).wait()
        assert (code, list(range(1_000))) == (result.code, result.numbers())
