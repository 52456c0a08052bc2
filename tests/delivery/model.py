"""What the writer's queue is to do, said as simply as can be: by lists, and sums over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.delivery.policies import Block, DropNewest, DropOldest, Reserve, Sample, Spill
from structlog_enrich.delivery.records import ERROR, OVERHEAD, WARNING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_BYTES", "MAX_RECORDS", "POLICIES", "Line", "Model"]

MAX_BYTES: Final = 2_000
MAX_RECORDS: Final = 6
_SPILL_BYTES: Final = 400
_HEAD: Final = 13
"""What a file of lines keeps beside each."""

POLICIES: Final[dict[str, Callable[[], Any]]] = {
    "block": Block,
    "drop_newest": DropNewest,
    "drop_oldest": DropOldest,
    "reserve": lambda: Reserve(0.5),
    "sample": lambda: Sample(one_in=3, start=0.5),
    "spill": lambda: Spill(max_bytes=_SPILL_BYTES),
}
"""The policies, with arguments that a few lines reach."""


@dataclass(frozen=True)
class Line:
    """One line, known by its number."""

    number: int
    level: int
    size: int

    def data(self) -> bytes:
        """Return the line itself."""
        return b"%d %d " % (self.number, self.level) + b"x" * self.size

    @property
    def cost(self) -> int:
        """Return what it takes of a budget."""
        return len(self.data()) + OVERHEAD


@dataclass
class Model:
    """Where every line is, and by which rule it got there."""

    policy: str
    trouble: str = ""
    intake: list[Line] = field(default_factory=list)
    held: list[Line] = field(default_factory=list)
    stored: list[Line] = field(default_factory=list)
    flying: list[Line] = field(default_factory=list)
    spilled: list[Line] = field(default_factory=list)
    refused: list[tuple[str, Line]] = field(default_factory=list)
    written: list[Line] = field(default_factory=list)
    dropped: dict[Line, str] = field(default_factory=dict)
    left_out: int = 0

    def depth(self) -> int:
        """Return how many bytes of the budget are used."""
        return sum(line.cost for line in self.stored + self.flying)

    def pending(self) -> int:
        """Return how many lines are on their way."""
        return sum(map(len, (self.intake, self.held, self.stored, self.flying, self.spilled, self.refused)))

    def has_room(self, line: Line, part: float = 1) -> bool:
        """Tell whether *line* has room in that part of the budget; an empty one has room for any line."""
        fits = self.depth() + line.cost <= int(MAX_BYTES * part) or not self.depth()
        return fits and len(self.stored + self.flying) < max(1, int(MAX_RECORDS * part))

    def drop(self, line: Line, reason: str = "full") -> None:
        """Lose *line*."""
        self.dropped[line] = self.trouble if reason == "full" and self.trouble else reason

    def store_or_drop(self, line: Line, *, has_room: bool) -> None:
        """Store *line* where it has room, else lose it."""
        if has_room:
            self.stored.append(line)
        else:
            self.drop(line)

    def admit(self) -> None:
        """Decide on what was handed over."""
        self.held += self.intake
        self.intake.clear()
        for reason, line in self.refused:
            self.drop(line, reason)
        self.refused.clear()
        if self.policy == "block":
            while self.held and self.has_room(self.held[0]):
                self.stored.append(self.held.pop(0))
            return
        if self.policy == "spill":
            self.replay()
        for line in self.held:
            getattr(self, self.policy)(line)
        self.held.clear()

    def abandon(self, reason: str) -> None:
        """Lose all that isn't at the sink."""
        for why, line in self.refused:
            self.drop(line, why)
        for each in (self.intake, self.held, self.spilled, self.stored):
            for line in each:
                self.drop(line, reason)
            each.clear()
        self.refused.clear()

    def drop_newest(self, line: Line) -> None:
        """What has no room is lost."""
        self.store_or_drop(line, has_room=self.has_room(line))

    def drop_oldest(self, line: Line) -> None:
        """The oldest are lost until it has room; a line that can't have any is lost itself."""
        while not self.has_room(line) and self.stored and line.cost <= MAX_BYTES:
            self.drop(self.stored.pop(0))
        self.store_or_drop(line, has_room=self.has_room(line))

    def reserve(self, line: Line) -> None:
        """One half is anyone's, three quarters a warning's, the whole an error's."""
        part = 1 if line.level >= ERROR else 0.75 if line.level == WARNING else 0.5
        self.store_or_drop(line, has_room=self.has_room(line, part))

    def sample(self, line: Line) -> None:
        """Beyond one half every error is stored, and each third of the others."""
        if self.has_room(line, 0.5):
            self.stored.append(line)
            return
        if line.level < ERROR:
            self.left_out += 1
            if self.left_out % 3:
                self.drop(line, "sampled")
                return
        self.store_or_drop(line, has_room=self.has_room(line))

    def replay(self) -> None:
        """Once half of the memory is free, take back what is on disk."""
        while self.spilled and self.depth() < MAX_BYTES // 2 and self.has_room(self.spilled[0]):
            self.stored.append(self.spilled.pop(0))

    def spill(self, line: Line) -> None:
        """None overtakes what is on disk."""
        if not self.spilled and self.has_room(line):
            self.stored.append(line)
        elif sum(_HEAD + len(each.data()) for each in [*self.spilled, line]) <= _SPILL_BYTES:
            self.spilled.append(line)
        else:
            self.drop(line)
