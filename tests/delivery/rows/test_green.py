"""Green threads: gevent and eventlet with everything patched, and a sink that stalls."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.delivery.conftest import numbers_in, read_lines, shrink, soak

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.rows.programs import Program, Result

PATCH = {
    "gevent": """
from gevent import monkey
monkey.patch_all()
import gevent
sleep, spawn, wait = gevent.sleep, gevent.spawn, lambda green: green.join()
""",
    "eventlet": """
import warnings
warnings.simplefilter("ignore")
import eventlet
eventlet.monkey_patch()
sleep, spawn, wait = eventlet.sleep, eventlet.spawn, lambda green: green.wait()
""",
}

STALLED = """
import time
writer = Writer(int(sys.argv[2]))
log = writer()
ticks = []
stop = False

def tick():
    while not stop:
        before = time.perf_counter()
        sleep(0.001)
        ticks.append(time.perf_counter() - before)

def work(thread):
    for n in range(200):
        log.info(line(n, thread))
        sleep(0)

ticking = spawn(tick)
working = [spawn(work, thread) for thread in range(20)]
for each in working:
    wait(each)
# The pipe is full by now, and stays so for a while.
pending = writer.stats().pending
for _ in range(100):
    sleep(0.001)
stop = True
wait(ticking)
late = sum(each for each in ticks if each > 0.05)
say(f"{pending} {sorted(ticks)[len(ticks) * 9 // 10]} {late} {writer.stats().writer_alive}")
assert writer.flush(30)
stats = writer.stats()
assert_adds_up(stats)
assert stats.written == 4_000, stats
"""

FORKED = """
writer = Writer(PATH)
log = writer()
for n in range(100):
    log.info(line(n))
child = os.fork()
if not child:
    for n in range(100):
        log.info(line(n, 1))
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
"""


BLOCKING = """
import time
writer = Writer(int(sys.argv[2]), on_full="block", block_timeout=20, max_records=50)
log = writer()
while not writer.stats().dropped_total:
    log.info(line(1))
    sleep(0)
say(f"{[*writer.stats().dropped]}")
writer.close(0)
"""


UNREAD = """
from structlog_enrich.delivery import Descriptor
os.set_blocking(int(sys.argv[2]), False)
sink = Descriptor(int(sys.argv[2]))
while sink.write([b"x" * 1_000]):
    pass
say("there is no room")
"""


@pytest.fixture(params=["gevent", "eventlet"])
def patch(request: pytest.FixtureRequest) -> str:
    """Return what patches a program, for each library that is here."""
    name: str = request.param
    if find_spec(name) is None:
        pytest.skip(f"{name} isn't installed")
    return PATCH[name]


class TestGreenThreads:
    """The writer's threads are the system's, so none of them holds up the green ones."""

    @pytest.mark.parametrize("order", ["first", "later"])
    def test_r45_stalled_pipe(self, patch: str, order: str, begin: Callable[..., Program]) -> None:
        """While the pipe takes nothing the hub goes on; in the end each green thread's lines are there, in order."""
        before = {"before": patch} if order == "first" else {}
        sums = []
        # What else the machine does may stop the hub as well, yet hardly each time.
        while not sums or (sums[-1] > soak(0.15, 0.05) and len(sums) < 3):
            sums.append(self._stalled(begin, ("" if before else patch) + STALLED, **before))
        assert min(sums) <= soak(0.15, 0.05), sums

    @staticmethod
    def _stalled(begin: Callable[..., Program], text: str, **before: str) -> float:
        """Run it once, and return how long all ticks together took of which each took more than 50 ms."""
        read, write = os.pipe()
        try:
            shrink(write)
            program = begin(text, write, pass_fds=(write,), **before)
        finally:
            os.close(write)
        with os.fdopen(read, "rb") as end:
            pending, most, late, is_alive = program.await_word().split()
            data = end.read()
        result = program.wait()
        assert (0, "True") == (result.code, is_alive), result.stderr
        assert int(pending) > 3_000
        # Nearly each would take the 0.1 s that the writer waits for the pipe, were its thread a green one. On a machine
        # that does nothing else none takes 5 ms.
        assert float(most) < soak(0.05, 0.005)
        lines = read_lines(data)
        assert [list(range(200))] * 20 == [numbers_in(lines, thread) for thread in range(20)]
        return float(late)

    def test_r45_blocking_policy(self, patch: str, pipe: tuple[int, int], begin: Callable[..., Program]) -> None:
        """Who waited for room would stop each green thread with it: none waits, and the loss says why."""
        _, write = pipe
        shrink(write)
        result = begin(BLOCKING, write, before=patch, pass_fds=(write,)).wait()
        assert (0, "['event_loop']\n") == (result.code, result.stdout), result.stderr
        assert result.seconds < 15

    def test_r45_no_loop(self, patch: str, pipe: tuple[int, int], begin: Callable[..., Program]) -> None:
        """Who writes by itself, as at the end of the process, isn't led into a loop of green threads to wait there."""
        _, write = pipe
        result = begin(UNREAD, write, before=patch, pass_fds=(write,)).wait()
        assert (0, "there is no room\n") == (result.code, result.stdout), result.stderr

    def test_r45_exit_and_fork(self, patch: str, play: Callable[..., Result]) -> None:
        """A patched process writes what is left when it ends, and so does its forked child."""
        result = play(FORKED, before=patch)
        assert [list(range(100))] * 2 == [result.numbers(0), result.numbers(1)]
