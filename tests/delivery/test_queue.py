"""What was handed over and isn't written yet, within a budget, and the account of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import gaps, lines, refused, untold
from structlog_enrich.delivery import queue as module
from structlog_enrich.delivery.gaps import MAX_RANGES, Gap
from structlog_enrich.delivery.policies import Block, DropNewest, DropOldest, Spill
from structlog_enrich.delivery.policies import policy as policy_module
from structlog_enrich.delivery.pump import Pump
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.records import OVERHEAD
from tests.delivery.conftest import described, hand_in, interrupted, numbered
from tests.delivery.faulty import Collecting

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery import Policy

_SECOND = 1_000_000_000


class Clock:
    """A clock that stands still until `now` is set."""

    def __init__(self) -> None:
        self.now = _SECOND

    def __call__(self) -> int:
        return self.now


def queue_of(policy: Policy, max_records: int = 10, describe: Any = described, clock: Any = None) -> Queue:
    """Return a queue of that policy."""
    return Queue(1 << 20, max_records, policy.begin(1 << 20, max_records), describe, clock or Clock())


def hand_over(queue: Queue, count: int, start: int = 0) -> list[bytes]:
    """Hand so many lines over, and return them."""
    lines = numbered(count, start=start)
    hand_in(queue, lines)
    return lines


class TestEmitted:
    """Every line is counted from its hand-off on, wherever it is."""

    def test_everywhere(self) -> None:
        """Those in the hand-off, those held, stored, lost and given up are counted."""
        queue = queue_of(Block(), max_records=2)
        hand_over(queue, 5)
        assert 5 == queue.emitted()
        queue.admit()
        assert (2, 3) == (len(queue.stored), len(queue.held))
        queue.refuse("full", 1, b"{}")
        assert 6 == queue.emitted()
        queue.admit()
        assert (6, {"full": [0, 1, 0, 0, 0]}) == (queue.emitted(), queue.dropped)
        assert [0, 6, 0, 0, 0] == queue.taken_by_level

    def test_stopped_amid(self) -> None:
        """Who looks between the two steps of a taking thread looks again."""
        queue = queue_of(DropNewest())
        hand_over(queue, 3)
        queue.version += 1
        queue.intake.clear()

        def go_on() -> None:
            queue.taken += 3
            queue.version += 1

        later = threading.Timer(0.005, go_on)
        later.start()
        assert 3 == queue.emitted()
        later.join()

    def test_stopped_for_good(self) -> None:
        """Who looks waits for no thread for ever."""
        queue = queue_of(DropNewest())
        queue.version += 1
        assert 0 == queue.emitted()


class TestRefuse:
    """What can't be handed over is counted."""

    def test_few(self) -> None:
        """Of a few it is told which they were, of many how many; large ones aren't kept for it."""
        queue = queue_of(DropNewest())
        lines = numbered(1_500)
        for line in lines:
            queue.refuse("overrun", 1, line)
        queue.refuse("overrun", 3, numbered(1, start=1_500, size=10_000)[0])
        queue.admit()
        assert {"overrun": [0, 1_500, 0, 1, 0]} == queue.dropped
        gap = queue.gaps.popleft()
        assert (1_501, ((0, 999),), False) == (gap.count, gap.ranges, gap.complete)


