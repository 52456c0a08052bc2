"""How a writer ends: closed, or finished with its process."""

from __future__ import annotations

import threading
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING, Any

from structlog_enrich.delivery import Several, Writer
from structlog_enrich.delivery import several as several_module
from tests.delivery.conftest import assert_adds_up, until
from tests.delivery.faulty import Collecting, Failing, Gated, Short, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest


SECOND = 1_000_000_000


class Asked(Short):
    """A sink that takes nothing, and calls *then* as it is asked."""

    def __init__(self) -> None:
        super().__init__(0)
        self.then: Callable[[], object] = bool

    def write(self, lines: Sequence[bytes], /) -> int:
        then, self.then = self.then, bool
        then()
        return super().write(lines)


class TestClose:
    """The end, wanted or not."""

    def test_twice(self) -> None:
        """A second time is none."""
        sink = Collecting()
        writer = Writer(sink)
        writer().info(b"paid")
        assert (True, True) == (writer.close(), writer.close())
        assert ([b"paid"], True, "closed") == (sink.lines, sink.is_closed, writer.stats().state)

    def test_races(self) -> None:
        """Several threads may close at once, while others log and flush: nothing is lost."""
        sink = Collecting()
        writer = Writer(sink)
        started, stop = threading.Barrier(5), threading.Event()
        counts = []

        def log() -> None:
            count, info = 0, writer().info
            started.wait()
            while not stop.is_set():
                info(b"paid")
                count += 1
            counts.append(count)

        def end(act: Callable[[], object]) -> None:
            started.wait()
            act()

        others = [threading.Thread(target=end, args=(act,)) for act in (writer.close, writer.close, writer.flush)]
        loggers = [threading.Thread(target=log) for _ in range(2)]
        for each in (*others, *loggers):
            each.start()
        for each in others:
            each.join()
        stop.set()
        for each in loggers:
            each.join()
        writer.finish()
        stats = writer.stats()
        assert_adds_up(stats)
        assert (sum(counts), 0) == (stats.written, stats.pending)
        assert sum(counts) == len(sink.lines)

    def test_stalled(self, capfd: pytest.CaptureFixture[str]) -> None:
        """What can't be written in time is lost, counted by its reason, and said on standard error."""
        sink = Failing(failure())
        writer = Writer(sink)
        for _ in range(10):
            writer().error(b"paid")
        assert not writer.close(0.05)
        stats = writer.stats()
        assert_adds_up(stats)
        assert 10 == stats.dropped_total + stats.pending
        assert "10 lines to" in capfd.readouterr().err

    def test_amid_writing(self) -> None:
        """Who closes from a finaliser that interrupts the writing gets it done right after."""
        found = []

        class Closing(Collecting):
            def write(self, lines: Any, /) -> int:
                found.append(writer.close())
                return super().write(lines)

        sink = Closing()
        writer = Writer(sink)
        writer.finish()
        writer().info(b"paid")
        assert ([False], [b"paid"], True, "closed") == (found, sink.lines, sink.is_closed, writer.stats().state)

    def test_from_own_thread(self) -> None:
        """Who closes from one of its own threads, in a finaliser that runs there, gets it done by another."""
        found = []

        class Closing(Collecting):
            def write(self, lines: Any, /) -> int:
                found.append(writer.close(60))
                return super().write(lines)

        sink = Closing()
        writer = Writer(sink)
        writer().info(b"paid")
        until(lambda: writer.stats().state == "closed" and sink.is_closed)
        assert ([False], [b"paid"]) == (found, sink.lines)
        assert_adds_up(writer.stats())

    def test_at_once(self) -> None:
        """Without any time it still tells whether all was written."""
        sink = Collecting()
        writer = Writer(sink)
        writer().info(b"paid")
        until(lambda: sink.lines)
        assert writer.close(0)
        assert 0 == writer.stats().dropped_total

    def test_late_line(self, pipe: tuple[int, int]) -> None:
        """A line that comes when the descriptor is closed is lost, and counted; nothing is raised."""
        writer = Writer(pipe[1])
        writer.close()
        writer().info(b"late")
        stats = writer.stats()
        assert_adds_up(stats)
        assert (1, 0) == (stats.emitted, stats.written)


