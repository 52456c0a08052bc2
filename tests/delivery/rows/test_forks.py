"""Children by `fork`, at whatever moment: each begins anew, and the parent goes on."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.delivery.conftest import numbers_in, read_lines, soak, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.rows.programs import Program, Result

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

STORM = """
from _queue import SimpleQueue
import select
forks, each = int(sys.argv[2]), 50
writer = Writer(PATH, on_full="block", block_timeout=60)
log = writer()
rounds = [SimpleQueue() for _ in range(3)]

def spam(thread):
    n = 0
    while rounds[thread].get():
        for n in range(n, n + each):
            log.info(line(n, thread + 1))
        n += 1

threads = [threading.Thread(target=spam, args=(thread,)) for thread in range(3)]
for thread in threads:
    thread.start()
sys.setswitchinterval(1e-6)
for _ in range(forks):
    for queue in rounds:
        queue.put(True)
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        for n in range(10):
            log.info(line(n))
        done = writer.flush(30) and writer.stats().written == writer.stats().emitted == 10
        os.write(tell, b"1" if done else b"0")
        os._exit(0)
    os.close(tell)
    assert select.select([told], [], [], 30)[0], "a child hangs"
    assert os.read(told, 1) == b"1"
    os.close(told)
    os.waitpid(child, 0)
for queue in rounds:
    queue.put(False)
for thread in threads:
    thread.join()
assert writer.flush(60)
stats = writer.stats()
assert_adds_up(stats)
assert (stats.written, stats.dropped_total) == (forks * 3 * each, 0), stats
say(str(os.getpid()))
"""

FIRST_LINE = """
read, write = os.pipe()
writers = [Writer(PATH), Writer(write), Writer("stderr")]
imported = []
sys.addaudithook(lambda event, arguments: imported.append(arguments[0]) if event == "import" else None)
for writer in writers:
    log = writer()
    log.info(line(0))
    log.error(line(9)[:-1] + b',"pad":"%s"}' % (b"x" * 9_000))
    assert writer.flush()
    writer.stats(), writer.reopen()
    log.info(line(1))
    assert writer.close()
    log.info(line(2))
say(str(imported))
"""

PLACES = {
    "in a signal's handler": """
def handle(signum, frame):
    fork()

signal.signal(signal.SIGUSR1, handle)
for n in range(50):
    log.info(line(n))
    if n == 25:
        signal.raise_signal(signal.SIGUSR1)
""",
    "in a finaliser": """
class Forking:
    def __del__(self):
        fork()

for n in range(50):
    log.info(line(n))
    if n == 25:
        Forking()
""",
    "in another thread": """
for n in range(25):
    log.info(line(n))
forking = threading.Thread(target=fork)
forking.start()
forking.join()
for n in range(25, 50):
    log.info(line(n))
""",
    "twice": """
def fork_once_more():
    if not (child := os.fork()):
        fork()
        os._exit(0)
    os.waitpid(child, 0)

for n in range(50):
    log.info(line(n))
    if n == 25:
        fork_once_more()
""",
}

PLACE = """
writer = Writer(PATH)
log = writer()

def fork():
    if not (child := os.fork()):
        for n in range(10):
            log.info(line(n, 1))
        os._exit(0 if writer.flush(30) else 1)
    assert os.waitpid(child, 0)[1] == 0
"""

DAEMON = """
writer = Writer(PATH)
log = writer()
for n in range(10):
    log.info(line(n))
if os.fork():
    sys.exit()
os.setsid()
if os.fork():
    os._exit(0)
os.chdir("/")
for fd in (0, 1, 2):
    os.dup2(os.open(os.devnull, os.O_RDWR), fd)
for n in range(10):
    log.info(line(n, 1))
"""


CLOSING_DAEMON = """
writer = Writer("stdout", max_bytes=20_000, on_full="spill")
log = writer()
for n in range(3_000):
    log.info(line(n))
while not writer.stats().elsewhere:
    pass
os.closerange(3, 64)
child = os.fork()
if child:
    os.write(2, b"ready\\n")
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
for n in range(10):
    log.info(line(n, 1))
assert writer.flush(60)
stats = writer.stats()
assert_adds_up(stats)
os._exit((10, 10, "running") != (stats.emitted, stats.written, stats.state))
"""


# A signal's handler forks amid deciding on lines or writing them. The child goes on from there, as its parent does.
AMID = """
import time
from structlog_enrich.delivery import lines, pump, queue, room, synchronous, turn
mode, wanted = sys.argv[2], int(sys.argv[3])
writer = Writer(PATH, on_full="drop_newest")
log = writer()
# Large ones come to where the caller stores them by itself, as the deciding thread doesn't come to it.
pad = b"x" * (9_000 if mode == "each place" else 0)
n, forked, is_child, is_forking = 0, [], False, False

def handle(signum, frame):
    global is_child, is_forking
    # While what the standard library does before a fork is done, another would disturb that.
    if is_forking or is_child or len(forked) >= wanted:
        return
    is_forking = True
    if child := os.fork():
        forked.append(child)
    else:
        sys.setprofile(None)
        is_child = True
    is_forking = False

def end_child():
    for number in range(10):
        log.info(line(number, 1))
    done = writer.flush(30)
    stats = writer.stats()
    assert_adds_up(stats)
    # The line that was amid may be the child's as well as the parent's.
    os._exit(stats.emitted if done and stats.emitted == stats.written else 1)

