"""What a finished line is handed to."""

from __future__ import annotations

import io
import os
import sys
from functools import cache
from pickle import PicklingError
from select import select
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import structlog

from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NamedPrintLogger", "StreamLogger", "logger_factory"]


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
        return _Factory(StreamLogger, stream)
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


class StreamLogger:
    """Write lines of bytes to a stream, each whole, ended and at once.

    structlog's own takes a lock around a file that has one already, and on a raw one, which standard output is under
    `PYTHONUNBUFFERED=1`, takes the number of bytes that were written for all of them.

    Args:
        file: A stream of bytes; default standard output.
        name: What the lines call their logger.
    """

    __slots__ = ("_file", "critical", "debug", "error", "info", "name", "warning")

    accepts_bytes = True

    def __init__(self, file: Any = None, name: str | None = None) -> None:
        self._file = sys.stdout.buffer if file is None else file
        self.name = name
        write = _raw(self._file) if isinstance(self._file, io.RawIOBase) else _buffered(self._file)
        # As attributes of their own they are found without making a method each time.
        self.debug = self.info = self.warning = self.error = self.critical = write

    def msg(self, line: bytes) -> None:
        """Write *line*, whatever its level is called."""
        self.info(line)

    log = warn = err = exception = fatal = failure = msg

    def __repr__(self) -> str:
        return f"StreamLogger({self._file!r}, name={self.name!r})"

    def __reduce__(self) -> tuple[object, ...]:
        if self._file is not sys.stdout.buffer:
            msg = "a StreamLogger can be pickled only when it writes to standard output"
            raise PicklingError(msg)
        return StreamLogger, (None, self.name)


def _buffered(file: Any) -> Callable[[bytes], None]:
    write, flush = file.write, file.flush

    def message(line: bytes) -> None:
        # One call, which the file's own lock keeps whole.
        write(line + b"\n")
        flush()

    return message


def _raw(file: io.RawIOBase) -> Callable[[bytes], None]:
    _watch_forks()
    write, shared = file.write, _SHARED.setdefault(file, _Shared())

    def message(line: bytes) -> None:
        line += b"\n"
        with shared.lock:
            written = write(line)
            if written != len(line):
                _finish(file, line, written)

    return message


def _finish(file: io.RawIOBase, line: bytes, written: int | None) -> None:
    # A pipe that was nearly full, a signal, a disk that has just room for a part.
    rest = memoryview(line)[written or 0 :]
    while rest:
        if written is None:
            # It would block, and says so.
            select([], [file], [])
        written = file.write(rest)
        rest = rest[written or 0 :]


class _Shared:
    """The lock of a raw file, which several loggers write to."""

    __slots__ = ("__weakref__", "lock")

    def __init__(self) -> None:
        self.lock = Lock()


_SHARED: Final[WeakKeyDictionary[Any, _Shared]] = WeakKeyDictionary()


@cache
def _watch_forks() -> None:
    # Windows has neither fork nor the hook.
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_renew)


def _renew() -> None:
    # The thread that holds it in the parent isn't here to let go of it.
    for each in _SHARED.values():
        each.lock = Lock()


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
