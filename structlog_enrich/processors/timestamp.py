"""When the call was made, as text."""

from __future__ import annotations

import time
from typing import Final

__all__ = ["Clock"]

_NANOSECONDS: Final = 1_000_000_000


class Clock:
    """Tell the time as RFC 3339 in UTC with six fractional digits.

    The clock is read through the module `time` on each call, so freezegun and time-machine are followed. Only the
    text of the current second is kept; a clock that is set back, or frozen elsewhere, simply misses it.

    Source: RFC 3339, section 5.6.

    >>> import time_machine
    >>> with time_machine.travel("2026-11-22T04:48:00.000123Z", tick=False):
    ...     Clock().now()
    '2026-11-22T04:48:00.000123Z'
    """

    __slots__ = ("_second",)

    def __init__(self) -> None:
        # One tuple, replaced whole: another thread sees the old second or the new, never half of each.
        self._second: tuple[int, str] = (-_NANOSECONDS, "")

    def now(self) -> str:
        """Return the current time, such as `2026-11-22T04:48:00.000123Z`."""
        nanoseconds = time.time_ns()
        start, text = self._second
        since = nanoseconds - start
        if not 0 <= since < _NANOSECONDS:
            seconds, since = divmod(nanoseconds, _NANOSECONDS)
            text = second_text(seconds)
            self._second = (seconds * _NANOSECONDS, text)
        return "%s%06dZ" % (text, since // 1_000)  # noqa: UP031 (a tenth of a microsecond below an f-string)


def second_text(seconds: int) -> str:
    """Return the second that is *seconds* after 1970 up to its decimal point: `2026-11-22T04:48:00.`."""
    year, month, day, hour, minute, second = time.gmtime(seconds)[:6]
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}."
