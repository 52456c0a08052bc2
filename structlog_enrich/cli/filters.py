"""Which lines a person asked to see."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.processors.levels import LEVEL_NUMBERS, resolve_level

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Filters", "instant", "level_called", "time_of", "trace_beginning"]

_DURATION: Final = re.compile(r"(?=\d)(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)
_TRACE: Final = re.compile(r"[0-9a-f]{1,32}")
_LENGTH: Final = len("2026-11-22T04:48:00.000123Z")


class Filters:
    """Tell of each line whether it was asked for: it has to pass every filter that was given.

    Args:
        level: The least level that is shown.
        services: The names of the services that are shown; none is all.
        trace: How the trace id begins.
        since: The first instant that is shown, as a line has it.
        until: The first instant that isn't.

    >>> Filters(level="error").accept({"level": "warning"}), Filters(trace="4bf9").accept({"trace_id": "4bf92f35"})
    (False, True)
    """

    __slots__ = ("_least", "_services", "_since", "_trace", "_until")

    def __init__(
        self,
        *,
        level: str | None = None,
        services: tuple[str, ...] = (),
        trace: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> None:
        self._least = None if level is None else LEVEL_NUMBERS[level]
        self._services = frozenset(services)
        self._trace = trace
        self._since = since
        self._until = until

    def __bool__(self) -> bool:
        given = (self._least, self._trace, self._since, self._until)
        return bool(self._services) or any(each is not None for each in given)

    def accept(self, line: Mapping[str, Any]) -> bool:
        """Tell whether *line* passes them all."""
        if self._least is not None and _number(line.get("level")) < self._least:
            return False
        if self._services and not _is_one_of(line.get("service"), self._services):
            return False
        if self._trace is not None and not _begins(line.get("trace_id"), self._trace):
            return False
        if self._since is None and self._until is None:
            return True
        time = time_of(line)
        return bool(time) and (self._since or "") <= time and (self._until is None or time < self._until)


def time_of(line: Mapping[str, Any]) -> str:
    """Return when *line* was logged, in the one form that sorts; nothing when it doesn't say.

    >>> time_of({"timestamp": "2026-11-22T05:48:00+01:00"})
    '2026-11-22T04:48:00.000000Z'
    """
    given = line.get("timestamp")
    if not isinstance(given, str):
        return ""
    if len(given) == _LENGTH and given[-1] == "Z" and given[10] == "T":
        return given
    try:
        return _written(datetime.datetime.fromisoformat(given))
    except (ValueError, OverflowError):
        return ""


def level_called(name: str) -> str:
    """Return the level that *name* means, in whatever way the loggers of structlog or the standard library spell it.

    Raises:
        ValueError: It means none.
    """
    if (level := resolve_level(name)) is None:
        msg = f"{name!r:.80} is no level: {', '.join(LEVEL_NUMBERS)}"
        raise ValueError(msg)
    return level


def trace_beginning(text: str) -> str:
    """Return *text* as a trace id that begins so has it.

    Raises:
        ValueError: No trace id can.
    """
    if not _TRACE.fullmatch(text.lower()):
        msg = f"{text!r:.80} begins no trace id: it must be 1 to 32 hexadecimal digits"
        raise ValueError(msg)
    return text.lower()


def instant(text: str, now: datetime.datetime) -> str:
    """Return the instant that *text* means, as a line has it.

    Args:
        text: RFC 3339, where the time, its parts and its zone may be left out; without a zone it is UTC, as what is
            shown. Or how long ago: `90s`, `10m`, `1h30m`, `2d`.
        now: With a zone.

    Raises:
        ValueError: It is neither.

    >>> now = datetime.datetime(2026, 11, 22, 4, 48, tzinfo=datetime.UTC)
    >>> instant("10m", now), instant("2026-11-22T05:48+01:00", now)
    ('2026-11-22T04:38:00.000000Z', '2026-11-22T04:48:00.000000Z')
    """
    try:
        if found := _DURATION.fullmatch(text):
            days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
            return _written(now - datetime.timedelta(days, seconds, 0, 0, minutes, hours))
        return _written(datetime.datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        msg = f"{text!r:.80} is neither RFC 3339, as 2026-11-22T04:48:00Z, nor how long ago, as 90s, 10m, 2h or 1d"
        raise ValueError(msg) from None


def _written(time: datetime.datetime) -> str:
    time = time.replace(tzinfo=datetime.UTC) if time.tzinfo is None else time.astimezone(datetime.UTC)
    return f"{time.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _number(level: Any) -> int:
    return LEVEL_NUMBERS.get(level, 0) if isinstance(level, str) else 0


def _is_one_of(service: Any, services: frozenset[str]) -> bool:
    return isinstance(service, str) and service in services


def _begins(trace: Any, prefix: str) -> bool:
    return isinstance(trace, str) and trace.startswith(prefix)
