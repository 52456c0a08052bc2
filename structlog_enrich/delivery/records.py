"""One line on its way, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from structlog.exceptions import DropEvent

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ERROR",
    "INFO",
    "LEVELS",
    "LEVEL_METHODS",
    "OVERHEAD",
    "WARNING",
    "Record",
    "encoded",
    "framed",
    "unreadable",
]

_What = TypeVar("_What")

Record: TypeAlias = tuple[bytes, int, int]
"""A finished line without its newline, its level as a place in `LEVELS`, when it was handed over in nanoseconds."""

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
"""The levels of a line, by which it is counted, least first."""

INFO: Final = LEVELS.index("info")
WARNING: Final = LEVELS.index("warning")
ERROR: Final = LEVELS.index("error")

LEVEL_METHODS: Final = {
    "debug": 0,
    "info": 1,
    "msg": 1,
    "log": 1,
    "warning": 2,
    "warn": 2,
    "error": 3,
    "err": 3,
    "exception": 3,
    "critical": 4,
    "fatal": 4,
    "failure": 4,
}
"""The methods that structlog calls, and the level of each."""

OVERHEAD: Final = 128
"""Bytes that Python keeps beside a line: its header, its time, its places in the lists it goes through, rounded up."""


_LONGEST_NAME: Final = 200


def encoded(line: object) -> bytes:
    """Return *line* as bytes that nobody can change: text as UTF-8, anything else by its text.

    What can't be shown, since its `__str__` fails, is named by its type.
    """
    try:
        if isinstance(line, str):
            return _utf8(line)
        if isinstance(line, bytes | bytearray | memoryview):
            # Past a class of its own, whose `__bytes__` may return anything.
            return bytes(memoryview(line))
        return _utf8(str(line))
    except (Exception, DropEvent):  # noqa: BLE001 (a stranger's `__str__`)
        return _utf8(unreadable(line))


def unreadable(thing: object) -> str:
    """Return what stands for something whose own code failed: the name of its type."""
    # Read past a metaclass, which may lie about it.
    name: str = type.__dict__["__name__"].__get__(type(thing))
    return f"<{name[:_LONGEST_NAME]}>"


def framed(frame: Callable[[_What], object], what: _What) -> bytes:
    """Return the line that *frame* makes of *what*; empty where it makes none."""
    try:
        line = frame(what)
        return encoded(line) if line else b""
    except (Exception, DropEvent):  # noqa: BLE001 (it runs a whole chain, which may be anyone's)
        return b""


def _utf8(text: str) -> bytes:
    return str.encode(text, "utf-8", "backslashreplace")