class TestTake:
    """What is to be written next is taken."""

    def test_unlike_sizes(self) -> None:
        """It is no more than it is to be, however unlike the lines are; one that is larger is taken alone."""
        queue = Queue(1 << 30, 10_000, DropNewest().begin(1 << 30, 10_000), None, Clock())
        hand_in(queue, [b"", *[b"x" * 1_000_000] * 50, *[b"x"] * 5_000])
        queue.admit()
        while queue.stored:
            queue.take(1 << 20)
            assert queue.flying.size <= 1 << 20
            queue.flying.clear()
        hand_in(queue, [b"x", b"x" * (1 << 20), b"x"])
        queue.admit()
        counts = []
        while queue.stored:
            queue.take(1 << 20)
            counts.append(queue.flying.count)
            queue.flying.clear()
        assert [1, 1, 1] == counts

    @pytest.mark.parametrize(
        ("most", "expected"), [(0, 0), (1, 1), (OVERHEAD, 1), (2 * OVERHEAD - 1, 1), (2 * OVERHEAD, 2), (1 << 20, 4)]
    )
    def test_how_many(self, most: int, expected: int) -> None:
        """As many as fit into so many bytes, and one in any case."""
        queue = queue_of(DropNewest(), describe=None)
        queue.intake.extend([b"", 1] * 4)
        queue.admit()
        queue.take(most)
        assert (expected, 4 - expected) == (queue.flying.count, queue.stored.count)


class TestStoreAll:
    """The caller may store what was handed over, where it takes no deciding."""

    def test_with_room(self) -> None:
        """All that was handed over is stored, in its order, and counted as by those whose work that is."""
        queue = queue_of(DropNewest())
        lines = hand_over(queue, 4)
        assert queue.store_all()
        assert (lines, []) == ([line for line, _, _ in queue.stored], queue.intake)
        assert (4, 4, 4) == (queue.emitted(), queue.decided, queue.high_records)
        assert 4 * OVERHEAD + sum(map(len, lines)) == queue.high_bytes
        assert queue.store_all()

    @pytest.mark.parametrize(("stored", "handed"), [(0, 11), (8, 3), (10, 1)])
    def test_without_room(self, stored: int, handed: int) -> None:
        """Where some have no room all is left to the policy."""
        queue = queue_of(Block())
        hand_over(queue, stored)
        assert queue.store_all()
        lines = hand_over(queue, handed)
        assert not queue.store_all()
        assert (lines, stored) == (queue.intake[::2], queue.stored.count)

    def test_behind_others(self) -> None:
        """It overtakes nothing that is held or kept elsewhere, though there be room by now."""
        for policy in (Block(), Spill()):
            queue = queue_of(policy, max_records=2)
            hand_over(queue, 4)
            queue.admit()
            queue.stored.clear()
            hand_over(queue, 1, start=4)
            assert not queue.store_all()
            assert 1 == len(queue.intake) // 2
            queue.policy.forget()

    def test_amid_deciding(self) -> None:
        """It is nobody's to do while another decides, or the same thread, further up its stack."""
        queue = queue_of(DropNewest())
        hand_over(queue, 1)
        found = queue.deciding.take(lambda: [queue.store_all(), queue.admit(), queue.intake != []], otherwise=[])
        assert [False, True, True] == found
        with ThreadPoolExecutor(1) as other:
            found = queue.deciding.take(lambda: [other.submit(queue.store_all).result()], otherwise=[])
        assert [False] == found
        assert queue.store_all()

    def test_locked(self) -> None:
        """Whoever keeps the lock, in a finaliser that waits for the very caller, isn't waited for; nothing is lost."""
        queue = queue_of(DropNewest())
        hand_in(queue, numbered(3))
        is_locked, is_over = threading.Event(), threading.Event()

        def keep() -> None:
            with queue.lock:
                is_locked.set()
                is_over.wait(20)

        other = threading.Thread(target=keep)
        other.start()
        assert is_locked.wait(20)
        began = monotonic()
        assert not queue.store_all()
        assert monotonic() < began + 5
        assert (3, 0) == (queue.waiting, len(queue.stored))
        is_over.set()
        other.join()
        assert queue.store_all()
        assert (0, 3) == (queue.waiting, len(queue.stored))

    @pytest.mark.parametrize("name", ["acquire", "release", "_collect", "free"])
    def test_interrupted(self, name: str) -> None:
        """Where a signal's handler raises, as the lock is taken or given back say, it is free, and no line is gone."""
        queue = queue_of(DropNewest())
        hand_in(queue, numbered(3))
        with interrupted(policy_module.__file__ if name == "free" else module.__file__, name):
            queue.store_all()
        assert not queue.lock._is_owned()  # noqa: SLF001 (what is asked)
        assert 3 == queue.emitted() == queue.waiting + len(queue.stored)


