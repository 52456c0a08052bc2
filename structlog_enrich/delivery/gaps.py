"""Lines that were lost: which, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from structlog_enrich.delivery.records import LEVELS
from structlog_enrich.delivery.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["MAX_RANGES", "Gap", "Losses", "seq_of"]

MAX_RANGES: Final = 64
"""How many ranges one gap lists."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Say how many lines were lost, which, and why.

    Attributes:
        reason: Why: `full`, `sampled`, `timeout`, the name of what the system said (`enospc`), …
        count: How many lines.
        levels: How many of each level; levels of which none was lost aren't listed.
        ranges: First and last `seq` of each run of lost lines, ascending.
        complete: Whether *ranges* name every lost line.
    """

    reason: str
    count: int
    levels: Mapping[str, int] = field(default_factory=dict)
    ranges: tuple[tuple[int, int], ...] = ()
    complete: bool = True


class Losses:
    """Gather the losses of one reason until they are told."""

    __slots__ = ("_levels", "_runs", "complete", "count", "reason", "since")

    def __init__(self, reason: str, since: int) -> None:
        self.reason = reason
        self.since = since
        self.count = 0
        self.complete = True
        self._levels = [0] * len(LEVELS)
        self._runs = Runs()

    def __repr__(self) -> str:
        return f"<Losses({self.reason!r}, count={self.count})>"

    def is_full(self) -> bool:
        """Tell whether one more run might not be named."""
        return len(self._runs) >= MAX_RANGES

    def add(self, seq: int | None, level: int) -> None:
        """Count one line; None when it says no number."""
        self.count += 1
        self._levels[level] += 1
        if seq is None:
            self.complete = False
            return
        if len(self._runs) < MAX_RANGES or not self._runs.begins_another(seq):
            self._runs.add(seq)
        else:
            self.complete = False

    def gap(self) -> Gap:
        """Return what was gathered."""
        levels = {name: count for name, count in zip(LEVELS, self._levels, strict=True) if count}
        return Gap(self.reason, self.count, levels, tuple(self._runs), self.complete)


def seq_of(line: bytes | None, describe: Callable[[bytes], tuple[int, str]] | None) -> int | None:
    """Return the number of *line* as *describe* says it; None where it says none."""
    if describe is None or line is None:
        return None
    try:
        seq = describe(line)[0]
    except Exception:  # noqa: BLE001 (someone's own lines, which may say nothing)
        return None
    return seq if type(seq) is int else None
