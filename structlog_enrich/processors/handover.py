"""What a wrapped logger takes, and what its stream can show."""

from __future__ import annotations

import codecs
import logging
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from structlog import BytesLogger, PrintLogger

if TYPE_CHECKING:
    from structlog.typing import WrappedLogger

__all__ = ["NO_TRACEBACK", "accepts_bytes", "are_terminals", "are_utf8", "encoding_of", "streams_of"]

NO_TRACEBACK: Final = {"exc_info": False}
"""Keywords for a `logging.Logger`, which would append the raw, unmasked traceback to the line otherwise."""


def accepts_bytes(logger: WrappedLogger) -> bool:
    """Tell whether *logger* takes bytes: structlog's does, and whatever has `accepts_bytes = True`."""
    return isinstance(logger, BytesLogger) or getattr(logger, "accepts_bytes", False) is True


def streams_of(logger: WrappedLogger) -> list[Any]:
    """Return what *logger* writes to, as far as it says: a `logging.Logger` through all its handlers."""
    if isinstance(logger, logging.Logger):
        return _handlers_streams(logger)
    # structlog's loggers keep their stream under a private name and tell it nowhere else.
    stream = getattr(logger, "_file", None)
    if isinstance(logger, PrintLogger) and stream is _first_stdout():
        # Made for the standard output of back then, it prints to that of now.
        return [sys.stdout]
    return [] if stream is None else [stream]


@cache
def _first_stdout() -> Any:
    return getattr(PrintLogger(), "_file", None)


def _handlers_streams(logger: logging.Logger) -> list[Any]:
    found = []
    current: logging.Logger | None = logger
    while current is not None:
        # A handler that has no stream yet knows at least its encoding.
        found += [getattr(handler, "stream", None) or handler for handler in current.handlers]
        current = current.parent if current.propagate else None
    return found


def are_terminals(streams: list[Any]) -> bool:
    """Tell whether there are streams, and a person watches each."""
    return bool(streams) and all(map(_is_terminal, streams))


def are_utf8(streams: list[Any]) -> bool:
    """Tell whether text is written as UTF-8 to each stream; where none says, to standard output."""
    return all(map(_is_utf8, streams or [sys.stdout]))


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except Exception:  # noqa: BLE001 (it is no stream, or one that was closed or detached)
        return False


def _is_utf8(stream: Any) -> bool:
    try:
        return codecs.lookup(encoding_of(stream) or encoding_of(sys.stdout)).name == "utf-8"
    except LookupError:
        return False


def encoding_of(stream: Any) -> str:
    """Return the name of the encoding of *stream*, or nothing when it doesn't say or was detached."""
    try:
        encoding = getattr(stream, "encoding", None)
    except ValueError:
        return ""
    return encoding if isinstance(encoding, str) else ""