class TestFinish:
    """What the exit of the process does."""

    def test_later_lines(self) -> None:
        """Afterwards each line is written as it is logged, and the sink stays open."""
        sink = Collecting()
        with Writer(sink) as writer:
            writer().info(b"1")
            writer.finish()
            assert [b"1"] == sink.lines
            writer().info(b"2")
            assert ([b"1", b"2"], False) == (sink.lines, sink.is_closed)
            assert ("synchronous", False) == (writer.stats().state, writer.stats().writer_alive)

    def test_then(self) -> None:
        """What is to be done afterwards is done, also when it was finished or closed before."""
        done: list[int] = []
        sink = Collecting()
        writer = Writer(sink)
        writer().info(b"paid")
        writer.finish(then=lambda: done.append(len(sink.lines)))
        writer.finish(then=lambda: done.append(2))
        writer.close()
        writer.finish(then=lambda: done.append(3))
        assert [1, 2, 3] == done

    def test_handed_over_while_it_was_closed(self) -> None:
        """A line that came too late for the close is written, and the sink closed again."""
        sink = Collecting()
        writer = Writer(sink)
        assert writer.close()
        sink.is_closed = False
        writer._queue.intake.extend((b"late", 1))  # noqa: SLF001 (as a logger does amid it)
        writer.finish()
        assert ([b"late"], True) == (sink.lines, sink.is_closed)

    def test_after_a_long_rest(self) -> None:
        """A line's time begins with its hand-off, however long nobody has looked."""
        with Writer(Collecting()) as writer:
            writer.finish()
            writer._queue.since -= 100 * 1_000_000_000  # noqa: SLF001 (as if so long ago)
            writer().info(b"paid")
            assert writer.stats().latency_sum < 50

    def test_sink_that_logs(self) -> None:
        """A sink that logs into its own writer feeds itself no further, with threads and without."""

        class Feeding(Collecting):
            def write(self, lines: Any, /) -> int:
                writer().info(b"fed")
                return super().write(lines)

        sink = Feeding()
        with Writer(sink) as writer:
            writer().info(b"1")
            assert writer.flush()
            writer.finish()
            writer().info(b"2")
            stats = writer.stats()
        assert_adds_up(stats)
        assert [b"1", b"2"] == sink.lines
        assert {"recursive": {"info": 2}} == stats.dropped

    def test_forked_amid_handing_over(self) -> None:
        """A child that was forked amid a call, and logs nothing more, writes its line without waiting for threads."""
        sink = Collecting()
        writer = Writer(sink, exit_timeout=60)
        writer._queue.hand_over(b"paid", 1)  # noqa: SLF001 (as the parent's call goes on in the child)
        began = monotonic()
        writer.finish()
        assert [b"paid"] == sink.lines
        assert monotonic() < began + 30

    def test_in_vain(self, capfd: pytest.CaptureFixture[str]) -> None:
        """What was waited for in vain isn't waited for again, nor told; a sink that recovers gets the rest."""
        sink = Failing(failure())
        writer = Writer(sink, exit_timeout=0.2)
        for _ in range(10):
            writer().error(b"paid")
        writer.finish()
        began = monotonic()
        for _ in range(5):
            writer.finish()
        assert monotonic() < began + 0.5
        assert 1 == capfd.readouterr().err.count("lost")
        sink.error = None
        writer().info(b"late")
        writer.finish()
        assert b"late" in sink.lines
        assert "" == capfd.readouterr().err
        writer.close()

    def test_in_vain_once(self) -> None:
        """Also a sink that takes nothing, and doesn't say why, is waited for once."""
        writer = Writer(Short(0), exit_timeout=0.3)
        writer().info(b"paid")
        writer.finish()
        began = monotonic()
        for _ in range(10):
            writer.finish()
        assert monotonic() < began + 1.5

    def test_waits_for_no_room(self) -> None:
        """A last line under `block` waits no longer for room than the process may take to end."""
        writer = Writer(Short(0), on_full="block", block_timeout=60, exit_timeout=0.2, max_records=1)
        writer().info(b"paid")
        writer.end_with(lambda: writer().info(b"the last"))
        before = monotonic()
        writer.finish()
        assert monotonic() - before < 20
        assert_adds_up(writer.stats())


