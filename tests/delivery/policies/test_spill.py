"""Keeping on disk what has no room in memory."""

from __future__ import annotations

import errno
import os
from collections import deque
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.delivery import Spill, Writer, untold
from structlog_enrich.delivery import lines as stored
from structlog_enrich.delivery import queue as module
from structlog_enrich.delivery.policies import scratch, spill
from structlog_enrich.delivery.policies.scratch import Scratch
from structlog_enrich.delivery.queue import Queue
from structlog_enrich.delivery.records import OVERHEAD
from structlog_enrich.exceptions import ConfigurationError
from tests.delivery.conftest import hand_in, interrupted
from tests.delivery.faulty import failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from structlog_enrich.delivery.records import Record

_RECORDS = st.lists(st.tuples(st.binary(max_size=600), st.integers(0, 4), st.integers(0, 1 << 62)), max_size=40)


@pytest.fixture
def queue() -> Iterator[Queue]:
    """Return a queue of three lines in memory, and more on disk."""
    queue = Queue(800, 3, Spill(max_bytes=1_000).begin(800, 3), None, lambda: 0)
    yield queue
    queue.policy.forget()


def hand_over_all(queue: Queue, records: list[Record]) -> None:
    """Hand lines over at their times, and decide on them, one after the other."""
    for line, level, handed in records:
        queue.since = handed
        queue.intake.extend((line, level))
        queue.admit()


def hand_over(queue: Queue, count: int, level: int = 1, size: int = 10) -> list[Record]:
    """Hand lines over, decide on them, and return them."""
    lines = [b"%d" % number + b"x" * size for number in range(count)]
    hand_in(queue, lines, level)
    queue.admit()
    return [(line, level, 0) for line in lines]


def drained(queue: Queue) -> list[Record]:
    """Return all there is, as it would be written."""
    found = []
    while queue.stored:
        found.append(queue.stored.pop())
        queue.admit()
    return found


WITHOUT_LOCK = """
import tempfile
from structlog_enrich.delivery import Spill
from structlog_enrich.delivery.queue import Queue
queue = Queue(1_000, 1, Spill().begin(1_000, 1), None, lambda: 0)
tempfile._once_lock = None
for _ in range(3):
    queue.intake.extend((b"paid", 1))
queue.admit()
assert 2 == queue.policy.elsewhere, queue.dropped
"""


