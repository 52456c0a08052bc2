"""What a finished line is handed to: structlog's own loggers, which know here the name they were asked for."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import structlog

from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NamedBytesLogger", "NamedPrintLogger", "logger_factory"]


def logger_factory(sink: Any) -> Callable[..., Any]:
    """Return what makes the loggers that write to *sink*.

    Args:
        sink: A stream of bytes or of text, None for standard output, or a logger factory, which is returned as it is.

    Raises:
        ConfigurationError: It is neither, or leads back into the standard library's `logging`.
    """
    if isinstance(sink, structlog.stdlib.LoggerFactory):
        rule = "must not lead back into the standard library's logging, whose records come here"
        raise ConfigurationError("sink", rule, received=type(sink).__name__, remedy="Pass a stream")
    stream = _standard_output() if sink is None else sink
    if isinstance(stream, io.TextIOBase):
        stream = getattr(stream, "buffer", None) or stream
    if isinstance(stream, io.RawIOBase | io.BufferedIOBase) or _takes_bytes(stream):
        return _Factory(NamedBytesLogger, stream)
    if callable(getattr(stream, "write", None)):
        return _Factory(NamedPrintLogger, stream)
    if callable(stream):
        return stream  # type: ignore[no-any-return]
    raise ConfigurationError("sink", "must be a stream or a logger factory", received=type(sink).__name__)


def _standard_output() -> Any:
    # A program that redirects what is printed into its log, as a Celery worker does, would have its lines come back.
    for stream in (sys.stdout, sys.__stdout__):
        if isinstance(stream, io.TextIOBase) or hasattr(stream, "buffer"):
            return stream
    rule = "must be given where there is no standard output"
    raise ConfigurationError("sink", rule, received="None", remedy="Pass a stream")


def _takes_bytes(stream: Any) -> bool:
    # Files of `tempfile` and the like are wrapped, and of no class of `io`.
    mode = getattr(stream, "mode", None)
    return isinstance(mode, str) and "b" in mode and callable(getattr(stream, "write", None))


class NamedBytesLogger(structlog.BytesLogger):
    """Write bytes as structlog's does; from structlog 26.1 on it would know its name by itself."""

    def __init__(self, file: Any = None, name: str | None = None) -> None:
        super().__init__(file)
        self.name = name


class NamedPrintLogger(structlog.PrintLogger):
    """Write text as structlog's does; from structlog 26.1 on it would know its name by itself."""

    def __init__(self, file: Any = None, name: str | None = None) -> None:
        super().__init__(file)
        self.name = name


class _Factory:
    """Make a logger for each name."""

    __slots__ = ("_kind", "_stream")

    def __init__(self, kind: Callable[[Any, str | None], Any], stream: Any) -> None:
        self._kind = kind
        self._stream = stream

    def __repr__(self) -> str:
        return f"<logger factory of {self._stream!r}>"

    def __call__(self, *args: Any) -> Any:
        return self._kind(self._stream, args[0] if args and isinstance(args[0], str) else None)
