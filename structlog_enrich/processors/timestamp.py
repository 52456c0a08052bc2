"""When the call was made, as text."""

from __future__ import annotations

import time
from typing import Final

__all__ = ["DIGITS", "NANOSECONDS", "second_text"]

NANOSECONDS: Final = 1_000_000_000
"""Nanoseconds in a second."""

DIGITS: Final = tuple(f"{number:03d}" for number in range(1_000))
"""Every group of three digits: putting two together is faster than formatting a number of six."""


def second_text(seconds: int) -> str:
    """Return the second that is *seconds* after 1970, in UTC, up to its decimal point.

    Source: RFC 3339, section 5.6.

    >>> second_text(1_795_322_880)
    '2026-11-22T04:48:00.'
    """
    year, month, day, hour, minute, second = time.gmtime(seconds)[:6]
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}."