class TestSpill:
    """A file goes on where memory ends."""

    @given(records=_RECORDS, more=_RECORDS, max_bytes=st.integers(1, 2_000), most=st.integers(1, 5))
    def test_round_trip(self, records: list[Record], more: list[Record], max_bytes: int, most: int) -> None:
        """Whatever the lines are, they come back whole, in their order, and take no more memory than they may."""
        queue = Queue(max_bytes, most, Spill().begin(max_bytes, most), None, lambda: 0)
        hand_over_all(queue, records)
        assert queue.depth_bytes <= max_bytes or 1 == len(queue.stored)
        assert len(queue.stored) <= most
        assert len(records) == len(queue.stored) + queue.policy.elsewhere
        hand_over_all(queue, more)
        assert [*records, *more] == drained(queue)
        assert (0, 0, {}) == (queue.policy.elsewhere, queue.depth_bytes, queue.dropped)
        assert queue.is_empty()

    def test_bound(self, queue: Queue) -> None:
        """What has no room in the file either is lost, the newest first; an empty file has all of it again."""
        records = hand_over(queue, 60)
        elsewhere = queue.policy.elsewhere
        assert 1_000 // (13 + 12) <= elsewhere < 50
        assert {"full": [0, 60 - 3 - elsewhere, 0, 0, 0]} == queue.dropped
        assert records[: 3 + elsewhere] == drained(queue)
        hand_over(queue, 60)
        assert elsewhere == queue.policy.elsewhere

    @given(
        steps=st.lists(st.tuples(st.lists(st.binary(max_size=60), max_size=8), st.integers(0, 6)), max_size=30),
        max_bytes=st.integers(1, 300),
    )
    def test_round_and_round(self, steps: list[tuple[list[bytes], int]], max_bytes: int) -> None:
        """However often it is filled and read, order is kept, its length too, and only what has no room is lost."""
        queue = Queue(800, 1, Spill(max_bytes=max_bytes).begin(800, 1), None, lambda: 0)
        policy: Any = queue.policy
        held: deque[bytes] = deque()
        found: list[bytes] = []
        expected: list[bytes] = []
        for lines, count in steps:
            for line in lines:
                used = sum(len(each) + 13 for each in list(held)[1:])
                if not held or used + len(line) + 13 <= max_bytes:
                    held.append(line)
                    expected.append(line)
                hand_in(queue, [line])
                queue.admit()
                assert len(held) == queue.stored.count + policy.elsewhere
            if policy._file is not None:  # noqa: SLF001 (what is on the disk)
                assert os.fstat(policy._file._fd).st_size <= max_bytes  # noqa: SLF001 (likewise)
            for _ in range(min(count, len(held))):
                held.popleft()
                found.append(queue.stored.pop()[0])
                queue.admit()
        found += [record[0] for record in drained(queue)]
        assert expected == found

    def test_steady_load(self) -> None:
        """Where it is read as fast as it is written, and never empty, no line is lost, however many go through it."""
        queue = Queue(800, 3, Spill(max_bytes=1_000).begin(800, 3), None, lambda: 0)
        expected, found = hand_over(queue, 10), []
        for _ in range(500):
            found.append(queue.stored.pop())
            queue.admit()
            expected += hand_over(queue, 1)
            assert queue.policy.elsewhere
        assert expected == found + drained(queue)
        assert {} == queue.dropped

    def test_half(self, queue: Queue) -> None:
        """It is read back once half of the memory is free."""
        hand_over(queue, 5, size=200)
        assert (2, 3) == (len(queue.stored), queue.policy.elsewhere)
        queue.admit()
        assert (2, 3) == (len(queue.stored), queue.policy.elsewhere)
        queue.stored.pop()
        queue.admit()
        assert (2, 2) == (len(queue.stored), queue.policy.elsewhere)

    def test_exactly_half(self) -> None:
        """Half of an odd budget is rounded down, and isn't free when so much is used."""
        queue = Queue(801, 10, Spill().begin(801, 10), None, lambda: 0)
        hand_over(queue, 3, size=400 - OVERHEAD - 1)
        assert (800, 1) == (queue.depth_bytes, queue.policy.elsewhere)
        queue.stored.pop()
        queue.admit()
        assert (400, 1) == (queue.depth_bytes, queue.policy.elsewhere)
        queue.stored.pop()
        queue.admit()
        assert (400, 0) == (queue.depth_bytes, queue.policy.elsewhere)

    def test_written_at_once(self) -> None:
        """Nothing of it is kept back, so that a full disk shows with the line that has no room."""
        policy: Any = Spill().begin(1_000, 1)
        hand_over(Queue(1_000, 1, policy, None, lambda: 0), 2)
        assert 13 + 11 == os.fstat(policy._file._fd).st_size  # noqa: SLF001 (what it holds)
        policy.forget()

    def test_free(self, queue: Queue) -> None:
        """While the file holds a line none is stored without asking."""
        assert (800, 3) == queue.policy.free
        hand_over(queue, 4)
        assert (0, 0) == queue.policy.free

    def test_directory(self, tmp_path: Path) -> None:
        """The file is where it is to be, and has no name."""
        policy = Spill(directory=tmp_path)
        queue = Queue(1_000, 1, policy.begin(1_000, 1), None, lambda: 0)
        hand_over(queue, 3)
        assert (2, []) == (queue.policy.elsewhere, [*tmp_path.iterdir()])
        queue.policy.forget()

    def test_without_directory(self, tmp_path: Path) -> None:
        """Where no file can be made its lines are lost for that reason, until it can."""
        path = tmp_path / "later"
        path.mkdir()
        queue = Queue(1_000, 1, Spill(directory=path).begin(1_000, 1), None, lambda: 0)
        path.rmdir()
        hand_over(queue, 3)
        assert {"spill_enoent": [0, 2, 0, 0, 0]} == queue.dropped
        path.mkdir()
        hand_over(queue, 1)
        assert 1 == queue.policy.elsewhere
        queue.policy.forget()


class TestBegin:
    """As its writer is made it finds out what it would have to wait for later."""

    def test_refused(self, tmp_path: Path) -> None:
        """A folder that takes no file is refused."""
        with pytest.raises(
            ConfigurationError, match=r"^directory must be where .*, not '.*nowhere' \(No such file or directory\)$"
        ):
            Writer("stderr", on_full=Spill(directory=str(tmp_path / "nowhere")))

    def test_no_folder_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the system offers none that can be written to, that is said as well."""

        def fail(**_: object) -> None:
            raise failure(errno.ENOENT)

        monkeypatch.setattr("tempfile.TemporaryFile", fail)
        monkeypatch.setattr("tempfile.gettempdir", fail)
        with pytest.raises(ConfigurationError, match=r"^directory must be where .* not .the system's folder"):
            Spill().begin(1_000, 1)

    def test_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that is full at that moment isn't."""

        def fail(**_: object) -> None:
            raise failure(errno.ENOSPC)

        monkeypatch.setattr("tempfile.TemporaryFile", fail)
        assert 0 == Spill().begin(1_000, 1).elsewhere

    def test_decides_on_names(self, run_python: Callable[..., Any]) -> None:
        """The lock of `tempfile`, which a child might find taken, is needed no more when lines are kept on disk."""
        run_python(WITHOUT_LOCK)


