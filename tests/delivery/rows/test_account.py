"""An account that is looked at all the time: row 50 of the fault catalogue."""

from __future__ import annotations

import os
import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import Writer
from tests.delivery.conftest import (
    assert_adds_up,
    described,
    framed,
    lost_in,
    numbered,
    numbers_in,
    read_lines,
    soak,
    until,
)
from tests.delivery.faulty import Collecting, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from structlog_enrich.delivery import Stats
    from tests.delivery.rows.programs import Program, Result

_THREADS = 3

_FORKED = """
writer = Writer(PATH)
for n in range(5):
    writer().info(line(n))
assert writer.flush()
if not (child := os.fork()):
    stats = writer.stats()
    counts = stats.emitted, stats.written, stats.pending, stats.bytes, stats.dropped, stats.latency[-1][1], stats.state
    os._exit(counts != (0, 0, 0, 0, {}, 0, "new"))
assert os.waitpid(child, 0)[1] == 0
stats = writer.stats()
assert_adds_up(stats)
assert (5, 5) == (stats.emitted, stats.written)
"""


# What looks at the account all the time, in whatever program.
_SCRAPED = """
import select, time

def scrape():
    # A thousand times a second, or as often as it is let: no two looks are of different processes.
    while not is_over.wait(0.001):
        seen.append((os.getpid(), writer.stats()))

def begin_scraping():
    global seen, is_over, scraping
    seen, is_over = [], threading.Event()
    # Else it would wait its turn for longer than it waits between two looks.
    sys.setswitchinterval(1e-4)
    scraping = threading.Thread(target=scrape, daemon=True)
    scraping.start()

def end_scraping(least):
    while len(seen) < least:
        is_over.wait(0.001)
    is_over.set()
    scraping.join(60)
    seen.append((os.getpid(), writer.stats()))
    for pid, stats in seen:
        assert pid == os.getpid()
        assert_adds_up(stats)
    for (_, before), (_, stats) in zip(seen, seen[1:]):
        for name in ("emitted", "written", "bytes", "dropped_total", "gaps", "latency_sum", "high_water_bytes"):
            assert getattr(before, name) <= getattr(stats, name), (name, before, stats)
        for counts, later in ((before.retries, stats.retries), *(
            (levels, stats.dropped[reason]) for reason, levels in before.dropped.items()
        )):
            assert all(count <= later[name] for name, count in counts.items()), (before, stats)
"""

_STALLED = """
writer = Writer(int(sys.argv[2]), on_full="drop_newest", max_records=500)
os.close(int(sys.argv[2]))
begin_scraping()
log = writer()
began, n = time.monotonic(), 0
while len(seen) < int(sys.argv[3]):
    due = began + n / 50_000
    log.info(line(n))
    n += 1
    while time.monotonic() < due:
        pass
before = writer.stats()
assert before.dropped, before
say("stalled")
assert writer.close(60)
end_scraping(0)
stats = writer.stats()
assert (stats.emitted, stats.pending) == (n, 0), stats
say(f"{stats.written} {stats.dropped_total}")
"""

_BROKEN = """
writer = Writer(PATH, on_full="block", block_timeout=60)
begin_scraping()
log = writer()
for n in range(int(sys.argv[2])):
    log.info(line(n))
    if n % 50 == 0:
        # Else all would go in a few writes, which is too few to break.
        writer.flush(60)
assert writer.flush(60)
end_scraping(50)
stats = writer.stats()
assert (stats.written, stats.dropped_total, stats.pending) == (int(sys.argv[2]), 0, 0), stats
"""

_FORKING = """
from _queue import SimpleQueue
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
begin_scraping()
for _ in range(forks):
    for queue in rounds:
        queue.put(True)
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        stats = writer.stats()
        # Whatever the parent's are at this moment.
        is_new = not (stats.emitted or stats.written or stats.bytes or stats.dropped or stats.latency[-1][1])
        begin_scraping()
        for n in range(10):
            log.info(line(n))
        is_done = writer.flush(30)
        end_scraping(3)
        os.write(tell, b"1" if is_new and is_done and writer.stats().written == 10 else b"0")
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
end_scraping(10)
assert (writer.stats().written, writer.stats().dropped_total) == (forks * 3 * each, 0), writer.stats()
"""


