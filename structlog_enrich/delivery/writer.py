"""Write lines without letting those who log wait for it."""

from __future__ import annotations

import math
import sys
from contextlib import suppress
from functools import partial
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.delivery.callers import await_callers
from structlog_enrich.delivery.closing import Closing
from structlog_enrich.delivery.each import call_each
from structlog_enrich.delivery.flushing import await_written
from structlog_enrich.delivery.lifecycle import finish_with_process, watch_process
from structlog_enrich.delivery.loggers import Watch, WriterLogger, hand_off
from structlog_enrich.delivery.once import Once
from structlog_enrich.delivery.options import checked, deadline, pickled, policy_for, span
from structlog_enrich.delivery.pump import Pump
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.reasons import RECURSIVE
from structlog_enrich.delivery.records import INFO, OVERHEAD
from structlog_enrich.delivery.reporting import Reporter
from structlog_enrich.delivery.room import Room
from structlog_enrich.delivery.settling import Settling
from structlog_enrich.delivery.sinks import offered, sink_for
from structlog_enrich.delivery.standstill import Standstill
from structlog_enrich.delivery.stats import snapshot
from structlog_enrich.delivery.synchronous import Synchronous
from structlog_enrich.delivery.system import can_run_threads
from structlog_enrich.delivery.threads import Threads, is_of_a_writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from structlog_enrich.delivery.gaps import Gap
    from structlog_enrich.delivery.options import PolicyName
    from structlog_enrich.delivery.policies import Policy
    from structlog_enrich.delivery.sinks import Sink
    from structlog_enrich.delivery.stats import Stats

__all__ = ["Writer"]

_SECOND: Final = 1_000_000_000
_LOOK: Final = 0.05
_NEW, _RUNNING, _SYNCHRONOUS, _CLOSED = "new", "running", "synchronous", "closed"


