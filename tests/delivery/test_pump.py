"""Taking what is stored to the sink."""

from __future__ import annotations

import errno
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import away
from structlog_enrich.delivery import pump as module
from structlog_enrich.delivery.gaps import Gap
from structlog_enrich.delivery.policies import DropNewest
from structlog_enrich.delivery.pump import Pump
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.sinks import File
from tests.delivery.conftest import described, framed, hand_in, numbered
from tests.delivery.faulty import Collecting, Failing, Short, failure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SECOND = 1_000_000_000


class World:
    """A queue, a pump to *sink*, and a clock that stands still until `now` is set."""

    def __init__(self, sink: Any, frame_gap: Any = framed, max_bytes: int = 1 << 20) -> None:
        self.now = _SECOND
        policy = DropNewest().begin(max_bytes, 100_000)
        self.queue = Queue(max_bytes, 100_000, policy, described, lambda: self.now)
        self.pump = Pump(self.queue, sink, frame_gap, lambda: self.now)

    def log(self, count: int, start: int = 0, size: int = 0) -> list[bytes]:
        """Hand lines over, decide on them, and return them."""
        lines = numbered(count, start=start, size=size)
        hand_in(self.queue, lines)
        self.queue.admit()
        return lines


class TestStep:
    """What is stored is written in its order, as often as it takes."""

    def test_nothing(self) -> None:
        """Where there is nothing to write it says so."""
        world = World(Collecting())
        world.now += 5
        assert world.pump.step() is None
        assert world.now == world.pump.progress

    def test_who_is_in_the_sink(self, tmp_path: Path) -> None:
        """A sink of someone's own is known to be at work in its thread alone, and only meanwhile."""
        found = []

        class Asking(Collecting):
            def write(self, lines: Sequence[bytes], /) -> int:
                found.append(world.pump.is_in_sink())
                other = threading.Thread(target=lambda: found.append(world.pump.is_in_sink()))
                other.start()
                other.join()
                return super().write(lines)

        world = World(Asking())
        world.log(1)
        assert not world.pump.is_in_sink()
        world.pump.step()
        assert [True, False] == found
        assert not world.pump.is_in_sink()
        assert world.pump.is_foreign
        assert not World(File(tmp_path / "log")).pump.is_foreign

    def test_all(self) -> None:
        """A batch is written in one call, counted, and given free."""
        sink = Collecting()
        world = World(sink)
        lines = world.log(10)
        world.now += 3 * _SECOND
        assert 0 == world.pump.step()
        assert lines == sink.lines
        assert [10] == sink.batches
        assert [0, 10, 0, 0, 0] == world.pump.written
        assert sum(map(len, lines)) + 10 == world.pump.bytes
        assert 0 == world.queue.depth_bytes
        assert 30 * _SECOND == world.pump.latency.total
        assert world.pump.is_idle()

    def test_short(self) -> None:
        """A sink that takes a few lines is offered the rest."""
        sink = Short(3)
        world = World(sink)
        lines = world.log(10)
        while world.pump.step() is not None:
            assert sum(map(len, sink.lines)) + len(sink.lines) == world.pump.bytes
            assert 10 - len(sink.lines) == world.queue.depth_records
        assert lines == sink.lines
        assert [3, 3, 3, 1] == sink.batches
        assert [0, 10, 0, 0, 0] == world.pump.written

    def test_batches(self) -> None:
        """A batch is a small part of the budget, and what is larger goes alone."""
        sink = Collecting()
        world = World(sink, max_bytes=160_000)
        lines = world.log(120, size=1_000)
        while world.pump.step() is not None:
            pass
        assert lines == sink.lines
        assert 5 < max(sink.batches) <= 10
        world.log(1, size=30_000)
        world.pump.step()
        assert 1 == sink.batches[-1]

    @pytest.mark.parametrize(
        ("max_bytes", "expected"), [(1, 1), (31, 1), (10_003, 625), (4 << 20, 1 << 18), (64 << 20, 2 << 20)]
    )
    def test_largest_batch(self, max_bytes: int, expected: int) -> None:
        """It is two megabytes, and a whole number of bytes of a smaller budget."""
        found = World(Collecting(), max_bytes=max_bytes).pump._batch_bytes  # noqa: SLF001 (what it takes at a time)
        assert (expected, int) == (found, type(found))

    def test_takes_nothing(self) -> None:
        """Where the sink takes nothing it is waited for, by the sink if that can, else for a moment."""
        sink = Short(0)
        world = World(sink)
        world.log(1)
        assert 0.005 == world.pump.step()
        waited: list[float] = []
        sink.wait = waited.append  # type: ignore[attr-defined]
        assert 0 == world.pump.step()
        assert [0.1] == waited
        assert 0 == world.pump.step(0.03)
        assert 0 == world.pump.step(3)
        assert [0.1, 0.03, 0.1] == waited
        assert ({}, "") == (world.pump.retries, world.queue.trouble)

        def fail(timeout: float) -> None:
            raise failure(errno.EBADF)

        sink.wait = fail  # type: ignore[attr-defined]
        assert 0.005 == world.pump.step()
        assert {"ebadf": 1} == world.pump.retries

    @pytest.mark.parametrize(("is_foreign", "expected"), [(False, 29_900_000_000), (True, 0)])
    def test_stopped(self, is_foreign: bool, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 (a table)
        """How much longer it was waited for it says, but of a sink of someone's own, which may take its time."""
        sink = Short(0)
        world = World(sink)
        world.pump.is_foreign = is_foreign

        def stop(timeout: float) -> None:
            world.now += 30 * _SECOND

        sink.wait = stop  # type: ignore[attr-defined]
        for each in (module, away):
            monkeypatch.setattr(each, "monotonic_ns", lambda: world.now)
        world.log(1)
        world.pump.step()
        assert expected == world.pump.away
        world.pump.step()
        assert 2 * expected == world.pump.away
        world.pump.forget()
        assert 0 == world.pump.away


class TestGivenUp:
    """What was on its way is lost, since its sink was closed."""

    @pytest.mark.parametrize("lost", [1, 2, 3])
    def test_goes_on(self, lost: int) -> None:
        """Those that are left, or come later, are written, and nothing stands in for the others."""
        sink = Failing(failure())
        world = World(sink)
        lines = world.log(3)
        world.pump.step()
        for _ in range(lost):
            world.queue._lose(world.queue.flying, "closed")  # noqa: SLF001 (as far as an interrupted one comes)
        sink.error = None
        world.pump.retry_now()
        lines += world.log(2, start=3)
        while world.pump.step() is not None:
            pass
        assert lines[lost:] == [line for line in sink.lines if b'"gap"' not in line]
        assert 0 == world.queue.flying.count
        assert 5 - lost == sum(world.pump.written)


class TestFailures:
    """What the sink raises is counted and tried again, less and less often."""

    def test_pauses(self) -> None:
        """Each pause is twice the one before, a second at most; a success begins anew."""
        sink = Failing(failure(errno.ENOSPC))
        world = World(sink)
        lines = world.log(2)
        pauses = []
        for _ in range(10):
            pause = world.pump.step()
            assert pause is not None
            assert pause == pytest.approx(world.pump.step() or 0)
            pauses.append(pause)
            world.now += int(pause * _SECOND)
        assert [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0] == pauses
        assert ({"enospc": 10}, "enospc") == (world.pump.retries, world.queue.trouble)
        sink.error = None
        assert 0 == world.pump.step()
        assert (lines, "") == (sink.lines, world.queue.trouble)
        sink.error = failure(errno.EIO)
        world.log(1)
        assert 0.005 == world.pump.step()
        assert {"enospc": 10, "eio": 1} == world.pump.retries

    def test_at_once(self) -> None:
        """Who flushes doesn't wait for the pause."""
        sink = Failing(failure())
        world = World(sink)
        world.log(1)
        world.pump.step()
        sink.error = None
        assert 0.005 == world.pump.step()
        world.pump.retry_now()
        assert 0 == world.pump.step()
        assert 1 == len(sink.lines)

    @pytest.mark.parametrize("count", [None, -1, 3, True, "2", 1.0])
    def test_senseless_answer(self, count: Any, capfd: pytest.CaptureFixture[str]) -> None:
        """A sink that doesn't say how many lines it took is one that fails; who wrote it is told, once."""

        class Senseless(Collecting):
            def write(self, lines: Sequence[bytes], /) -> int:
                return count  # type: ignore[no-any-return]

        world = World(Senseless())
        world.log(2)
        assert 0.005 == world.pump.step()
        assert {"TypeError": 1} == world.pump.retries
        assert [0] * 5 == world.pump.written
        found = count if type(count) is int else f"<{type(count).__name__}>"
        said = "write() of <Senseless> must return how many of the lines it took, from the first on, not"
        assert f"structlog-enrich: {said} {found}\n" == capfd.readouterr().err
        world.pump.retry_now()
        world.pump.step()
        assert ({"TypeError": 2}, "") == (world.pump.retries, capfd.readouterr().err)

    @pytest.mark.parametrize("is_gap", [False, True])
    def test_changes_what_it_is_given(self, is_gap: bool) -> None:  # noqa: FBT001 (a table)
        """A sink that changes the list, and fails or keeps it, changes nothing of what is offered next."""

        class Changing(Failing):
            def write(self, lines: Any, /) -> int:
                found, count = [*lines], len(lines)
                lines[0] = b"another"
                lines.clear()
                super().write(found)
                return count

        sink = Changing(failure())
        world = World(sink)
        expected = [framed(Gap("full", 3))] if is_gap else world.log(3)
        world.queue.gaps.extend([Gap("full", 3)] * is_gap)
        world.pump.step()
        sink.error = None
        world.pump.retry_now()
        assert 0 == world.pump.step()
        assert expected == sink.lines
        assert world.pump.is_idle()

    def test_no_memory(self) -> None:
        """Whatever lacks memory is tried again, also of our own sinks; all else is a handler's."""
        sink = Failing(MemoryError())
        world = World(sink)
        world.pump.is_foreign = False
        world.log(1)
        assert 0 != world.pump.step()
        assert {"MemoryError": 1} == world.pump.retries
        world.now += _SECOND
        sink.error = ValueError("of a handler")
        with pytest.raises(ValueError, match="of a handler"):
            world.pump.step()

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), MemoryError()], ids=repr)
    def test_interrupted(self, error: BaseException) -> None:
        """Whatever interrupts a call of the sink, the lines are there for the next."""
        sink = Failing(error)
        world = World(sink)
        lines = world.log(3)
        with suppress(KeyboardInterrupt, SystemExit):
            world.pump.step()
        sink.error = None
        world.pump.retry_now()
        assert not world.pump.is_in_sink()
        assert 0 == world.pump.step()
        assert lines == sink.lines
        assert [0, 3, 0, 0, 0] == world.pump.written

    def test_interrupted_while_counting(self) -> None:
        """A signal's handler that raises as a batch is counted leaves it counted whole or not at all."""
        sink = Collecting()
        world = World(sink)
        lines = world.log(3)
        now, world.now = world.now, 0
        calls = iter([now])
        world.pump._clock = lambda: next(calls)  # noqa: SLF001 (where a signal may come)
        with pytest.raises(StopIteration):
            world.pump.step()
        assert ([0] * 5, 0) == (world.pump.written, world.pump.bytes)
        world.pump._clock = lambda: now  # noqa: SLF001 (likewise)
        world.pump.step()
        # It was written before: twice in the sink is better than not at all.
        assert lines * 2 == sink.lines
        assert [0, 3, 0, 0, 0] == world.pump.written
        assert 0 == world.queue.depth_bytes


