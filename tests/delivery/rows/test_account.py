"""A sink that logs, and an account that is looked at all the time: rows 40 and 50."""

from __future__ import annotations

import os
import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import Several, Writer
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


class Logging(Collecting):
    """A sink that logs with each call, to the writer that calls it, from the same thread or from another."""

    def __init__(self, *, from_another: bool = False) -> None:
        super().__init__()
        self.log: Any = None
        self._from_another = from_another
        self.count = 0
        self.is_quiet = False

    def write(self, lines: Sequence[bytes], /) -> int:
        if self.is_quiet:
            return super().write(lines)
        self.count += 1
        lines_of_own = numbered(1, start=self.count, thread=1)
        if self._from_another:
            other = threading.Thread(target=self.log.info, args=lines_of_own)
            other.start()
            other.join()
        else:
            self.log.info(*lines_of_own)
        return super().write(lines)


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


class TestR40:
    """What a sink logs doesn't feed it for ever."""

    @pytest.mark.parametrize("policy", ["drop_newest", "block", "drop_oldest"])
    def test_r40_sink_that_logs(self, policy: Any) -> None:
        """Its own lines are lost and counted, whether there is room or not; those of others are written."""
        sink = Logging()
        writer = Writer(sink, on_full=policy, max_records=50, block_timeout=60)
        log: Any = writer()
        sink.log = log
        for line in numbered(count := soak(1_000, 100_000)):
            log.info(line)
        assert writer.flush()
        stats = writer.stats()
        assert_adds_up(stats)
        assert {"info": sink.count} == stats.dropped.pop("recursive")  # type: ignore[attr-defined]
        assert count + sink.count == stats.emitted
        assert stats.written == len(sink.lines)
        assert policy != "block" or count == stats.written
        assert writer.close()

    def test_r40_after_the_end(self) -> None:
        """Where who logs writes the line itself it is the same."""
        sink = Logging()
        writer = Writer(sink)
        log: Any = writer()
        sink.log = log
        writer.finish()
        for line in numbered(10):
            log.info(line)
        stats = writer.stats()
        assert (10, {"recursive": {"info": sink.count}}) == (stats.written, stats.dropped)
        assert numbered(10) == sink.lines

    @pytest.mark.parametrize("has_threads", [True, False])
    def test_r40_told(self, has_threads: bool) -> None:  # noqa: FBT001 (a case)
        """With another's line it is told what the sink logged before, once; what it logs at that waits for the next."""
        sink = Logging()
        writer = Writer(sink, describe=described, frame_gap=framed)
        log: Any = writer()
        sink.log = log
        if not has_threads:
            writer.finish()
        for number, line in enumerate(numbered(10), 1):
            log.info(line)
            assert writer.flush()
            # A line and, from the second on, a gap; the sink has logged with each of them.
            assert (2 * number - 1, number - 1) == (sink.count, writer.stats().gaps)
        assert writer.close()
        assert (20, 10) == (sink.count, writer.stats().gaps)
        lines = read_lines(b"".join(line + b"\n" for line in sink.lines))
        assert [*range(10)] == numbers_in(lines)
        # Only of what it logged with the last gap there is none.
        assert [*range(1, 20)] == lost_in(lines)
        assert {"recursive": {"info": 20}} == writer.stats().dropped

    def test_r40_told_by_several(self) -> None:
        """Two such sinks under one name don't feed each other by gaps either."""
        sinks = Logging(), Logging()
        several = Several(*map(Writer, sinks))
        several.frame_with(describe=described, frame_gap=framed, frame_stats=lambda _: b"{}")
        for sink in sinks:
            sink.log = several()
        for line in numbered(5):
            several().info(line)
            assert several.flush()
        assert several.close()
        for sink, stats in zip(sinks, several.stats(), strict=True):
            assert_adds_up(stats)
            assert 5 == stats.written
            assert stats.gaps <= 6
            assert {sum(each.count for each in sinks)} == {*stats.dropped["recursive"].values()}
            assert numbered(5) == [line for line in sink.lines if b"gap" not in line]

    def test_r40_another_thread(self) -> None:
        """A sink that waits for another thread's line is no deadlock, also when that line has no room."""
        sink = Logging(from_another=True)
        writer = Writer(sink, on_full="block", block_timeout=0.01, max_records=5)
        log: Any = writer()
        sink.log = log
        for line in numbered(50):
            log.info(line)
        # Each of its calls brings one line more, so it never comes to an end by itself.
        until(lambda: sink.count > 20)
        sink.is_quiet = True
        assert writer.close()
        assert_adds_up(writer.stats())
        assert 0 == writer.stats().pending


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
