"""One line on its way, and what is said of it."""

from __future__ import annotations

from typing import Final, TypeAlias

__all__ = ["ERROR", "INFO", "LEVELS", "LEVEL_METHODS", "OVERHEAD", "WARNING", "Record", "encoded"]

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


def encoded(line: object) -> bytes:
    """Return *line* as bytes that nobody can change: text as UTF-8, anything else by its text."""
    if isinstance(line, str):
        return line.encode("utf-8", "backslashreplace")
    if isinstance(line, bytes | bytearray | memoryview):
        return bytes(line)
    return str(line).encode("utf-8", "backslashreplace")