class Broken(Scratch):
    """A file that fails as it is told to."""

    error: OSError | None = None
    most: int | None = None

    @property
    def is_closed(self) -> bool:
        """Tell whether it was let go of."""
        return self._fd == -1

    def truncate(self, size: int) -> None:
        """Cut it."""
        os.ftruncate(self._fd, size)

    def read(self, at: int, size: int) -> bytes:
        if self.error:
            raise self.error
        return super().read(at, size)

    def write(self, at: int, data: bytes) -> None:
        if self.error:
            raise self.error
        super().write(at, data[: self.most])
        if self.most is not None:
            raise failure(errno.ENOSPC)


@pytest.fixture
def broken(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """Return the file that the queue's policy will keep lines in."""
    file = Broken(None)
    monkeypatch.setattr(spill, "Scratch", lambda _: file)
    return file


class TestFailures:
    """What the disk says is the reason of a loss, and the account is exact."""

    def test_write(self, queue: Queue, broken: Broken) -> None:
        """A line that can't be written is lost; those before and after it come back."""
        records = hand_over(queue, 5)
        broken.error = failure(errno.ENOSPC)
        hand_over(queue, 2, level=4)
        broken.error = None
        records += hand_over(queue, 2)
        assert {"spill_enospc": [0, 0, 0, 0, 2]} == queue.dropped
        assert records == drained(queue)

    def test_written_in_part(self, queue: Queue, broken: Broken) -> None:
        """What was written of a line is written over by the next."""
        records = hand_over(queue, 5)
        broken.most = 20
        hand_over(queue, 1, size=100)
        broken.most = None
        records += hand_over(queue, 2)
        assert {"spill_enospc": [0, 1, 0, 0, 0]} == queue.dropped
        assert records == drained(queue)

    @pytest.mark.parametrize("fault", ["error", "truncated", "head"])
    def test_read(self, fault: str, queue: Queue, broken: Broken) -> None:
        """Where the file can't be read all it holds is lost, each at its level; then it is begun anew."""
        records = hand_over(queue, 4)[:3]
        hand_over(queue, 2, level=3)
        if fault == "error":
            broken.error = failure(errno.EIO)
        else:
            broken.truncate(20 if fault == "truncated" else 5)
        assert records == drained(queue)
        assert {"spill_eio": [0, 1, 0, 2, 0]} == queue.dropped
        assert (0, 0) == (queue.policy.elsewhere, queue.depth_bytes)
        assert broken.is_closed

    def test_abandoned(self, queue: Queue, broken: Broken) -> None:
        """Whoever gives up all of it is told of each line, readable or not."""
        hand_over(queue, 4)
        hand_over(queue, 2, level=3)
        broken.error = failure(errno.EIO)
        queue.abandon("timeout")
        assert {"timeout": [0, 4, 0, 2, 0]} == queue.dropped
        assert broken.is_closed

    def test_of_which_only_the_levels_are_known(self, queue: Queue, broken: Broken) -> None:
        """What can't be read says nothing, was handed over at no time, and is there once."""
        hand_over(queue, 4)
        hand_over(queue, 1, level=3)
        broken.error = failure(errno.EIO)
        for _ in range(2):
            queue.policy.abandon(queue, "timeout")
        assert {"timeout": [0, 1, 0, 1, 0]} == queue.dropped


class TestForget:
    """A forked child leaves the file to its parent."""

    def test_closes(self, queue: Queue, broken: Broken) -> None:
        """It lets go of it, and begins with none."""
        hand_over(queue, 5)
        queue.forget()
        assert broken.is_closed
        assert 0 == queue.policy.elsewhere


class TestInterrupted:
    """A signal's handler raises amid it, where a program decides by itself since it has no threads."""

    @pytest.mark.parametrize("name", ["_oldest", "_without", "append", "read"])
    def test_replay(self, name: str, queue: Queue) -> None:
        """A line that is read again is stored once."""
        records = hand_over(queue, 6)
        first = [queue.stored.pop() for _ in range(3)]
        file = {"append": stored.__file__, "read": scratch.__file__}
        with interrupted(file.get(name, spill.__file__), name):
            queue.admit()
        assert 3 == len(queue.stored) + queue.policy.elsewhere
        queue.admit()
        assert records == first + drained(queue)

    @pytest.mark.parametrize("name", ["_oldest", "_without", "drop", "note"])
    def test_abandon(self, name: str, queue: Queue) -> None:
        """A line that is given up is counted once."""
        hand_over(queue, 6)
        file = {"drop": module.__file__, "note": untold.__file__}
        with interrupted(file.get(name, spill.__file__), name):
            queue.policy.abandon(queue, "timeout")
        queue.policy.abandon(queue, "timeout")
        assert {"timeout": [0, 3, 0, 0, 0]} == queue.dropped

    def test_unreadable(self, queue: Queue, broken: Broken) -> None:
        """Nor is one counted twice that can't be read."""
        hand_over(queue, 6)
        broken.error = failure(errno.EIO)
        with interrupted(module.__file__, "drop"):
            queue.policy.abandon(queue, "timeout")
        queue.policy.abandon(queue, "timeout")
        assert {"timeout": [0, 3, 0, 0, 0]} == queue.dropped
