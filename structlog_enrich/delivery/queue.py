"""What was handed over and isn't written yet, within a budget, and the account of it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.delivery.gaps import seq_of
from structlog_enrich.delivery.lines import Lines
from structlog_enrich.delivery.records import LEVELS, OVERHEAD
from structlog_enrich.delivery.refused import Refused
from structlog_enrich.delivery.system import allocate_rlock, pause
from structlog_enrich.delivery.turn import Turn
from structlog_enrich.delivery.untold import Untold

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery.gaps import Gap
    from structlog_enrich.delivery.policies import Policy
    from structlog_enrich.delivery.records import Record

__all__ = ["Queue"]

_AT_A_TIME: Final = 4_096
_TRIES: Final = 50
_BETWEEN_TRIES: Final = 0.0005
_PATIENCE: Final = 0.004


class Queue:
    """Lead lines from those who log to what writes them.

    A line and its level are appended to `intake` by whoever logs, which is the whole hand-off; then the line is in
    `held` until the policy finds it room in `stored` or drops it; then it is `flying` until it is written. As a rule
    callers only append, and lock nothing; one thread at a time admits, one thread at a time takes, and these two share
    a lock. Where the one that admits is late a caller stores in its place what has room beyond question; for the lock,
    which others hold for moments, it waits for some milliseconds at most.

    Args:
        max_bytes: What may be stored, in bytes, each record with what Python keeps beside it.
        max_records: What may be stored, in records.
        policy: What to do with what has no room.
        describe: Returns a line's `seq` and level; None when lines say neither.
        clock: The time in nanoseconds, which never goes back.

    Attributes:
        since: When the oldest in `intake` was handed over, or before, in nanoseconds.
        deciding: Who decides on lines at this moment.
        refused: What a caller that couldn't wait any longer gave up.
        lock: What those take who change `stored`.
        gaps: Losses that are to be told in the stream.
        passed: How many of those that were stored were dropped as the oldest.
        untold: What was lost and isn't told yet.
        trouble: What the sink fails with at this moment: `enospc`; empty when it doesn't.
        taken_by_level: How many lines of each level were taken from `intake` and `refused`.
        dropped: How many of them were lost, by reason, of each level.
    """

    __slots__ = (
        "_clock",
        "deciding",
        "describe",
        "dropped",
        "flying",
        "gaps",
        "held",
        "high_bytes",
        "high_records",
        "intake",
        "lock",
        "max_bytes",
        "max_records",
        "passed",
        "policy",
        "refused",
        "since",
        "stored",
        "taken",
        "taken_by_level",
        "trouble",
        "untold",
        "version",
    )

    def __init__(
        self,
        max_bytes: int,
        max_records: int,
        policy: Policy,
        describe: Callable[[bytes], tuple[int, str]] | None,
        clock: Callable[[], int],
    ) -> None:
        self.max_bytes = max_bytes
        self.max_records = max_records
        self.policy = policy
        self.describe = describe
        self._clock = clock
        # A line, its level, the next line, …
        self.intake: list[Any] = []
        self.refused = Refused()
        self.gaps: deque[Gap] = deque()
        self.trouble = ""
        self._reset()

    def _reset(self) -> None:
        # New ones: what was amid the others, in a child that was forked from a signal's handler, goes on with those.
        self.held = Lines()
        self.stored = Lines()
        self.flying = Lines()
        # What was taken from `intake` and `refused`; the version is odd while that and their lengths don't go together.
        self.taken = 0
        self.version = 0
        self.taken_by_level = [0] * len(LEVELS)
        self.dropped: dict[str, list[int]] = {}
        self.untold = Untold(self.gaps, self._clock)
        self.passed = 0
        self.since = self._clock()
        self.unlock()
        self.high_bytes = 0
        self.high_records = 0

    def forget(self) -> None:
        """Begin anew in a forked child: what the parent has is the parent's, and takes no part in this account."""
        for each in (self.intake, self.refused, self.gaps):
            each.clear()
        self.trouble = ""
        self._reset()
        # Last, since it may be someone's own, and raise.
        self.policy.forget()

    def unlock(self) -> None:
        """Lock anew, where the thread that has locked it was ended amid that."""
        self.lock = allocate_rlock()
        self.deciding = Turn()

    @property
    def depth_bytes(self) -> int:
        """Return how many bytes of the budget are used."""
        # In this order what is just taken counts twice rather than not at all.
        return self.stored.size + self.flying.size

    @property
    def depth_records(self) -> int:
        """Return how many lines use the budget."""
        return self.stored.count + self.flying.count

    def emitted(self) -> int:
        """Return how many records were handed over, at this moment, without stopping anybody."""
        for _ in range(_TRIES):
            before = self.version
            count = self.taken + len(self.intake) // 2 + len(self.refused)
            if before == self.version and not before % 2:
                break
            # Two steps of another thread, which was stopped right between them.
            pause(_BETWEEN_TRIES)
        return count

    @property
    def decided(self) -> int:
        """Return how many lines were decided on, the first that were handed over."""
        return self.taken - self.held.count

    @property
    def waiting(self) -> int:
        """Return how many records nobody has decided on yet."""
        return len(self.intake) // 2 + self.held.count

    def is_empty(self) -> bool:
        """Tell whether there is nothing left to decide, to store or to tell."""
        # In the order in which lines go.
        return not (
            self.intake or self.held or self.refused or self.policy.elsewhere or self.stored or self.gaps or self.untold
        )

    def admit(self) -> bool:
        """Find room for what was handed over, or drop it, as the policy says; return whether that changed anything."""
        return self.deciding.take(self._admit, otherwise=True)

    def store_all(self) -> bool:
        """Store what was handed over, where all of it has room beyond question and nobody else is deciding.

        It takes little time and waits for nothing, so the caller may do it where the thread that decides is late.

        Returns:
            Whether that was so.
        """
        return self.deciding.take(self._collect, otherwise=False)

    def _admit(self) -> bool:
        held, policy = self.held, self.policy
        if not (self.intake or held or self.refused or self.untold or policy.elsewhere):
            self.since = self._clock()
            return False
        before = self._moved()
        self._collect(must_fit=False)
        self._lose_refused()
        self._admit_many()
        if held or policy.elsewhere:
            policy.admit(self)
        self._mark()
        if self.untold:
            self._tell()
        return self._moved() != before

    def _moved(self) -> tuple[int, ...]:
        return self.taken, self.held.count, self.policy.elsewhere, len(self.gaps)

    def stamp(self) -> None:
        """Say when the next line is handed over, where nobody has looked for long."""
        if not self.intake:
            self.since = self._clock()

    def hand_over(self, line: bytes, level: int) -> None:
        """Append a line, which is what a logger does by itself where nothing else is to be done."""
        self.stamp()
        self.intake.extend((line, level))

    def refuse(self, reason: str, level: int, line: bytes) -> None:
        """Give up a line that its caller can't hand over; called by whoever logs."""
        self.refused.add(reason, level, line)

    def take(self, most: int) -> None:
        """Take what is to be written next, at most *most* bytes of it, or one line."""
        stored, flying = self.stored, self.flying
        while flying.size < most:
            with self.lock:
                if not stored.count:
                    stored.shrink()
                    return
                few, size = stored.fitting(_AT_A_TIME, most - flying.size)
                if size > most - flying.size and flying.count:
                    # One that is larger than that goes alone.
                    return
                stored.move(few, size, flying)

    def _collect(self, *, must_fit: bool = True) -> bool:
        """Take what was handed over; where it *must_fit*, only if all has room. Return whether it was taken."""
        intake, held, now = self.intake, self.held, self._clock()
        held.shrink()
        places = len(intake)
        lines, levels = intake[0:places:2], bytes(intake[1:places:2])
        count = len(lines)
        size = count * OVERHEAD + sum(map(len, lines))
        handed = [self.since] * count
        by_level = [before + levels.count(level) for level, before in enumerate(self.taken_by_level)]
        free_bytes, free_records = self.policy.free
        has_room = size <= free_bytes - self.depth_bytes and count <= free_records - self.depth_records
        # Where all have room beyond question, and none is before them, they needn't be held.
        to = self.stored if has_room and not held.count else held
        if must_fit and to is held:
            return False
        lock = self.lock
        try:
            # Whoever has it may be in a finaliser that waits for the very caller who helps here.
            if not lock.acquire(timeout=_PATIENCE if must_fit else -1):
                return False
            behind, taken, odd = to.first + to.count, self.taken + count, self.version | 1
            even = odd + 1
            count, size = to.count + count, to.size + size
            if self.held is not held:
                # Forked meanwhile: this is the parent's.
                return False
            # Whole or not at all, as in `Lines.move`.
            to.levels[behind:] = levels
            to.handed[behind:] = handed
            to.lines[behind:] = lines
            self.version = odd
            del intake[:places]
            to.count, to.size = count, size
            self.taken, self.taken_by_level, self.since = taken, by_level, now
            self.version = even
        finally:
            try:  # noqa: SIM105 (as in `Turn`)
                lock.release()
            except RuntimeError:
                pass
        if places:
            self.untold.follow()
            self._mark()
        return True

    def _mark(self) -> None:
        self.high_bytes = max(self.high_bytes, self.depth_bytes)
        self.high_records = max(self.high_records, self.depth_records)

    def _lose_refused(self) -> None:
        while self.refused:
            reason, level, line, places = self.refused.first()
            reason, counts = self._counts(reason)
            self._note(line, level, reason)
            # As in `_collect`.
            self.version |= 1
            del places[0]
            self.taken += 1
            self.taken_by_level[level] += 1
            counts[level] += 1
            self.version += 1

    def _admit_many(self) -> None:
        """Store as many of those held as have room beyond question, some at a time."""
        held, stored = self.held, self.stored
        free_bytes, free_records = self.policy.free
        while held.count and (most := min(_AT_A_TIME, free_records - self.depth_records)) > 0:
            free = free_bytes - self.depth_bytes
            few, size = held.fitting(most, free)
            # One that is larger than the whole budget has room when nothing else is there.
            if size > free and self.depth_bytes:
                return
            with self.lock:
                held.move(few, size, stored)

    def fits(self, record: Record, max_bytes: int | None = None, max_records: int | None = None) -> bool:
        """Tell whether *record* has room in the budget, or in the part of it that is given.

        A record that is larger than the whole budget has room when nothing else is stored.
        """
        size = self.depth_bytes + len(record[0]) + OVERHEAD
        most = self.max_records if max_records is None else max_records
        return (size <= (self.max_bytes if max_bytes is None else max_bytes) or not self.depth_bytes) and (
            self.depth_records < most
        )

    def store_next(self) -> None:
        """Store the oldest of those held."""
        with self.lock:
            self.held.move(1, self.held.size_of(1), self.stored)

    def drop(self, line: bytes | None, level: int, reason: str = "full") -> None:
        """Lose a line that isn't among those held or stored, and count it, at the very last."""
        reason, counts = self._counts(reason)
        self._note(line, level, reason)
        counts[level] += 1

    def drop_next(self, reason: str = "full") -> None:
        """Lose the oldest of those held."""
        self._lose(self.held, reason)

    def drop_oldest(self, reason: str = "full") -> bool:
        """Lose the oldest that is stored; return whether there was one."""
        if not self.stored.count:
            return False
        reason, counts = self._counts(reason)
        with self.lock:
            if not self.stored.count:
                return False
            line, level, _ = self.stored.pop()
            # Nothing is called between the one and the other.
            counts[level] += 1
            self.passed += 1
        self._note(line, level, reason)
        return True

    def _lose(self, lines: Lines, reason: str) -> None:
        reason, counts = self._counts(reason)
        line, level, _ = lines.oldest()
        self._note(line, level, reason)
        lines.pop()
        # As above.
        counts[level] += 1

    def _counts(self, reason: str) -> tuple[str, list[int]]:
        # What the sink fails with is the reason why there is no room.
        reason = self.trouble if reason == "full" and self.trouble else reason
        counts = self.dropped.get(reason)
        if counts is None:
            # A new map: whoever reads the other isn't disturbed.
            counts = [0] * len(LEVELS)
            self.dropped = {**self.dropped, reason: counts}
        return reason, counts

    def _note(self, line: bytes | None, level: int, reason: str) -> None:
        # For the next gap. It comes first, where it can: told twice a loss is seen, and counted right all the same.
        self.untold.note(seq_of(line, self.describe), level, reason)

    def abandon(self, reason: str, *, is_closed: bool = False) -> None:
        """Lose all that waits, since nobody will write it; what is flying, too, where its sink *is_closed*."""
        self.deciding.take(lambda: self._abandon(reason, is_closed=is_closed), otherwise=None)

    def _abandon(self, reason: str, *, is_closed: bool) -> None:
        self._collect(must_fit=False)
        self._lose_refused()
        while self.held:
            self.drop_next(reason)
        self.policy.abandon(self, reason)
        while self.drop_oldest(reason):
            continue
        while is_closed and self.flying:
            self._lose(self.flying, reason)
        self._tell()

    def _tell(self) -> None:
        """Let the stream say what was lost: at once where nothing else is left to write, else once a second."""
        self.untold.tell(at_once=not (self.stored or self.held or self.intake))
