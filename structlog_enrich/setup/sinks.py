"""Where finished lines go."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import structlog

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.setup.streams import StreamLogger

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["logger_factory", "standard_output"]


def logger_factory(sink: Any) -> Callable[..., Any]:
    """Return what makes the loggers that write to *sink*.

    Args:
        sink: A stream of bytes or of text, or a logger factory, which is returned as it is.

    Raises:
        ConfigurationError: It is neither, or leads back into the standard library's `logging`.
    """
    if sink is structlog.stdlib.LoggerFactory or isinstance(sink, structlog.stdlib.LoggerFactory):
        rule = "must not lead back into the standard library's logging, whose records come here"
        raise ConfigurationError("sink", rule, received=type(sink).__name__, remedy="Pass a stream")
    if callable(getattr(sink, "write", None)):
        try:
            StreamLogger(sink)
        except ValueError:
            # It was closed, or its buffer taken from it.
            raise ConfigurationError("sink", "must be open", received=f"{sink!r:.80}") from None
        return _Factory(sink)
    if callable(sink):
        return sink  # type: ignore[no-any-return]
    raise ConfigurationError("sink", "must be a stream or a logger factory", received=type(sink).__name__)


def standard_output() -> Any:
    """Return the stream of what this process prints.

    Raises:
        ConfigurationError: It has none.
    """
    # A program that redirects what is printed into its log, as a Celery worker does, would have its lines come back.
    for stream in (sys.stdout, sys.__stdout__):
        if isinstance(stream, io.TextIOBase) or hasattr(stream, "buffer"):
            return stream
    rule = "must be given where there is no standard output"
    raise ConfigurationError("sink", rule, received="None", remedy="Pass a stream")


class _Factory:
    """Make a logger for each name."""

    __slots__ = ("_stream",)

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __repr__(self) -> str:
        return f"<logger factory of {self._stream!r}>"

    def __call__(self, *args: Any) -> StreamLogger:
        return StreamLogger(self._stream, args[0] if args and isinstance(args[0], str) else None)