class Unsteady(Collecting):
    """A sink that takes some lines, none, or fails, in turn."""

    def __init__(self) -> None:
        super().__init__()
        self._calls = 0

    def write(self, lines: Sequence[bytes], /) -> int:
        self._calls += 1
        if not self._calls % 5:
            raise failure()
        return super().write(lines[: self._calls % 7 * 40])


class TestR50:
    """At every moment the account adds up, and no count goes back."""

    @pytest.mark.parametrize("policy", ["block", "drop_newest", "drop_oldest", "reserve", "sample", "spill"])
    def test_r50_watched(self, policy: Any) -> None:
        """A thousand looks a second see each line in one place, whatever happens to it."""
        sink = Unsteady()
        given: Any = {"max_records": 300, "describe": described, "frame_gap": framed, "block_timeout": 0.01}
        writer = Writer(sink, on_full=policy, **given)
        seen: list[Stats] = []
        is_over = threading.Event()
        watching = threading.Thread(target=watch, args=(writer, seen, is_over))
        watching.start()
        threads = [threading.Thread(target=log_from, args=(writer, each, seen)) for each in range(_THREADS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert writer.flush(60)
        is_over.set()
        watching.join(60)
        assert writer.close(60)
        assert len(seen) >= 10
        for before, stats in pairwise(seen):
            assert_adds_up(stats, before)
        final = writer.stats()
        assert_adds_up(final, seen[-1])
        assert (_THREADS * soak(3_000, 300_000), 0) == (final.emitted, final.pending)
        lines = read_lines(b"".join(line + b"\n" for line in sink.lines))
        assert final.written == sum(len(numbers_in(lines, each)) for each in range(_THREADS))
        assert final.dropped_total == len(lost_in(lines))

    def test_r50_stalled(self, pipe: tuple[int, int], begin: Callable[..., Program]) -> None:
        """While nobody reads and lines are lost, whoever scrapes sees each in one place, and no count go back."""
        read, write = pipe
        program = begin(_SCRAPED + _STALLED, write, soak(500, 10_000), pass_fds=(write,))
        os.close(write)
        assert "stalled" == program.await_word()
        data = b"".join(iter(lambda: os.read(read, 1 << 16), b""))
        result = program.wait()
        assert 0 == result.code, result.stderr
        written, dropped = map(int, result.stdout.split())
        assert written == len(read_lines(data))
        assert dropped > 1_000

    def test_r50_broken(self, tmp_path: Path, preloaded: Callable[[str], str], play: Callable[..., Result]) -> None:
        """The same while the system breaks writes off."""
        (tmp_path / "log").touch()
        count = soak(10_000, 1_000_000)
        environment = {"LD_PRELOAD": preloaded("faults"), "FAULT_PATH": str(tmp_path / "log")}
        assert [*range(count)] == play(_SCRAPED + _BROKEN, count, env=environment).numbers()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_r50_forking(self, play: Callable[..., Result]) -> None:
        """The same while children are forked, each of which counts from nothing and is scraped as well."""
        forks = soak(30, 5_000)
        result = play(_SCRAPED + _FORKING, forks)
        for thread in (1, 2, 3):
            assert [*range(forks * 50)] == result.numbers(thread)
        assert forks * 10 == len(result.numbers())

    def test_r50_forked(self, play: Callable[..., Result]) -> None:
        """A forked child counts from nothing, and its parent goes on."""
        result = play(_FORKED)
        assert [0, 1, 2, 3, 4] == result.numbers()


def log_from(writer: Writer, thread: int, seen: list[Stats]) -> None:
    """Log lines of each level, and go on when the account was looked at amid them."""
    logger = writer()
    for level in ("info", "warning", "error"):
        count = soak(1_000, 100_000)
        looks = len(seen)
        until(lambda looks=looks: len(seen) >= looks + 4)  # type: ignore[misc]
        for line in numbered(count, start=thread * 1_000_000 + len(level) * 100_000, thread=thread, level=level):
            getattr(logger, level)(line)


def watch(writer: Writer, seen: list[Stats], is_over: threading.Event) -> None:
    """Look at the account again and again."""
    while not is_over.wait(0.001):
        seen.append(writer.stats())
