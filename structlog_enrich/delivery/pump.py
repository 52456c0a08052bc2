"""Take what is stored to the sink."""

from __future__ import annotations

from operator import add
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.delivery.away import time_away
from structlog_enrich.delivery.latency import Latency
from structlog_enrich.delivery.notices import notice
from structlog_enrich.delivery.reasons import reason_of
from structlog_enrich.delivery.records import LEVELS, OVERHEAD, framed, unreadable
from structlog_enrich.delivery.sinks import Descriptor, File, Pipe
from structlog_enrich.delivery.system import get_ident

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery.gaps import Gap
    from structlog_enrich.delivery.lines import Lines
    from structlog_enrich.delivery.queue import Queue
    from structlog_enrich.delivery.sinks.sink import Sink

__all__ = ["Pump"]

_BATCH_BYTES: Final = 2 << 20
_FIRST_PAUSE: Final = 0.005
_LONGEST_PAUSE: Final = 1.0
_LONGEST_WAIT: Final = 0.1
_SECOND: Final = 1_000_000_000
# The threads that are in sinks of someone's own.
_IN_SINKS: Final[set[int]] = set()
_NO_ROOM: Final = (MemoryError, RecursionError)


class Pump:
    """Write what is stored, in its order, as often as it takes. One thread at a time calls `step`.

    Args:
        queue: Where the records come from.
        sink: Where they go.
        frame_gap: Makes a line of a gap; None when gaps aren't told in the stream.
        clock: The time in nanoseconds, by which the records were stamped.

    Attributes:
        away: For how long the process was stopped while the sink was waited for, in nanoseconds.
        written: How many lines of each level were written whole.
        bytes: How many bytes they were, newlines included.
        gaps: How many lines told of gaps.
        is_foreign: Whether the sink is of someone's own.
        untold: How many gaps no line could be made of.
        retries: How often the sink failed, by what it said.
        progress: When anything was written, or there was nothing to write, in nanoseconds.
    """

    __slots__ = (
        "_batch_bytes",
        "_clock",
        "_failures",
        "_queue",
        "_retry_at",
        "_sink",
        "_told",
        "_writer",
        "away",
        "bytes",
        "frame_gap",
        "gaps",
        "is_foreign",
        "latency",
        "progress",
        "retries",
        "untold",
        "written",
    )

    def __init__(
        self,
        queue: Queue,
        sink: Sink,
        frame_gap: Callable[[Gap], bytes] | None,
        clock: Callable[[], int],
    ) -> None:
        self._queue = queue
        self._sink = sink
        # One of someone's own, which may log by itself, change what it is given, or keep it.
        self.is_foreign = type(sink) not in {Descriptor, File, Pipe}
        self.frame_gap = frame_gap
        self._clock = clock
        # A batch is held while it is written, so it is but a part of a small budget.
        self._batch_bytes = max(1, min(_BATCH_BYTES, queue.max_bytes // 16))
        self._reset()

    def forget(self) -> None:
        """Begin anew in a forked child: the parent writes what it has begun."""
        _IN_SINKS.clear()
        self._reset()

    def _reset(self) -> None:
        # Lines about gaps, on their way to the sink.
        self._told: list[bytes] = []
        self._failures = 0
        self._retry_at = 0
        self.away = 0
        self.written = [0] * len(LEVELS)
        self.bytes = 0
        self.gaps = 0
        self.untold = 0
        self.retries: dict[str, int] = {}
        self.latency = Latency()
        self.progress = self._clock()
        self._writer = 0

    def is_in_sink(self) -> bool:
        """Tell whether the calling thread is in a sink of someone's own, which what it logs would keep at work."""
        return self._writer == get_ident() and self.is_foreign

    def would_feed_back(self) -> bool:
        """Tell whether the calling thread is in any sink of someone's own, and this one is such a sink, too.

        Two that log into each other's writers would keep both at work for ever.
        """
        return self.is_foreign and get_ident() in _IN_SINKS

    def is_idle(self) -> bool:
        """Tell whether nothing is on its way to the sink."""
        return not (self._told or self._queue.flying)

    def is_hopeless(self) -> bool:
        """Tell whether the sink says that nobody will ever take a line from it again."""
        try:
            return getattr(self._sink, "is_gone", False) is True
        except Exception:  # noqa: BLE001 (a sink of someone's own)
            return False

    def repaired(self) -> int:
        """Return how many torn last lines the sink says that it has ended."""
        try:
            return int(getattr(self._sink, "repaired", 0))
        except Exception:  # noqa: BLE001 (as above)
            return 0

    def retry_now(self) -> None:
        """Try at once what was put off."""
        self._retry_at = 0

    def step(self, longest: float = _LONGEST_WAIT) -> float | None:
        """Write what there is, once.

        Args:
            longest: Seconds to wait at most for a sink that takes nothing.

        Returns:
            After how many seconds to go on; 0 at once; None when there is nothing to write.
        """
        now = self._clock()
        if now < self._retry_at:
            return (self._retry_at - now) / _SECOND
        if self.is_idle():
            self._take()
            if self.is_idle():
                self.progress = now
                return None
        flying = self._queue.flying
        if flying.first:
            # Some were given up.
            flying.discard(0, 0)
        lines = self._told or flying.lines
        if not lines:
            # In a child that was forked right before, they are the parent's.
            return 0
        # A closed file's writer, say, whose lines are written by their callers in such a sink, takes nobody out of it.
        enters = self.is_foreign and get_ident() not in _IN_SINKS
        try:
            self._writer = get_ident()
            if enters:
                _IN_SINKS.add(self._writer)
            count = self._sink.write(lines.copy() if self.is_foreign else lines)
            if type(count) is not int or not 0 <= count <= len(lines):
                self._tell_of_mistake(count)
                raise TypeError  # noqa: TRY301 (a sink of someone's own)
        except Exception as error:
            if not self.is_foreign and getattr(error, "errno", None) is None and not isinstance(error, _NO_ROOM):
                # A signal's handler raised it, for the caller.
                raise
            return self.put_off(error)
        finally:
            if enters:
                _IN_SINKS.discard(self._writer)
            self._writer = 0
        if self._queue.flying is not flying:
            # Forked from such a handler: these are the parent's.
            return 0
        self._failures = 0
        self._queue.trouble = ""
        if count:
            self._account(count, flying)
            return 0
        # It takes nothing at this moment.
        return self._wait(min(longest, _LONGEST_WAIT))

    def _tell_of_mistake(self, count: object) -> None:
        """Say once, on standard error, what a sink of someone's own does wrong: it is offered the same for ever."""
        if "TypeError" not in self.retries:
            found = count if type(count) is int else unreadable(count)
            sink = unreadable(self._sink)
            notice(f"write() of {sink} must return how many of the lines it took, from the first on, not {found}")

    def put_off(self, error: BaseException) -> float:
        """Try again later, since the sink failed with *error*; return after how many seconds."""
        self._queue.trouble = reason = reason_of(error)
        self.retries = {**self.retries, reason: self.retries.get(reason, 0) + 1}
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * float(2**self._failures))
        self._failures = min(self._failures + 1, 16)
        self._retry_at = self._clock() + int(pause * _SECOND)
        return pause

    def _wait(self, longest: float) -> float:
        wait: Any = getattr(self._sink, "wait", None)
        if wait is None:
            return _FIRST_PAUSE
        since = monotonic_ns()
        try:
            wait(longest)
        except Exception as error:  # noqa: BLE001 (as above)
            return self.put_off(error)
        if not self.is_foreign:
            # One of someone's own may wait as long as it likes.
            self.away += time_away(since, _LONGEST_WAIT)
        return 0

    def _take(self) -> None:
        """Take the next batch: lines about gaps, or others."""
        queue = self._queue
        if self.frame_gap is None:
            queue.gaps.clear()
        while queue.gaps:
            # Taken from there only when it is here: at no moment does it seem to be told.
            if self.frame_gap and (line := framed(self.frame_gap, queue.gaps[0])):
                self._told.append(line)
            else:
                self.untold += 1
            queue.gaps.popleft()
        if not self._told:
            queue.take(self._batch_bytes)

    def _account(self, count: int, flying: Lines) -> None:
        now = self._clock()
        if self._told:
            # Nobody logged them, so they are in no other account.
            told, size = self._told[count:], sum(map(len, self._told[:count])) + count
            self._told = told
            self.gaps += count
            self.bytes += size
            self.progress = now
            return
        handed = flying.handed[:count]
        size = flying.size if count == flying.count else flying.size_of(count)
        written = list(map(add, self.written, flying.levels_of(count)))
        done = self.bytes + size - (OVERHEAD - 1) * count
        flying.discard(count, size)
        if self._queue.flying is not flying:
            # As in `step`.
            return
        # As in there, nothing is called from here on to the end of the account.
        self.written, self.bytes, self.progress = written, done, now
        self.latency.add(handed, now)
