"""What the tests of the writer stand on: waiting for a condition, numbered lines, pipes and what is read from them."""

from __future__ import annotations

import faulthandler
import os
import select
import sys
import threading
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import pytest
from hypothesis import HealthCheck, Phase, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

    from structlog_enrich.delivery import Gap, Stats
    from structlog_enrich.delivery.queue import Queue

_LOOK = 0.002

# For `make mutants`: quick, the same each time, and no search for a simpler counterexample where one is enough.
settings.register_profile(
    "brief",
    phases=[Phase.explicit, Phase.generate],
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    # The tool runs all of them twice in one process.
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)


Number = TypeVar("Number", int, float)


def until(condition: Callable[[], object], timeout: float = 10) -> None:
    """Wait until *condition* holds; fail after *timeout* seconds, and show what every thread is at."""
    deadline = monotonic() + timeout
    between = threading.Event()
    while not condition():
        if monotonic() > deadline:
            faulthandler.dump_traceback(2)
            pytest.fail(f"not so within {timeout} s: {condition}")
        between.wait(_LOOK)


@contextmanager
def interrupted(file: str | None, name: str) -> Iterator[None]:
    """Raise, once, as a signal's handler may: what stands in *file* has just called *name*, or *name* there begins."""
    is_done = False

    def look(frame: FrameType, event: str, called: Any) -> None:
        nonlocal is_done
        if is_done or frame.f_code.co_filename != file:
            return
        # The tool of `make mutants` names each function anew.
        if (event == "c_return" and called.__name__ == name) or (event == "call" and name in frame.f_code.co_name):
            is_done = True
            raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        sys.setprofile(before)


def soak(small: Number, large: Number) -> Number:
    """Return *large* where someone asked for the long forms, by STRUCTLOG_ENRICH_SOAK=1, else *small*."""
    return large if os.environ.get("STRUCTLOG_ENRICH_SOAK") == "1" else small


def numbered(count: int, *, start: int = 0, thread: int = 0, size: int = 0, level: str = "info") -> list[bytes]:
    """Return so many lines that say who wrote them and which each is, none shorter than *size* bytes."""
    pid = os.getpid()
    lines = []
    for n in range(start, start + count):
        line = b'{"pid":%d,"thread":%d,"n":%d,"level":"%s"' % (pid, thread, n, level.encode())
        if (rest := size - len(line) - 1) > 0:
            line += b',"pad":"%s"' % (b"x" * max(0, rest - 9))
        lines.append(line + b"}")
    return lines


def hand_in(queue: Queue, lines: Iterable[bytes], level: int = 1) -> None:
    """Hand lines over, as a logger does."""
    for line in lines:
        queue.intake.extend((line, level))


def described(line: bytes) -> tuple[int, str]:
    """Say of a line that `numbered` made what `describe=` is to say: its number and its level."""
    said = orjson.loads(line)
    return said["n"], said["level"]


def framed(gap: Gap) -> bytes:
    """Return a line about *gap*, which `gaps_in` finds again."""
    return orjson.dumps(
        {"gap": {"reason": gap.reason, "count": gap.count, "levels": gap.levels, "ranges": gap.ranges}}
        | ({} if gap.complete else {"incomplete": True})
    )


def read_lines(data: bytes) -> list[dict[str, Any]]:
    """Return the lines of *data*, decoded; a torn one, at the end as well, is an error."""
    assert not data or data.endswith(b"\n"), f"the last line is torn: {data[-80:]!r}"
    return [orjson.loads(line) for line in data.splitlines()]


def numbers_in(lines: Iterable[dict[str, Any]], thread: int = 0) -> list[int]:
    """Return the numbers of the lines that *thread* logged, as they stand; lines about gaps have none."""
    return [line["n"] for line in lines if line.get("thread") == thread]


def lost_in(lines: Iterable[dict[str, Any]]) -> list[int]:
    """Return the numbers that lines about gaps name, as they stand."""
    ranges = [each for line in lines if "gap" in line for each in line["gap"]["ranges"]]
    return [number for first, last in ranges for number in range(first, last + 1)]


def assert_adds_up(stats: Stats, before: Stats | None = None) -> None:
    """Fail unless the account adds up, and no count is smaller than it was *before*."""
    assert stats.pending >= 0, stats
    assert stats.emitted == stats.written + stats.dropped_total + stats.pending, stats
    assert stats.written == sum(stats.written_by_level.values()), stats
    for level, count in stats.emitted_by_level.items():
        lost = sum(levels.get(level, 0) for levels in stats.dropped.values())
        assert count >= stats.written_by_level.get(level, 0) + lost, (level, stats)
    if before is None:
        return
    assert stats.emitted >= before.emitted, (before, stats)
    assert stats.written >= before.written, (before, stats)
    assert stats.bytes >= before.bytes, (before, stats)
    assert stats.gaps >= before.gaps, (before, stats)
    for reason, levels in before.dropped.items():
        for level, count in levels.items():
            assert stats.dropped[reason].get(level, 0) >= count, (before, stats)
    assert all(stats.retries[reason] >= count for reason, count in before.retries.items()), (before, stats)
    pairs = zip(before.latency, stats.latency, strict=True)
    assert all(earlier[1] <= later[1] for earlier, later in pairs), (before, stats)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Return a pipe's descriptors, to read from and to write to, both closed in the end."""
    ends = os.pipe()
    yield ends
    for each in ends:
        # A test may have closed it.
        with suppress(OSError):
            os.close(each)


def shrink(fd: int, size: int = 4_096) -> int:
    """Let a pipe hold no more than *size* bytes, and return how many that are."""
    fcntl = pytest.importorskip("fcntl", reason="this system can't say how much a pipe holds")
    if not hasattr(fcntl, "F_SETPIPE_SZ"):
        pytest.skip("this system can't say how much a pipe holds")
    return int(fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, size))


def read_all(fd: int) -> bytes:
    """Return what there is to read from *fd* at this moment, without waiting for more."""
    found = b""
    while select.select([fd], [], [], 0)[0] and (more := os.read(fd, 1 << 20)):
        found += more
    return found


class Reader:
    """Read a descriptor to its end in a thread of its own, so that a pipe never fills up.

    `pause()` lets it stop between two reads, as a stalled sink does, until `go_on()`.
    """

    def __init__(self, fd: int, at_a_time: int = 1 << 16) -> None:
        self._fd = fd
        self._at_a_time = at_a_time
        self._found = bytearray()
        self._may_read = threading.Event()
        self._may_read.set()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            self._may_read.wait()
            more = os.read(self._fd, self._at_a_time)
            if not more:
                return
            self._found += more

    def pause(self) -> None:
        """Read no more, for the time being."""
        self._may_read.clear()

    def go_on(self) -> None:
        """Read again."""
        self._may_read.set()

    def data(self) -> bytes:
        """Return what was read so far."""
        return bytes(self._found)

    def finish(self, timeout: float = 10) -> bytes:
        """Return all there was, once every end to write to is closed."""
        self.go_on()
        self._thread.join(timeout)
        assert not self._thread.is_alive(), "somebody still holds the pipe's other end open"
        return bytes(self._found)
