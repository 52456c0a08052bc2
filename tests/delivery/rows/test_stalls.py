"""A sink that takes nothing as the process ends, and a process that is stopped for a while."""

from __future__ import annotations

import os
import re
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from tests.delivery.conftest import numbers_in, read_all, read_lines, shrink, soak

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.rows.programs import Program, Result

HUNG = """
writer = Writer(int(sys.argv[2]), exit_timeout=0.3, on_full=sys.argv[3], max_records=500, block_timeout=0.005)
log = writer()
for n in range(1_000):
    log.info(line(n))
# All are decided on.
while sum(writer.stats().emitted_by_level.values()) < 1_000:
    threading.Event().wait(0.001)
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


# Each waits for its reader less long than it is stopped. It says how many lines there are, and whenever it waits.
WAITING = {
    "for room": """
from structlog_enrich.delivery.system import poll_for_room
from structlog_enrich.delivery.threads import Threads as Waiting

def is_meant():
    return not poll_for_room(int(sys.argv[2]), 0)

def work():
    say("2000")
    writer = Writer(int(sys.argv[2]), max_bytes=100_000, max_records=50, on_full="block", block_timeout=0.7)
    log = writer()
    for n in range(2_000):
        log.info(line(n))
    assert writer.close(30)
""",
    "at the exit": """
from structlog_enrich.delivery.threads import Threads as Waiting

def is_meant():
    return not threading.main_thread().is_alive()

def work():
    say("2000")
    log = Writer(int(sys.argv[2]), exit_timeout=0.7)()
    for n in range(2_000):
        log.info(line(n))
""",
    "at the exit, without threads": """
import _thread
from structlog_enrich.delivery.sinks import Pipe as Waiting

def is_meant():
    return not threading.main_thread().is_alive()

def refuse(*arguments):
    raise RuntimeError

def work():
    say("2")
    _thread.start_new_thread = refuse
    log = Writer(int(sys.argv[2]), exit_timeout=0.7)()
    log.info(line(0))
    # More than there is room for: it is tried for a second, and kept.
    log.info(line(1)[:-1] + b',"pad":"%s"}' % (b"x" * 10_000))
""",
}

WAIT = """
wait = Waiting.wait

def tell(self, timeout):
    if is_meant():
        say("waits")
    return wait(self, timeout)

Waiting.wait = tell
work()
"""

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
        threading.Event().wait(soak(1, 30))
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
        program = begin(WAITING[what] + WAIT, write, pass_fds=(write,))
        os.close(write)
        said = await_waits(program, 1)
        program.send(signal.SIGSTOP)
        os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOWAIT)
        # Longer than it would wait; what it said before that is of no use.
        threading.Event().wait(1)
        read_all(program.process.stdout.fileno())
        program.send(signal.SIGCONT)
        # The second time it has looked at what went by meanwhile, and would have given up.
        await_waits(program, 2)
        data = b"".join(iter(lambda: os.read(read, 1 << 16), b""))
        result = program.wait()
        assert (0, "") == (result.code, result.stderr)
        assert list(range(int(said))) == numbers_in(read_lines(data))


def await_waits(program: Program, count: int) -> str:
    """Wait until it has said so often that it waits, and return what it said before."""
    said: list[str] = []
    while said.count("waits") < count:
        said += program.await_word().split()
    return said[0]