class TestAbandon:
    """What nobody will write is lost, and counted."""

    def test_from_everywhere(self) -> None:
        """Whatever was handed over, held, stored, on disk or given up is lost, each for its reason."""
        queue = queue_of(Spill(), max_records=2)
        lines = hand_over(queue, 5)
        queue.admit()
        assert (2, 3) == (len(queue.stored), queue.policy.elsewhere)
        lines += hand_over(queue, 1, start=5)
        queue.refuse("overrun", 3, numbered(1, start=6)[0])
        queue.abandon("timeout")
        assert {"timeout": [0, 6, 0, 0, 0], "overrun": [0, 0, 0, 1, 0]} == queue.dropped
        assert 7 == queue.emitted() == sum(queue.taken_by_level)
        assert 0 == queue.depth_bytes
        queue.gaps.clear()
        queue.admit()
        assert Gap("timeout", 6, {"info": 6}, ((0, 5),)) == queue.gaps.popleft()

    def test_flying(self) -> None:
        """What is on its way to the sink isn't lost by that, but by its end."""
        queue = queue_of(DropNewest())
        hand_over(queue, 3)
        queue.admit()
        queue.take(1)
        queue.abandon("timeout")
        assert {"timeout": [0, 2, 0, 0, 0]} == queue.dropped
        queue.abandon("closed", is_closed=True)
        assert {"timeout": [0, 2, 0, 0, 0], "closed": [0, 1, 0, 0, 0]} == queue.dropped
        assert 0 == queue.depth_bytes