class TestGaps:
    """Gaps are told before the next lines."""

    def test_before_lines(self) -> None:
        """They are lines of their own, in no account but the bytes."""
        sink = Collecting()
        world = World(sink)
        lines = world.log(2)
        gap = Gap("full", 1, {"info": 1}, ((7, 7),))
        world.queue.gaps.append(gap)
        world.pump.step()
        world.pump.step()
        assert [framed(gap), *lines] == sink.lines
        assert (1, [0, 2, 0, 0, 0]) == (world.pump.gaps, world.pump.written)
        assert sum(map(len, sink.lines)) + 3 == world.pump.bytes

    def test_not_framed(self) -> None:
        """Without a way to say it they are only counted."""
        sink = Collecting()
        world = World(sink, frame_gap=None)
        world.queue.gaps.append(Gap("full", 1))
        assert world.pump.step() is None
        assert ([], 0, 0) == (sink.lines, world.pump.gaps, len(world.queue.gaps))

    def test_framing_fails(self) -> None:
        """A chain that fails for one is counted, and the next one is told."""

        def frame(gap: Gap) -> bytes:
            return framed(gap) if gap.count > 1 else b"%d" % (1 // 0)

        sink = Collecting()
        world = World(sink, frame_gap=frame)
        world.queue.gaps.extend([Gap("full", 1), Gap("eio", 1), Gap("full", 2)])
        world.pump.step()
        assert [framed(Gap("full", 2))] == sink.lines
        assert (2, 1) == (world.pump.untold, world.pump.gaps)

    def test_framed_as_text(self) -> None:
        """A chain that makes text makes a line all the same, and the lines behind it are written."""
        sink = Collecting()
        world = World(sink, frame_gap=lambda gap: f"größer, {gap.count}")
        world.queue.gaps.append(Gap("full", 3))
        lines = world.log(2)
        while world.pump.step() is not None:
            pass
        assert ["größer, 3".encode(), *lines] == sink.lines
        assert (1, 0) == (world.pump.gaps, world.pump.untold)

    @pytest.mark.parametrize("made", [b"", "", None], ids=repr)
    def test_framed_as_nothing(self, made: Any) -> None:
        """A chain that drops the event makes no line, and the gap is untold."""
        sink = Collecting()
        world = World(sink, frame_gap=lambda _: made)
        world.queue.gaps.append(Gap("full", 3))
        assert world.pump.step() is None
        assert ([], 0, 1) == (sink.lines, world.pump.gaps, world.pump.untold)


class TestFeedingBack:
    """Two sinks that log into each other's writers."""

    def test_any_sink(self, tmp_path: Path) -> None:
        """Who is in a sink of someone's own is kept from each such sink, from no other, and only meanwhile."""
        found = []
        file = World(File(tmp_path / "log"))

        class Asking(Collecting):
            def write(self, lines: Sequence[bytes], /) -> int:
                found.append([each.pump.would_feed_back() for each in (world, other, file)])
                return super().write(lines)

        world, other = World(Asking()), World(Collecting())
        world.log(1)
        assert not world.pump.would_feed_back()
        world.pump.step()
        assert [[True, True, False]] == found
        assert not other.pump.would_feed_back()

    def test_a_fork(self) -> None:
        """In a child nobody is in a sink: its threads may have the numbers of the parent's."""
        found = []

        class Forking(Collecting):
            def write(self, lines: Sequence[bytes], /) -> int:
                world.pump.forget()
                found.append(world.pump.would_feed_back())
                return super().write(lines)

        world = World(Forking())
        world.log(1)
        world.pump.step()
        assert [False] == found


class TestRepaired:
    """How many torn lines the sink has ended."""

    @pytest.mark.parametrize(("said", "expected"), [(None, 0), (3, 3), ("many", 0)])
    def test_said(self, said: object, expected: int) -> None:
        """The sink says so, where it can."""
        sink: Any = Collecting()
        if said is not None:
            sink.repaired = said
        assert expected == World(sink).pump.repaired()


class TestForget:
    """A forked child begins anew."""

    def test_everything(self) -> None:
        """Neither what was begun nor any count is left."""
        world = World(Failing(failure()))
        world.log(3)
        world.pump.step()
        world.queue.forget()
        world.pump.forget()
        assert world.pump.is_idle()
        assert ({}, [0] * 5, 0, 0) == (world.pump.retries, world.pump.written, world.pump.bytes, world.pump.gaps)
        assert world.pump.step() is None


class TestHopeless:
    """Whether nobody will ever take a line again."""

    @pytest.mark.parametrize(("said", "expected"), [(True, True), (False, False), (1, False), (lambda: True, False)])
    def test_said(self, said: object, expected: bool) -> None:  # noqa: FBT001 (a table)
        """The sink says so, by nothing but true."""
        sink: Any = Collecting()
        sink.is_gone = said
        assert expected is World(sink).pump.is_hopeless()

    def test_cannot_say(self) -> None:
        """One that fails as it is asked is tried again."""

        class Failing(Collecting):
            @property
            def is_gone(self) -> bool:
                raise OSError

        assert not World(Failing()).pump.is_hopeless()
        assert not World(Collecting()).pump.is_hopeless()
