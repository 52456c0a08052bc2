"""A sink that takes nothing as the process ends, and a process that is stopped for a while."""

from __future__ import annotations

import os
import re
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery.system import poll_for_room
from tests.delivery.conftest import numbers_in, read_lines, shrink, soak, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.rows.programs import Program, Result

HUNG = """
writer = Writer(int(sys.argv[2]), exit_timeout=0.3, on_full=sys.argv[3], max_records=500, block_timeout=0.005)
log = writer()
for n in range(1_000):
    log.info(line(n))
threading.Event().wait(0.05)
atexit.register(lambda: say(str(writer.stats().written)))
"""

LATE = """
os.set_blocking(int(sys.argv[2]), False)
written = []
atexit.register(lambda: log.info(line(1)))
writer = Writer(int(sys.argv[2]), exit_timeout=0.3)
log = writer()
while True:
    try:
        os.write(int(sys.argv[2]), b"x")
    except BlockingIOError:
        break
log.info(line(0))
"""

STOPPED = """
writer = Writer(int(sys.argv[2]), on_full="block", block_timeout=20)
log = writer()
say("ready")
for n in range(20_000):
    log.info(line(n))
assert writer.flush(30)
stats = writer.stats()
assert_adds_up(stats)
say(f"{stats.written} {stats.dropped_total}")
"""


# Each waits for its reader less long than it is stopped.
WAITING = {
    "for room": """
writer = Writer(int(sys.argv[2]), max_bytes=100_000, max_records=50, on_full="block", block_timeout=0.7)
log = writer()
say("ready")
for n in range(2_000):
    log.info(line(n))
assert writer.close(30)
""",
    "at the exit": """
log = Writer(int(sys.argv[2]), exit_timeout=0.7)()
for n in range(2_000):
    log.info(line(n))
say("ready")
""",
}

STUCK = """
pipe = int(sys.argv[2])
stuck = [Writer(pipe, exit_timeout=2) for _ in range(6)]
well = Writer(PATH)
for writer in [*stuck, well]:
    for n in range(100):
        writer().info(line(n) + b" " * (0 if writer is well else 1_000))
"""

DEADLINE = """
import time
atexit.register(lambda: say(f"{time.monotonic() - began:.3f}"))
writer = Writer(int(sys.argv[2]), exit_timeout=0.5, on_full=sys.argv[3], max_records=100, block_timeout=0.001)
log = writer()
for n in range(500):
    log.info(line(n) + b" " * 500)

@atexit.register
def begin():
    global began
    began = time.monotonic()
"""


class TestStalls:
    """Nothing waits for ever, and nothing is given up because time went by."""

    @pytest.mark.parametrize("policy", ["reserve", "drop_oldest", "drop_newest", "block", "sample", "spill"])
    def test_r34_hung_sink(self, policy: str, pipe: tuple[int, int], begin: Callable[..., Program]) -> None:
        """A process whose sink takes nothing ends at its deadline, and says exactly how many lines are lost by it."""
        read, write = pipe
        shrink(write)
        program = begin(HUNG, write, policy, pass_fds=(write,))
        result = program.wait()
        os.close(write)
        data = b"".join(iter(lambda: os.read(read, 1 << 16), b""))
        whole = data.count(b"\n")
        assert 0 == result.code
        said = re.findall(r" ([\d,]+) (?:(?:more )?lines? to Pipe\(\d+\)|so far)", result.stderr)
        assert 1_000 - whole == sum(int(count.replace(",", "")) for count in said), result.stderr
        assert 10 > result.seconds

    @pytest.mark.parametrize("policy", ["reserve", "block", "spill"])
    def test_r34_deadline(self, policy: str, pipe: tuple[int, int], play: Callable[..., Result]) -> None:
        """All that the exit waits for a sink that takes nothing is its deadline, and 50 ms where nothing else runs."""
        _, write = pipe
        shrink(write)
        seconds = float(play(DEADLINE, write, policy, pass_fds=(write,)).stdout)
        assert soak(2.0, 0.55) >= seconds >= 0.5

    def test_r34_several(self, pipe: tuple[int, int], play: Callable[..., Result]) -> None:
        """Of several writers each waits beside the others, not after them, and one that can write does."""
        _, write = pipe
        shrink(write)
        result = play(STUCK, write, pass_fds=(write,))
        assert [*range(100)] == result.numbers()
        assert 10 > result.seconds

    def test_r34_late_line(self, pipe: tuple[int, int], begin: Callable[..., Program]) -> None:
        """A line that an exit hook logs when the deadline is over costs no further waiting."""
        _, write = pipe
        result = begin(LATE, write, pass_fds=(write,)).wait()
        assert (0, 10 > result.seconds) == (result.code, True)
        assert "1 line to Pipe" in result.stderr

    @pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system has no SIGSTOP")
    def test_r36_stopped(self, pipe: tuple[int, int], begin: Callable[..., Program]) -> None:
        """A process that is stopped amid its work and goes on later has lost nothing by the time that went by."""
        read, write = pipe
        program = begin(STOPPED, write, pass_fds=(write,))
        os.close(write)
        program.await_word()
        data = os.read(read, 4_096)
        program.send(signal.SIGSTOP)
        os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOWAIT)
        # Long enough for every timeout to be over, were it measured by what goes by meanwhile.
        threading.Event().wait(soak(0, 30))
        program.send(signal.SIGCONT)
        data += b"".join(iter(lambda: os.read(read, 1 << 16), b""))
        result = program.wait()
        assert (0, "20000 0\n") == (result.code, result.stdout), result.stderr
        assert list(range(20_000)) == numbers_in(read_lines(data))

    @pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system has no SIGSTOP")
    @pytest.mark.parametrize("what", WAITING)
    def test_r36_stopped_as_it_waits(self, what: str, pipe: tuple[int, int], begin: Callable[..., Program]) -> None:
        """While it is stopped it waits for nobody, so a reader that comes soon after that has all."""
        read, write = pipe
        shrink(write)
        program = begin(WAITING[what], write, pass_fds=(write,))
        program.await_word()
        os.set_blocking(write, False)
        # Until nothing goes into it any more; from here on nobody reads.
        until(lambda: not poll_for_room(write, 0))
        os.close(write)
        # By then it waits, and has some time left.
        threading.Event().wait(0.1)
        program.send(signal.SIGSTOP)
        os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOWAIT)
        threading.Event().wait(1.5)
        program.send(signal.SIGCONT)
        # It looks at what goes by meanwhile, and would give up.
        threading.Event().wait(0.2)
        data = b"".join(iter(lambda: os.read(read, 1 << 16), b""))
        result = program.wait()
        assert (0, "") == (result.code, result.stderr)
        assert list(range(2_000)) == numbers_in(read_lines(data))