def spend():
    # As long as the place isn't one where all of them were, or the signals that are wanted haven't come.
    global n
    began = time.monotonic()
    while len(forked) < wanted and time.monotonic() - began < 60:
        before = len(forked)
        for _ in range(400):
            log.info(line(n)[:-1] + b',"pad":"%s"}' % pad)
            n += 1
            if is_child:
                end_child()
        # Where there is no place any more.
        if mode == "each place" and len(forked) == before:
            break

if sys.argv[4] == "synchronous":
    writer.finish()
else:
    # Nobody else runs as long as this thread does, so it helps itself.
    sys.setswitchinterval(10)
signal.signal(signal.SIGALRM, handle)
if mode == "each place":
    # Signals are handled where a function begins, and after a call of one that is written in C.
    modules = {each.__file__ for each in (lines, pump, queue, room, synchronous, turn)}
    places = set()
    def look(frame, event, argument):
        place = frame.f_code, frame.f_lasti
        if frame.f_code.co_filename in modules and event in ("call", "c_return") and place not in places:
            places.add(place)
            signal.raise_signal(signal.SIGALRM)
    sys.setprofile(look)
    spend()
    sys.setprofile(None)
    names = {code.co_name for code, _ in places}
    by_itself = sys.argv[4] == "synchronous"
    needed = {"_admit", "move", "_account", "_write"} if by_itself else {"wait", "store_all"}
    assert {"_collect", "take"} | needed <= names, names
else:
    signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
    spend()
    signal.setitimer(signal.ITIMER_REAL, 0)
sys.setswitchinterval(0.005)
ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in forked]
assert {*ends} <= {10, 11}, ends
assert writer.flush(60)
stats = writer.stats()
assert_adds_up(stats)
assert (stats.emitted, stats.written) == (n, n), (n, stats)
say(f"{os.getpid()} {n} {len(forked)} {ends.count(11)}")
"""


class TestForks:
    """A fork may come while other threads are amid anything."""

    def test_r22_imports_nothing(self, play: Callable[..., Result]) -> None:
        """Nothing is imported by what logs or writes: a child that is forked amid an import waits for it for ever."""
        result = play(FIRST_LINE)
        assert "[]\n" == result.stdout

    def test_r22_storm(self, play: Callable[..., Result]) -> None:
        """While three threads log without rest, no forked child hangs; nobody's lines are lost or there twice."""
        forks = soak(60, 10_000)
        result = play(STORM, forks)
        parent = int(result.stdout)
        for thread in (1, 2, 3):
            assert list(range(forks * 50)) == result.numbers(thread)
        by_child = defaultdict(list)
        for line in result.lines:
            if line["pid"] != parent:
                by_child[line["pid"]].append((line["thread"], line["n"]))
        # Over many forks the system uses a number again.
        assert forks * 10 == sum(map(len, by_child.values()))
        for found in by_child.values():
            assert {(0, n) for n in range(10)} == set(found)
            assert 1 == len(set(Counter(found).values()))

    @pytest.mark.parametrize("place", PLACES)
    def test_r24_places(self, place: str, play: Callable[..., Result]) -> None:
        """A fork may happen anywhere: parent and child each write all of their lines once."""
        result = play(PLACE + PLACES[place])
        assert list(range(50)) == result.numbers()
        assert list(range(10)) == result.numbers(1)

    @pytest.mark.parametrize("who", ["synchronous", "threads"])
    @pytest.mark.parametrize("mode", ["each place", "any moment"])
    def test_r24_amid(self, mode: str, who: str, play: Callable[..., Result]) -> None:
        """A signal's handler that forks amid deciding on lines leaves two who log on, and neither loses any."""
        wanted = soak(20, 2_000) if mode == "any moment" else 1_000
        result = play(AMID, mode, wanted, who)
        parent, count, forked, shared = map(int, result.stdout.split())
        assert forked >= 15
        numbers = [line["n"] for line in result.lines if line["pid"] == parent]
        often = Counter(numbers)
        assert {*range(count)} == {*often}
        alone = [number for number in numbers if often[number] == 1]
        assert sorted(alone) == alone
        by_child = defaultdict(list)
        for line in result.lines:
            if line["pid"] != parent:
                by_child[line["pid"]].append((line["thread"], line["n"]))
        # The line that was amid is the child's as well, where it was handed over after the fork; one that was right
        # before the call of the system that writes it is written by both.
        again = len(result.lines) - count - forked * 10 - shared
        assert 0 <= again <= forked * (who == "synchronous")
        assert forked * 10 == len(result.numbers(1))
        for found in by_child.values():
            assert {(1, n) for n in range(10)} == {each for each in found if each[0]}

    def test_r24_daemon(self, begin: Callable[..., Program]) -> None:
        """A program that becomes a daemon writes its lines before and after."""
        program = begin(DAEMON)
        program.await_lines(20)
        result = program.wait()
        assert (0, list(range(10)), list(range(10))) == (result.code, result.numbers(), result.numbers(1))

    def test_r24_daemon_that_closes_all(self, begin: Callable[..., Program]) -> None:
        """So does one that closes every descriptor while lines wait on disk; its child has an account of its own."""
        program = begin(CLOSING_DAEMON)
        assert program.process.stderr
        until(lambda: b"ready" in program.process.stderr.readline())
        stdout, stderr = program.process.communicate(timeout=60)
        # Nothing was raised in the hook of the fork.
        assert (0, False) == (program.process.returncode, b"Traceback" in stderr), stderr
        assert [*range(10)] == numbers_in(read_lines(stdout), 1)
