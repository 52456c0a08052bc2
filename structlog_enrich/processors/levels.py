"""Which of the five levels a method name stands for."""

from __future__ import annotations

import logging
from typing import Any, Final, cast

__all__ = ["LEVEL_NUMBERS", "LEVEL_OF", "level_of_number", "resolve_level"]

LEVEL_NUMBERS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
"""The five levels and the standard library's numbers for them."""

LEVEL_OF: Final = {
    **{name: name for name in LEVEL_NUMBERS},
    "warn": "warning",
    "err": "error",
    "exception": "error",
    "fatal": "critical",
    "failure": "critical",
    "msg": "info",
    "log": "info",
    "notset": "debug",
    "trace": "debug",
}
"""Method name → level, for every name the loggers of structlog and the standard library have."""


def level_of_number(number: float) -> str:
    """Return the level of a number of the standard library, the next below when it has none of its own.

    >>> level_of_number(25), level_of_number(35), level_of_number(5), level_of_number(90)
    ('info', 'warning', 'debug', 'critical')
    """
    found = "debug"
    for name, least in LEVEL_NUMBERS.items():
        if number >= least:
            found = name
    return found


def resolve_level(method_name: object) -> str | None:
    """Return the level of a name outside `LEVEL_OF`, or None when it stands for none.

    It knows capitals, numbers, numbers as text, and `Level 25`, which is how the standard library spells a number
    without a name.

    >>> resolve_level("WARNING"), resolve_level(25), resolve_level("Level 35"), resolve_level("loud")
    ('warning', 'info', 'warning', None)
    """
    # By its type: `isinstance` believes a `__class__` that lies, and asks one that fails.
    kind, given = type(method_name), cast("Any", method_name)
    if issubclass(kind, int | float):
        # As a plain number, past whatever a subclass makes of comparing.
        return level_of_number((int if issubclass(kind, int) else float).__add__(given, 0))
    if not issubclass(kind, str):
        return None
    name = str.strip(given).lower()
    number = name.removeprefix("level ")
    if number.isdecimal() and number.isascii():
        return level_of_number(int(number[:9]))
    return LEVEL_OF.get(name)
