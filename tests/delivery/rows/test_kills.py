"""Ends that nothing can be done about: what the file holds, and what the next start makes of it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.cli.completeness import Proof
from structlog_enrich.delivery import File, Writer
from tests.delivery.conftest import numbers_in, read_all, read_lines, shrink, soak

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

# A service as it would be set up; another file has how many lines were accepted, which outlives its process.
SERVICE = """
import mmap, structlog
from structlog_enrich import configure
with open(sys.argv[2], "r+b") as file:
    accepted = mmap.mmap(file.fileno(), 8)
configure(writer=Writer(PATH), service="killed")
log, most = structlog.get_logger(), int(sys.argv[3])
n = 0
while n < most:
    log.info("paid", n=n)
    n += 1
    accepted[:] = n.to_bytes(8, "little")
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

# Nobody reads yet.
STALLED = """
import resource
from structlog_enrich.delivery.system import poll_for_room
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
writer = Writer(int(sys.argv[2]))
log = writer()
for n in range(10_000):
    log.info(line(n))
while not writer.stats().written or poll_for_room(int(sys.argv[2]), 0):
    pass
"""

# Another thread logs on until the very end.
FLOOD = """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
writer = Writer(PATH)
log = writer()

def flood():
    n = 0
    while True:
        log.info(line(n))
        n += 1

threading.Thread(target=flood, daemon=True).start()
while (written := writer.stats().written) < 5_000:
    pass
say(str(written))
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

    def test_r31_detected(self, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """What was killed is known for it, once the next has started: up to where its lines are all there, and no more.

        How many came after those the file can't say; here another file does.
        """
        moments = random.Random(310)  # noqa: S311 (the same on every run)
        path, counted = tmp_path / "log", tmp_path / "accepted"
        losses = []
        for _ in range(soak(2, 500)):
            path.unlink(missing_ok=True)
            counted.write_bytes(bytes(8))
            program = begin(SERVICE, counted, 10**9)
            program.await_lines(moments.randrange(2, 10_000))
            program.process.kill()
            assert -signal.SIGKILL == program.process.wait(60)
            accepted = int.from_bytes(counted.read_bytes(), "little")
            program.kill()
            whole, torn = path.read_bytes().rsplit(b"\n", 1)
            following = begin(SERVICE, counted, 10)
            assert 0 == following.process.wait(60)
            following.kill()
            found = path.read_bytes()
            assert found.startswith(whole + b"\n" + torn)
            proof = Proof()
            proof.add(found.splitlines())
            killed, after = proof.boots()
            assert (bool(torn), [], 0) == (bool(proof.foreign), [*killed.lost()], killed.twice)
            # Without the first line, which says `log.start`; the one that was handed over at that moment isn't counted.
            assert whole.count(b"\n") == killed.last
            losses.append(accepted - killed.last)
            assert -1 <= losses[-1]
            assert (None, 12, []) == (killed.stopped, after.count, [*after.lost()])
            assert after.stopped is not None
        command = [sys.executable, "-m", "structlog_enrich.cli", "verify", path]
        checked = [
            subprocess.run([*command, *more], check=False, capture_output=True, encoding="utf-8")
            for more in ([], ["--ended"])
        ]
        assert [0, 1] == [each.returncode for each in checked], checked
        assert f"no log.stop: whether lines came after {killed.last} can't be told" in checked[0].stdout
        assert any(losses), losses

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

    @pytest.mark.parametrize("end", ENDS)
    def test_r32_amid_a_stall(self, end: str, pipe: tuple[int, int], begin: Callable[..., Program]) -> None:
        """What a pipe holds whose reader is late are whole lines, in their order; but the last are missing."""
        read, write = pipe
        statement, code = ENDS[end]
        shrink(write)
        program = begin(STALLED + statement, write, pass_fds=(write,))
        os.close(write)
        result = program.wait()
        numbers = numbers_in(read_lines(read_all(read)))
        assert (code, True) == (result.code, 0 < len(numbers) < 10_000), result.stderr
        assert list(range(len(numbers))) == numbers

    @pytest.mark.parametrize("end", ENDS)
    def test_r32_amid_a_flood(self, end: str, tmp_path: Path, begin: Callable[..., Program]) -> None:
        """The same of a file, as lines come; of one more the system may have a part."""
        statement, code = ENDS[end]
        program = begin(FLOOD + statement)
        stdout, stderr = program.process.communicate(timeout=60)
        assert code == program.process.returncode, stderr
        whole, torn = (tmp_path / "log").read_bytes().rsplit(b"\n", 1)
        lines = read_lines(whole + b"\n")
        assert list(range(len(lines))) == numbers_in(lines)
        assert int(stdout) <= len(lines)
        assert (b'{"pid":%d,"thread":0,"n":%d}' % (program.pid, len(lines))).startswith(torn)
