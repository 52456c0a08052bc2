"""When the call was made, as text."""

from __future__ import annotations

import time
from typing import Final

__all__ = ["DIGITS", "NANOSECONDS", "second_text", "text_of"]

NANOSECONDS: Final = 1_000_000_000
"""Nanoseconds in a second."""

DIGITS: Final = tuple(f"{number:03d}" for number in range(1_000))
"""Every group of three digits: putting two together is faster than formatting a number of six."""

_YEAR_10_000: Final = 253_402_300_800


def second_text(seconds: int) -> str:
    """Return the second that is *seconds* after 1970, in UTC, up to its decimal point.

    Source: RFC 3339, section 5.6.

    >>> second_text(1_795_322_880)
    '2026-11-22T04:48:00.'
    """
    year, month, day, hour, minute, second = time.gmtime(seconds)[:6]
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}."


def text_of(seconds: float) -> str:
    """Return the moment that is *seconds* after 1970, as a line writes it.

    Raises:
        ValueError: It is before 1970 or after the year 9999.

    >>> text_of(1_795_322_880.000123)
    '2026-11-22T04:48:00.000123Z'
    """
    if not 0 <= seconds < _YEAR_10_000:
        raise ValueError
    whole, micros = divmod(round(seconds * 1_000_000), 1_000_000)
    return f"{second_text(whole)}{DIGITS[micros // 1_000]}{DIGITS[micros % 1_000]}Z"