class TestGaps:
    """What is lost is told, by reason."""

    def test_at_once_when_quiet(self) -> None:
        """Where nothing is left to write it is told at once, one reason after the other."""
        queue = queue_of(DropNewest())
        for reason, number in (("full", 3), ("overrun", 4)):
            queue.refuse(reason, 1, numbered(1, start=number)[0])
        queue.admit()
        assert [Gap("full", 1, {"info": 1}, ((3, 3),))] == [*queue.gaps]
        assert not queue.is_empty()
        queue.gaps.clear()
        queue.admit()
        assert [Gap("overrun", 1, {"info": 1}, ((4, 4),))] == [*queue.gaps]

    def test_once_a_second(self) -> None:
        """While there is something to write it is gathered for a second."""
        clock = Clock()
        queue = queue_of(DropNewest(), max_records=2, clock=clock)
        hand_over(queue, 4)
        queue.admit()
        clock.now += _SECOND - 1
        hand_over(queue, 1, start=4)
        queue.admit()
        assert [] == [*queue.gaps]
        clock.now += 1
        queue.admit()
        assert [Gap("full", 3, {"info": 3}, ((2, 4),))] == [*queue.gaps]

    def test_held(self) -> None:
        """What is held is something to write, too."""
        clock = Clock()
        queue = Queue(300, 10, Block().begin(300, 10), None, clock)
        queue.intake.extend([b"x" * 100, 1] * 2)
        queue.admit()
        queue.take(1)
        queue.refuse("full", 1, b"{}")
        queue.admit()
        assert (0, 1, 0) == (len(queue.stored), len(queue.held), len(queue.gaps))
        clock.now += _SECOND
        queue.admit()
        assert 1 == len(queue.gaps)

    def test_nothing_changes(self) -> None:
        """Where what is left must wait for the sink, be it a line, a gap or what is to be told later, that is said."""
        queue = queue_of(Block(), max_records=1)
        for number in range(2):
            queue.intake.extend((numbered(1, start=number)[0], 1))
        queue.drop(numbered(1, start=7)[0], 1)
        assert queue.admit()
        assert (1, 1, True) == (len(queue.stored), len(queue.held), bool(queue.untold))
        assert not queue.admit()
        queue.stored.clear()
        assert queue.admit()
        assert (1, 0) == (len(queue.stored), len(queue.held))

    def test_scattered(self) -> None:
        """Losses that are no runs are told in several gaps, and each is named."""
        queue = queue_of(DropNewest())
        count = MAX_RANGES * 3
        for number in range(count):
            queue.drop(numbered(1, start=2 * number)[0], 1)
        gaps: list[Gap] = []
        while queue.untold or queue.gaps:
            queue.admit()
            gaps += queue.gaps
            queue.gaps.clear()
        assert [MAX_RANGES] * 3 == [gap.count for gap in gaps]
        assert all(gap.complete for gap in gaps)
        assert [(2 * number, 2 * number) for number in range(count)] == [each for gap in gaps for each in gap.ranges]

    def test_too_many(self) -> None:
        """While nobody writes them they take a bounded place; what isn't named any more is counted."""
        queue = queue_of(DropNewest())
        count = MAX_RANGES * 100
        for number in range(count):
            queue.drop(numbered(1, start=2 * number)[0], 1)
        queue.admit()
        assert 64 == len(queue.gaps)
        gaps = [*queue.gaps]
        queue.gaps.clear()
        queue.admit()
        last = queue.gaps.popleft()
        assert not last.complete
        assert count == last.count + sum(gap.count for gap in gaps)
        assert MAX_RANGES == len(last.ranges)

    @pytest.mark.parametrize(
        "describe",
        [
            None,
            lambda _: ("1", "info"),
            lambda _: (1.5, "info"),
            lambda line: line.missing,
            lambda _: (),
        ],
        ids=["none", "text", "fraction", "fails", "empty"],
    )
    def test_without_numbers(self, describe: Callable[[bytes], Any] | None) -> None:
        """Of lines that say no number it is told how many were lost, whatever says it."""
        queue = queue_of(DropNewest(), describe=describe)
        for level in (1, 1, 4):
            queue.refuse("full", level, b"{}")
        assert queue.admit()
        assert Gap("full", 3, {"info": 2, "critical": 1}, (), complete=False) == queue.gaps.popleft()


class TestReasons:
    """A loss is called by what caused it."""

    def test_trouble(self) -> None:
        """Where the sink fails that is why there is no room; a loss of another reason keeps its own."""
        queue = queue_of(DropNewest(), max_records=1)
        queue.trouble = "enospc"
        hand_over(queue, 2)
        queue.refuse("event_loop", 1, b"{}")
        queue.admit()
        queue.trouble = ""
        hand_over(queue, 1)
        queue.admit()
        assert {"enospc", "event_loop", "full"} == {*queue.dropped}


class TestRoom:
    """The budget is kept."""

    def test_exactly(self) -> None:
        """A record fits up to the last byte of the budget."""
        queue = Queue(2 * (10 + OVERHEAD), 10, DropNewest().begin(2 * (10 + OVERHEAD), 10), None, Clock())
        queue.intake.extend([b"x" * 10, 1] * 2)
        queue.admit()
        assert (2, {}) == (len(queue.stored), queue.dropped)
        queue.intake.extend((b"", 1))
        queue.admit()
        assert {"full": [0, 1, 0, 0, 0]} == queue.dropped
        assert (queue.max_bytes, 2) == (queue.high_bytes, queue.high_records)

    @pytest.mark.parametrize("policy", [Block(), DropNewest(), DropOldest(), Spill()], ids=repr)
    def test_larger_than_all(self, policy: Policy) -> None:
        """A line that is larger than the whole budget is written where nothing else waits."""
        queue = Queue(100, 10, policy.begin(100, 10), None, Clock())
        queue.intake.extend((b"x" * 1_000, 1))
        queue.admit()
        assert (1, {}) == (len(queue.stored), queue.dropped)
        queue.abandon("timeout")


