"""Prove from lines alone which are missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structlog_enrich.delivery.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Boot", "Lost", "Proof"]

# Behind every number that JSON may hold here.
_NONE: Final = (1 << 64, 1 << 64, None)


class Lost(NamedTuple):
    """Name a run of lines that aren't there.

    Attributes:
        first: The `seq` of the first.
        last: The `seq` of the last.
        reason: Why, as a gap says; None where none does.
    """

    first: int
    last: int
    reason: str | None


@dataclass(slots=True)
class Boot:
    """Hold what is known of one process's lines, or of one stream of them.

    Attributes:
        boot_id: Which process.
        stream: Which of its streams; None is the one without a name.
        service: Who wrote them.
        seen: The numbers of the lines that are there.
        told: Of each reason, the numbers of which a gap says they were lost.
        untold: Of each reason, how many lines were lost whose numbers no gap names.
        twice: How many lines are there more than once.
        started: The number of the last line by which the process said that it begins; None when it never did.
        stopped: The same of the last by which it said that it ends.
    """

    boot_id: str
    stream: str | None
    service: str
    seen: Runs = field(default_factory=Runs)
    told: dict[str, Runs] = field(default_factory=dict)
    untold: dict[str, int] = field(default_factory=dict)
    twice: int = 0
    started: int | None = None
    stopped: int | None = None
    count: int = 0

    @property
    def last(self) -> int:
        """Return the highest number anything is known of."""
        return max(runs.last for runs in (self.seen, *self.told.values()))

    @property
    def is_open(self) -> bool:
        """Tell whether it never said that it ends, or said later that it begins anew."""
        return self.stopped is None or (self.started is not None and self.started > self.stopped)

    def lost(self) -> Iterator[Lost]:
        """Return each run of missing lines, ascending, with its reason."""
        reason = self._reason_of_the_rest()
        for each in self._runs():
            yield each if each.reason is not None or reason is None else each._replace(reason=reason)

    def unnamed(self) -> dict[str, int]:
        """Return of each reason how many lines were lost whose numbers can't be told."""
        return self.untold if self._reason_of_the_rest() is None else {}

    def _reason_of_the_rest(self) -> str | None:
        """Return why all is missing that no gap names, where they count just so many; of several, that it is one."""
        unexplained = sum(last - first + 1 for first, last, reason in self._runs() if reason is None)
        return " or ".join(sorted(self.untold)) if 0 < unexplained == sum(self.untold.values()) else None

    def _runs(self) -> Iterator[Lost]:
        explained = self._explained()
        # The run of explained numbers that is next; both kinds ascend, so each is looked at once.
        begin, end, reason = next(explained, _NONE)
        for first, last in self.seen.missing(0, self.last):
            at = first
            while at <= last:
                while end < at:
                    begin, end, reason = next(explained, _NONE)
                until = min(last, end if begin <= at else begin - 1)
                yield Lost(at, until, reason if begin <= at else None)
                at = until + 1

    def _explained(self) -> Iterator[tuple[int, int, str | None]]:
        """Return each run of numbers of which a gap says why they were lost, ascending, none of them twice."""
        every = [(first, last, reason) for reason, runs in self.told.items() for first, last in runs]
        at = 0
        # What two gaps name is the one's that begins first.
        for first, last, reason in sorted(every, key=itemgetter(0)):
            if last >= at:
                yield max(first, at), last, reason
                at = last + 1


class Proof:
    """Gather lines, in any order and from any number of files, and say what is missing.

    Attributes:
        foreign: How many lines aren't of this contract: no JSON object, or none that says `boot_id` and `seq`.
    """

    def __init__(self) -> None:
        self.foreign = 0
        self._boots: dict[tuple[str, str | None], Boot] = {}

    def add(self, lines: Iterable[bytes]) -> None:
        """Take *lines* in."""
        import orjson  # noqa: PLC0415 (only here)

        for line in lines:
            try:
                found: Any = orjson.loads(line)
                boot_id, seq = found["boot_id"], found["seq"]
            except (ValueError, KeyError, TypeError):
                self.foreign += bool(line.strip())
                continue
            if type(boot_id) is not str or type(seq) is not int or seq < 0:
                self.foreign += 1
                continue
            self._add(self._boot(boot_id, found.get("stream"), str(found.get("service", ""))), seq, found)

    def boots(self) -> list[Boot]:
        """Return what is known of each process and stream, in the order of their first lines."""
        return list(self._boots.values())

    def _boot(self, boot_id: str, stream: Any, service: str) -> Boot:
        key = (boot_id, stream if isinstance(stream, str) else None)
        boot = self._boots.get(key)
        if boot is None:
            boot = self._boots[key] = Boot(*key, service)
        return boot

    def _add(self, boot: Boot, seq: int, found: dict[str, Any]) -> None:
        boot.count += 1
        boot.twice += not boot.seen.add(seq)
        event_name = found.get("event_name")
        if event_name == "log.start":
            # The last, in whatever order they come: a program may be set up twice.
            boot.started = seq if boot.started is None else max(boot.started, seq)
        elif event_name == "log.stop":
            boot.stopped = seq if boot.stopped is None else max(boot.stopped, seq)
        elif event_name == "log.gap" and isinstance(found.get("gap"), dict):
            self._add_gap(boot, found["gap"])

    def _add_gap(self, told_in: Boot, gap: dict[str, Any]) -> None:
        # A process may tell of another's lines.
        boot_id = gap.get("boot_id")
        boot = self._boot(boot_id, told_in.stream, told_in.service) if isinstance(boot_id, str) else told_in
        reason = str(gap.get("reason", ""))
        named = 0
        ranges = gap.get("ranges")
        for each in ranges if isinstance(ranges, list) else []:
            match each:
                # True is an integer to Python, and no number in JSON.
                case [int(first), int(last)] if type(first) is type(last) is int and 0 <= first <= last:
                    boot.told.setdefault(reason, Runs()).add_run(first, last)
                    named += last - first + 1
        count = gap.get("count")
        if type(count) is int and count > named:
            boot.untold[reason] = boot.untold.get(reason, 0) + count - named
