"""A clock that stands still until it is told to go on."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors import envelope
from structlog_enrich.trace import spans

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FakeClock", "fake_clock"]

_START: Final = "2026-11-22T04:48:00.000123Z"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS: Final = 1_000_000_000
_READERS: Final[tuple[Any, ...]] = (envelope, spans)
"""The modules of the library that ask for the time; a test holds this list to the source."""


class FakeClock:
    """Tell the time to the library's lines and spans, and go on only when told.

    Args:
        start: The time at first, with its zone: a `datetime`, or text as RFC 3339 writes it.

    Raises:
        ConfigurationError: A start that is no time, or has no zone.

    >>> clock = FakeClock("2026-11-22T04:48:00Z")
    >>> clock.advance(1.5)
    >>> clock.now.isoformat()
    '2026-11-22T04:48:01.500000+00:00'
    """

    def __init__(self, start: datetime | str = _START) -> None:
        rule = "must be a time with its zone"
        try:
            moment = datetime.fromisoformat(start) if isinstance(start, str) else start
            since = moment - _EPOCH
        except (TypeError, ValueError):
            raise ConfigurationError("start", rule, received=f"{start!r:.80}") from None
        self._now = since // timedelta(microseconds=1) * 1_000

    def __repr__(self) -> str:
        return f"FakeClock({self.now.isoformat()!r})"

    @property
    def now(self) -> datetime:
        """The time it tells, in UTC."""
        return _EPOCH + timedelta(microseconds=self._now // 1_000)

    def advance(self, seconds: float | timedelta) -> None:
        """Go on by so many *seconds*, to the nanosecond; spans take that long.

        Raises:
            ConfigurationError: Less than none, or no number.
        """
        passed = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
        if type(passed) not in {int, float} or not 0 <= passed < math.inf:
            raise ConfigurationError("seconds", "must be a number from 0", received=f"{seconds!r:.80}")
        self._now += round(passed * _NANOSECONDS)

    def time_ns(self) -> int:
        """Return the time, in nanoseconds since 1970."""
        return self._now

    def perf_counter_ns(self) -> int:
        """Return nanoseconds since some moment, of which only differences say anything."""
        return self._now


@contextmanager
def fake_clock(start: datetime | str = _START) -> Iterator[FakeClock]:
    """Have the library's lines and spans read a `FakeClock` for the block, in every thread.

    Nothing else sees it: the program's own clock goes on. Where all of it should stand still, use time-machine or
    freezegun, which the library follows.

    Args:
        start: The time at first.

    Raises:
        ConfigurationError: A start that is no time, or has no zone.

    >>> from structlog_enrich import span
    >>> from structlog_enrich.testing import captured_lines
    >>> with fake_clock("2026-11-22T04:48:00Z") as clock, captured_lines() as lines:
    ...     with span("charge card"):
    ...         clock.advance(0.25)
    >>> lines[0]["timestamp"], lines[0]["span"]["duration_ms"]
    ('2026-11-22T04:48:00.250000Z', 250.0)
    """
    clock = FakeClock(start)
    before = [module.time for module in _READERS]
    for module in _READERS:
        module.time = _Time(clock)
    try:
        yield clock
    finally:
        for module, theirs in zip(_READERS, before, strict=True):
            module.time = theirs


class _Time:
    """Stand where the library has the module `time`, and tell a clock's time."""

    def __init__(self, clock: FakeClock) -> None:
        self.time_ns = clock.time_ns
        self.perf_counter_ns = clock.perf_counter_ns

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)