class Writer(Closing):
    """Make loggers whose lines are written by a thread of their own, for `structlog.configure(logger_factory=…)`.

    The caller never waits for the sink and never meets its failures. What waits to be written is bounded in bytes, what
    is lost is counted by reason and level. Threads start with the first line; a forked child has its own. At the exit
    of the process what is left is written, and lines that come later are written at once.

    Args:
        sink: `"stdout"`, `"stderr"`, an open file descriptor, the path of a file that is appended to, or a sink.
        max_bytes: The budget of lines that wait, in bytes, each with 128 bytes that Python keeps beside it; the memory
            they take stays within a tenth more, or 64 KiB.
        max_records: The same in lines.
        on_full: What becomes of a line that has no room: `"reserve"` loses the newest below `warning` first and errors
            last, which keeps what led to the trouble and never waits; or `"drop_newest"`, `"drop_oldest"`, `"block"`,
            `"sample"`, `"spill"`, or a policy made with its own arguments.
        block_timeout: Seconds that the caller waits at most under `"block"`; a thread that runs an event loop or
            green threads waits never.
        exit_timeout: Seconds that the exit of the process waits at most for what is left.
        describe: Returns a line's `seq` and level, so that a gap can say which lines it stands for.
        frame_gap: Makes a line of a gap; without it gaps are counted, and not told in the stream.
        report_every: Seconds between lines about the writer itself; None for none.
        frame_stats: Makes such a line; needed for it.

    Raises:
        ConfigurationError: A sink that can't be opened, or any other argument that breaks its rule.

    >>> import os
    >>> read, write = os.pipe()
    >>> with Writer(write) as writer:
    ...     writer().info(b"paid")
    ...     writer.flush(timeout=5)
    True
    >>> os.read(read, 100), writer.stats().written
    (b'paid\\n', 1)
    """

    __slots__ = (
        "__weakref__",
        "_exit_timeout",
        "_given",
        "_once",
        "_pump",
        "_queue",
        "_reporter",
        "_room",
        "_say_last",
        "_settling",
        "_sink",
        "_state",
        "_synchronous",
        "_threads",
        "_watch",
        "methods",
        "standstill",
        "stream",
    )

    def __init__(
        self,
        sink: int | str | PathLike[str] | Sink = "stdout",
        *,
        max_bytes: int = 64 << 20,
        max_records: int = 200_000,
        on_full: PolicyName | Policy = "reserve",
        block_timeout: float = 0.1,
        exit_timeout: float = 5.0,
        describe: Callable[[bytes], tuple[int, str]] | None = None,
        frame_gap: Callable[[Gap], bytes] | None = None,
        report_every: float | None = None,
        frame_stats: Callable[[Stats], bytes] | None = None,
    ) -> None:
        self._given = checked(
            sink=sink,
            max_bytes=max_bytes,
            max_records=max_records,
            on_full=on_full,
            block_timeout=block_timeout,
            exit_timeout=exit_timeout,
            describe=describe,
            frame_gap=frame_gap,
            report_every=report_every,
            frame_stats=frame_stats,
        )
        self._exit_timeout = exit_timeout
        self.stream = getattr(sys, sink) if isinstance(sink, str) and sink in {"stdout", "stderr"} else None
        self._sink = sink_for(sink)
        self._queue = Queue(max_bytes, max_records, policy_for(on_full, max_bytes, max_records), describe, monotonic_ns)
        self._pump = Pump(self._queue, self._sink, frame_gap, monotonic_ns)
        self._watch = Watch(max_bytes, self._needs_attention)
        self._threads = Threads(self._queue, self._pump, self._watch.update, self._tick)
        self._room = Room(self._queue, self._threads, self._watch, block_timeout)
        self._synchronous = Synchronous(self._queue, self._pump)
        self.standstill = Standstill(self._watch, exit_timeout)
        self._settling = Settling(self._flush, exit_timeout)
        self.methods = hand_off(self._queue.intake, self._watch, self._prepare)
        self._reporter = Reporter(self._queue, self._sink, report_every, frame_stats, monotonic_ns())
        self._say_last: Callable[[], object] = lambda: None
        self._begin()
        if not watch_process(self):
            self._state = _SYNCHRONOUS

    def __repr__(self) -> str:
        return f"<Writer to {self._reporter.shown()}, {self._state}>"

    def __reduce__(self) -> tuple[object, ...]:
        return partial(Writer, **pickled(self._given)), ()

    def __call__(self, *args: Any) -> WriterLogger:
        """Return a logger, named by the first argument when that is a string."""
        return WriterLogger(self, args[0] if args and isinstance(args[0], str) else None)

    def stats(self) -> Stats:
        """Return what became of every line, at this moment."""
        alive, sink = self._threads.are_alive(), self._reporter.shown()
        return snapshot(self._queue, self._pump, monotonic_ns(), writer_alive=alive, state=self._state, sink=sink)

    def flush(self, timeout: float = 5.0, *, patience: float = math.inf) -> bool:
        """Wait until every line handed over before this call is written or lost.

        At most *timeout* seconds, and *patience* while the sink takes nothing.

        Returns:
            Whether that is so; at once where `close` would be put off, or nobody will ever read the sink again.

        Raises:
            ConfigurationError: *timeout* or *patience* is no number; an infinite one is.
        """
        return self._flush(deadline(timeout), span("patience", patience))

    def close(self, timeout: float = 5.0) -> bool:
        """Write what is left, at most *timeout* seconds, end the threads and close the sink; a second call is none.

        A line that comes later is written at once where the sink can be opened again, else it is lost and counted. From
        a finaliser or a signal's handler that interrupts this very thread as it decides on lines or writes them, it is
        done right after that; from one of the writer's own threads, by another. What a stuck sink is at stays pending.

        Returns:
            Whether nothing was lost by it; False as well when it is put off.

        Raises:
            ConfigurationError: *timeout* is no number; an infinite one is.
        """
        latest = deadline(timeout)
        if self._state == _CLOSED:
            return True
        if self._is_put_off(partial(self.close, timeout)):
            return False
        done = self._finish(latest, timeout)
        self._state = _CLOSED
        self._synchronous.shut(self._sink, self._threads, "timeout", is_done=done)
        return done

    def finish(self, then: Callable[[], object] | None = None, *, since: int | None = None) -> None:
        """Write what is left and end the threads, as the exit of the process does; the sink stays open.

        Args:
            then: Called after that. Both are put off as `close` is.
            since: From when on *exit_timeout* counts, in nanoseconds; default now. Each of several has a moment left.
        """
        if self._is_put_off(partial(self.finish, then, since=since)):
            return
        if self._state != _CLOSED:
            self._finish(deadline(self._exit_timeout, since), self._exit_timeout)
        elif not (self._queue.is_empty() and self._pump.is_idle()):
            # Handed over while it was closed.
            is_done = self._synchronous.drain(self._threads.have_ended())
            self._synchronous.shut(self._sink, self._threads, "closed", is_done=is_done)
        if then is not None:
            then()

    def settle(self, then: Callable[[], object], *, since: int | None = None) -> None:
        """Write what is left as long as the sink takes any, and call *then*, which may end the process at any moment.

        From now on the caller waits for its line, as `Settling` says, until `go_on`; what *since* means `finish` says.
        """
        if self._is_put_off(partial(self.settle, then, since=since)):
            return
        self._settling.is_wanted = True
        self._watch.update()
        await_callers(self.methods[0].__code__, monotonic_ns() + int(_LOOK * _SECOND))
        self._settling.wait(since)
        then()

    def go_on(self) -> None:
        """Let the caller wait no more, after `settle`."""
        self._settling.is_wanted = False
        self._watch.update()

    def frame_with(
        self,
        *,
        describe: Callable[[bytes], tuple[int, str]],
        frame_gap: Callable[[Gap], bytes],
        frame_stats: Callable[[Stats], bytes],
    ) -> None:
        """Say in the stream what was lost, by these, each where none was given. To be called before the first line."""
        self._queue.describe = self._queue.describe or describe
        self._pump.frame_gap = self._pump.frame_gap or frame_gap
        self._reporter.frame = self._reporter.frame or frame_stats

    def end_with(self, say: Callable[[], object]) -> None:
        """Let *say* log the last line: it is called when all before it are written, as the process or this one ends."""
        self._say_last = say

    def reopen(self) -> None:
        """Open the sink anew before the next lines, as who rotates files may ask. Safe in a signal's handler."""
        offered(self._sink, "reopen")()

    def forget(self) -> None:
        """Begin anew in a forked child. Called by the hook; nothing is locked, started or logged."""
        parts = self._queue, self._pump, self._threads, self._room, self._synchronous, self.standstill, self._settling
        # All of it, also where a policy or a sink of someone's own raises.
        begin = () if self._state == _CLOSED else (self._begin,)
        call_each([*(each.forget for each in parts), *begin, offered(self._sink, "forget")])

    def _begin(self) -> None:
        self._state = _NEW
        self._once = Once()
        self._reporter.forget(monotonic_ns())
        self._watch.attention = True

    def _prepare(self, line: bytes, level: int) -> bool:
        """Do what comes before a line is handed over; return whether it still is to be."""
        is_to_be = self._make_way(line, level)
        if not (self.standstill.is_wanted or self._settling.is_wanted) or is_of_a_writer():
            return is_to_be
        if is_to_be:
            self._queue.hand_over(line, level)
        if self._settling.is_wanted and self._state == _RUNNING and not self._synchronous.is_amid():
            self._settling.wait()
        if self.standstill.is_wanted:
            self.standstill.arrive()
        return False

    def _make_way(self, line: bytes, level: int) -> bool:
        threads, queue = self._threads, self._queue
        if self._pump.would_feed_back():
            self._refuse(line, level)
            return False
        if self._state == _NEW:
            self._begin_threads(self._once)
        if self._state != _RUNNING:
            if reason := self._room.make(partial(self._synchronous.drain, threads.have_ended())):
                queue.refuse(reason, level, line)
            else:
                queue.hand_over(line, level)
                self._work_here()
            return False
        if threads.is_own():
            return True
        if threads.is_idle:
            queue.stamp()
            threads.wake()
            self._watch.update()
        size = len(line) + OVERHEAD
        if self._room.is_there(size):
            return True
        try:
            reason = self._room.wait(size, lambda: self._state == _RUNNING)
            if reason and self._state == _RUNNING:
                queue.refuse(reason, level, line)
            else:
                queue.hand_over(line, level)
            self._work_here()
        finally:
            # What a signal's handler has put off, since it found this thread deciding on lines.
            self._synchronous.catch_up()
        return False

    def _refuse(self, line: bytes, level: int) -> None:
        """Lose what a sink logs as it writes, be it that of another writer of the same lines."""
        self._queue.refuse(RECURSIVE, level, line)
        self._work_here()

    def _work_here(self) -> None:
        # Where threads write, or another one is starting them, it is left to them.
        if self._state not in {_RUNNING, _NEW}:
            self._tick()
            self._synchronous.work(self._threads, is_last=self._state == _CLOSED)
            self._reporter.tell_of_losses(monotonic_ns())

    def _begin_threads(self, once: Once) -> None:
        def start() -> None:
            # Too many, or the interpreter is ending.
            with suppress(RuntimeError):
                is_possible = can_run_threads() and finish_with_process() and self._threads.start()
                if is_possible and self._once is once and self._state == _NEW:
                    self._state = _RUNNING

        def end() -> None:
            if self._state == _RUNNING:
                self._watch.update()
            elif self._once is once:
                # Whoever logs writes; or it was finished meanwhile.
                self._state = _SYNCHRONOUS if self._state == _NEW else self._state
                self._threads.end(monotonic_ns() + _SECOND)

        # In a child that a signal's handler forked amid this all of it is another's, and the next line begins anew.
        once.do(start, end)

    def _needs_attention(self) -> bool:
        is_up = self._state == _RUNNING and not (self._pump.is_foreign or self._threads.is_idle)
        return not is_up or self._room.is_asked_for() or self.standstill.is_wanted or self._settling.is_wanted

    def _tick(self) -> None:
        self._watch.update()
        if (line := self._reporter.report(monotonic_ns(), self.stats)) is not None:
            self._queue.hand_over(line, INFO)

    def _flush(self, latest: int, patience: float = math.inf) -> bool:
        if self._state == _NEW and (self._queue.intake or self._queue.refused):
            # Of a child that was forked as its parent handed them over.
            self._begin_threads(self._once)
        if self._state == _NEW:
            return not (self._queue.intake or self._queue.refused)
        if self._state != _RUNNING:
            latest = int(min(latest, monotonic_ns() + patience * _SECOND))
            return self._synchronous.drain(self._threads.have_ended(), latest)
        if self._threads.is_own() or self._synchronous.is_amid():
            return False
        return await_written(self._queue, self._pump, self._threads, latest, patience)

    def _is_put_off(self, action: Callable[[], object]) -> bool:
        return self._threads.leave(action) or self._synchronous.postpone(action)

    def _finish(self, latest: int, timeout: float) -> bool:
        if self._synchronous.is_in_vain:
            latest = monotonic_ns()
        if self._state != _NEW and self._flush(latest):
            # It may have been stopped amid that.
            latest = max(latest, monotonic_ns() + int(_LOOK * _SECOND))
        self._room.latest = latest
        self._say_last()
        self._state = _SYNCHRONOUS
        self._watch.attention = True
        if not self._threads.have_ended():
            # The writing one may be stuck in its sink.
            self._threads.end(latest + int(_LOOK * _SECOND))
            await_callers(self.methods[0].__code__, latest + int(_LOOK * _SECOND))
        # Another thread may have looked at the state right before it changed.
        self._watch.attention = True
        self._queue.untold.follow()
        if self._threads.have_ended() and self._synchronous.drain(may_write=True, deadline=latest):
            return True
        self._synchronous.patience = 0.0
        self._synchronous.is_in_vain = True
        if not self._threads.are_deciding():
            self._synchronous.abandon(self._queue.trouble or "timeout")
        self._reporter.tell_of_the_end(self.stats(), timeout)
        return False
