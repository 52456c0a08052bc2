"""The few colours a terminal is asked for, and whether it is asked at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final

__all__ = [
    "BAD",
    "BOLD",
    "DIM",
    "FINE",
    "KEY",
    "LEVELS",
    "PLACE",
    "SERVICE",
    "WARN",
    "Paint",
    "asked_for",
    "coloured",
    "plain",
    "shows_colours",
]

# What stands between `ESC [` and `m`. Only the sixteen colours that every terminal has, in the shade its owner chose.
BOLD: Final = "1"
DIM: Final = "2"
FINE: Final = "32"
WARN: Final = "33"
BAD: Final = "1;31"
KEY: Final = "36"
SERVICE: Final = "35"
PLACE: Final = "34"
LEVELS: Final = {"debug": "34", "info": "32", "warning": "33", "error": "31", "critical": "1;37;41"}

Paint = Callable[[str, str], str]
"""Take a colour and a text, and return the text with or without it."""

_WITHOUT_COLOURS: Final = frozenset({"dumb", "unknown"})


def plain(colour: str, text: str) -> str:
    """Return *text* as it is."""
    return text


def coloured(colour: str, text: str) -> str:
    """Return *text* between two escapes, the only ones that ever reach a terminal from here.

    >>> coloured(BAD, "failed")
    '\\x1b[1;31mfailed\\x1b[0m'
    """
    return f"\x1b[{colour}m{text}\x1b[0m" if text else text


def asked_for(environ: Mapping[str, str]) -> bool | None:
    """Return whether the environment says yes or no to colours, or None when it leaves that to the terminal.

    `NO_COLOR` wins over `FORCE_COLOR`, that over `TERM`; an empty variable says nothing.

    Source:
        https://no-color.org and https://force-color.org.

    >>> asked_for({"NO_COLOR": "1", "FORCE_COLOR": "1"}), asked_for({"FORCE_COLOR": "1"}), asked_for({"NO_COLOR": ""})
    (False, True, None)
    """
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return False if environ.get("TERM") in _WITHOUT_COLOURS else None


def shows_colours(environ: Mapping[str, str], *, watched: bool, windows: bool = os.name == "nt") -> bool:
    """Tell whether a person sees colours.

    Args:
        environ: Of the process.
        watched: Whether all that is written to are terminals.
        windows: Whether this is Windows, where only Windows Terminal is known to understand escapes unasked.
    """
    asked = asked_for(environ)
    return watched and (not windows or "WT_SESSION" in environ) if asked is None else asked