class TestEndWith:
    """What has the last word."""

    def test_has_room(self) -> None:
        """It is asked for its line when those before it are written, so that this one isn't lost for want of room."""
        sink = Gated()
        writer = Writer(sink, max_records=3, on_full="drop_newest")
        writer.end_with(lambda: writer().info(b"end"))
        for number in range(6):
            writer().info(b"%d" % number)
            assert sink.is_entered.wait(10)
        until(lambda: writer.stats().dropped_total)
        threading.Timer(0.05, sink.gate.set).start()
        assert writer.close()
        assert [b"0", b"1", b"2", b"end"] == sink.lines

    def test_not_yet(self) -> None:
        """Where the process may go on it isn't asked, but at the end."""
        sink = Collecting()
        with Writer(sink) as writer:
            writer.end_with(lambda: writer().info(b"end"))
            writer().info(b"1")
            writer.settle(lambda: None)
            writer().info(b"2")
            assert [b"1", b"2"] == sink.lines
        assert [b"1", b"2", b"end"] == sink.lines

    def test_several(self) -> None:
        """Of several each has it, once."""
        sinks = [Collecting(), Collecting()]
        said: list[bool] = []
        with Several(*map(Writer, sinks)) as several:
            several.end_with(lambda: said or (said.append(True), several().info(b"end")))
            several().info(b"1")
        assert [[b"1", b"end"]] * 2 == [sink.lines for sink in sinks]

    def test_of_several_all_is_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As it is asked for its line, all before it are written in each place, also in one that is slower."""
        sink = Gated()

        class Slower(Writer):
            def flush(self, timeout: float = 5.0, **given: float) -> bool:
                sink.gate.set()
                return super().flush(timeout, **given)

        # However busy the machine is.
        monkeypatch.setattr(several_module, "_MOMENT", 10)
        pending: list[tuple[int, ...]] = []
        several = Several(Writer(Collecting()), Slower(sink))
        several.end_with(lambda: pending.append(tuple(stats.pending for stats in several.stats())))
        for _ in range(500):
            several().info(b"paid")
        several.finish()
        assert [(0, 0)] * 2 == pending
        assert several.close()

    def test_of_several_one_is_stalled(self) -> None:
        """One that takes nothing is waited for but a moment: the line says how many are left there."""
        pending: list[tuple[int, ...]] = []
        several = Several(Writer(Collecting()), Writer(Short(0), exit_timeout=0.5))
        several.end_with(lambda: pending.append(tuple(stats.pending for stats in several.stats())))
        several().info(b"paid")
        before = monotonic()
        several.finish()
        assert (0, 1) == pending[0]
        assert 5 > monotonic() - before


class TestReasons:
    """What is left at the end is lost for a reason."""

    def test_closed_while_the_sink_takes_nothing(self) -> None:
        """Time was up, also for those that were on their way to the sink."""
        writer = Writer(Short(0))
        for _ in range(5):
            writer().info(b"paid")
        assert not writer.close(0.05)
        stats = writer.stats()
        assert (0, {"timeout": {"info": 5}}) == (stats.pending, stats.dropped)

    def test_late_line(self) -> None:
        """One that comes when it is closed waits for nobody, and is lost at the exit as one that came too late."""
        sink = Short(0)
        writer = Writer(sink)
        assert writer.close()
        before = monotonic()
        writer().info(b"late")
        assert 0.5 > monotonic() - before
        assert (1, {}) == (writer.stats().pending, writer.stats().dropped)
        writer.finish()
        assert (0, {"closed": {"info": 1}}) == (writer.stats().pending, writer.stats().dropped)

    def test_late_line_that_fails(self) -> None:
        """Where the sink refuses it, it is lost at once, for the sink's reason; before the end it would be kept."""
        sink = Failing()
        writer = Writer(sink, exit_timeout=0)
        writer.finish()
        sink.error = failure()
        writer().info(b"kept")
        assert (1, {}) == (writer.stats().pending, writer.stats().dropped)
        sink.error = None
        assert writer.close()
        sink.error = failure()
        writer().info(b"late")
        assert (0, {"eio": {"info": 1}}) == (writer.stats().pending, writer.stats().dropped)
        assert [b"kept"] == sink.lines


class TestPutOff:
    """What is asked for amid a write is done right after it, as it was asked for."""

    def test_finish(self) -> None:
        """With what is to be called then, and by the time that is over already."""
        done: list[str] = []

        class Asking(Collecting):
            def write(self, lines: Sequence[bytes], /) -> int:
                if not done:
                    done.append("asked")
                    writer.finish(lambda: done.append("finished"), since=monotonic_ns() - 60 * SECOND)
                    done.append("goes on")
                return super().write(lines)

        writer = Writer(Asking())
        # From here on the caller writes.
        writer.finish()
        writer().info(b"paid")
        assert ["asked", "goes on", "finished"] == done
        assert writer.close()

    def test_close(self) -> None:
        """With the time that it may take: nobody waits for a sink that takes nothing any more."""
        sink = Asked()
        writer = Writer(sink)
        writer.finish()
        sink.then = lambda: writer.close(0)
        before = monotonic()
        writer().info(b"paid")
        assert 3 > monotonic() - before
        assert ("closed", {"timeout": {"info": 1}}) == (writer.stats().state, writer.stats().dropped)


class TestSince:
    """Of several that end one after the other none takes another's time."""

    def test_over(self) -> None:
        """One that comes last has a moment left."""
        writer = Writer(Short(0), exit_timeout=30)
        writer().info(b"paid")
        before = monotonic()
        writer.finish(since=monotonic_ns() - 29 * SECOND - SECOND // 2)
        assert 20 > monotonic() - before >= 0.4
        assert (1, {}) == (writer.stats().pending, writer.stats().dropped)

    def test_of_several(self) -> None:
        """Several writers have the same time, of which none is left for the last."""
        several = Several(*(Writer(Short(0), exit_timeout=1) for _ in range(4)))
        several().info(b"paid")
        before = monotonic()
        several.finish()
        assert 3 > monotonic() - before >= 0.9
        assert [1] * 4 == [stats.pending for stats in several.stats()]

    def test_several_over(self) -> None:
        """Several writers may be told, too, from when on it counts."""
        several = Several(*(Writer(Short(0), exit_timeout=30) for _ in range(2)))
        several().info(b"paid")
        before = monotonic()
        several.finish(since=monotonic_ns() - 60 * SECOND)
        assert 20 > monotonic() - before

    def test_put_off(self) -> None:
        """Also where it is put off."""
        sink = Asked()
        writer = Writer(sink, exit_timeout=30)
        writer.finish()
        sink.then = lambda: writer.finish(since=monotonic_ns() - 60 * SECOND)
        before = monotonic()
        writer().info(b"paid")
        assert 20 > monotonic() - before