class TestForget:
    """A forked child begins anew."""

    def test_everything(self) -> None:
        """Neither lines nor counts nor losses are left, nor what is on disk."""
        queue = queue_of(Spill(), max_records=1)
        hand_over(queue, 3)
        queue.refuse("full", 1, b"{}")
        queue.admit()
        hand_over(queue, 3)
        queue.trouble = "eio"
        queue.forget()
        assert queue.is_empty()
        assert not queue.admit()
        assert (0, 0, {}, [0] * 5) == (queue.emitted(), queue.depth_bytes, queue.dropped, queue.taken_by_level)
        assert ("", 0, 0, 0) == (queue.trouble, queue.high_bytes, queue.high_records, queue.policy.elsewhere)


class TestRaces:
    """Two threads take from what is stored, the one to write, the other to drop."""

    def test_each_once(self) -> None:
        """Each record is got by one of them."""
        queue = queue_of(DropOldest(), max_records=50, describe=None)
        sink = Collecting()
        pump = Pump(queue, sink, None, Clock())
        is_over = threading.Event()

        def write() -> None:
            while not is_over.is_set() or queue.stored or not pump.is_idle():
                pump.step()

        writing = threading.Thread(target=write)
        writing.start()
        for start in range(0, 30_000, 100):
            hand_over(queue, 100, start=start)
            queue.admit()
        is_over.set()
        writing.join(10)
        lost = sum(map(sum, queue.dropped.values()))
        assert 30_000 == len(sink.lines) + lost == queue.emitted()
        assert len(sink.lines) == sum(pump.written)
        assert 0 == queue.depth_bytes
        numbers = [described(line)[0] for line in sink.lines]
        assert sorted({*numbers}) == numbers


class TestInterrupted:
    """A signal's handler raises amid a decision, which a program makes by itself where it has no threads."""

    @pytest.mark.parametrize("name", ["first", "_counts", "_note", "note", "seq_of", "add"])
    def test_refused(self, name: str) -> None:
        """What was given up is counted once, now or by the next decision."""
        queue = queue_of(DropNewest())
        for line in numbered(3):
            queue.refuse("overrun", 1, line)
        file = {"first": refused.__file__, "note": untold.__file__, "seq_of": gaps.__file__, "add": gaps.__file__}
        with interrupted(file.get(name, module.__file__), name):
            queue.admit()
        assert 3 == queue.emitted()
        queue.admit()
        assert (3, {"overrun": [0, 3, 0, 0, 0]}) == (queue.emitted(), queue.dropped)

    @pytest.mark.parametrize("name", ["_lose", "oldest", "pop", "note", "drop_next"])
    def test_dropped(self, name: str) -> None:
        """What has no room is counted once, and so is what has some."""
        queue = queue_of(DropNewest(), max_records=2)
        hand_over(queue, 5)
        file = {"note": untold.__file__, "oldest": lines.__file__, "pop": lines.__file__}
        with interrupted(file.get(name, module.__file__), name):
            queue.admit()
        queue.admit()
        assert (5, 2, {"full": [0, 3, 0, 0, 0]}) == (queue.emitted(), len(queue.stored), queue.dropped)

    @pytest.mark.parametrize("name", ["pop", "note", "drop_oldest"])
    def test_passed(self, name: str) -> None:
        """The oldest that make room are counted once."""
        queue = queue_of(DropOldest(), max_records=2)
        hand_over(queue, 5)
        file = {"note": untold.__file__, "pop": lines.__file__}
        with interrupted(file.get(name, module.__file__), name):
            queue.admit()
        queue.admit()
        assert (5, 2, {"full": [0, 3, 0, 0, 0]}) == (queue.emitted(), len(queue.stored), queue.dropped)
        assert 3 == queue.passed
