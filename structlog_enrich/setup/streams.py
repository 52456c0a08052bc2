"""Write finished lines to a stream, each whole, and let no stream break the caller."""

from __future__ import annotations

import io
import os
import select
import sys
from collections import deque
from contextlib import suppress
from functools import cache
from pickle import PicklingError
from threading import RLock
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["StreamLogger"]


# What a pipe takes whole or not at all.
_AT_ONCE: Final = getattr(select, "PIPE_BUF", 512)


class StreamLogger:
    """Write lines to a stream, each whole, ended and at once; to one of bytes as bytes.

    A stream's own buffer is passed by: a child that is forked while another thread writes would wait for its lock for
    ever, and one that is full loses what it can't take. structlog's own loggers, which write through it, do both.

    A stream that fails costs its lines and nothing else: the first failure is told on standard error, without a word of
    the line, and the hole in `seq` tells of each.

    Args:
        stream: The stream; default standard output.
        name: What the lines call their logger.

    Raises:
        ValueError: The stream was closed or detached.
    """

    __slots__ = ("_file", "accepts_bytes", "critical", "debug", "error", "info", "name", "warning")

    def __init__(self, stream: Any = None, name: str | None = None) -> None:
        # Kept, although only its buffer is written to: it would close that when it is forgotten.
        self._file = sys.stdout if stream is None else stream
        self.name = name
        self.accepts_bytes, write = _writer(self._file)
        # As attributes of their own they are found without making a method each time.
        self.debug = self.info = self.warning = self.error = self.critical = write

    def msg(self, line: Any) -> None:
        """Write *line*, whatever its level is called."""
        self.info(line)

    log = warn = err = exception = fatal = failure = msg

    def __repr__(self) -> str:
        return f"StreamLogger({self._file!r}, name={self.name!r})"

    def __copy__(self) -> StreamLogger:
        return self

    def __deepcopy__(self, memo: Any) -> StreamLogger:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        if self._file is not sys.stdout:
            msg = "a StreamLogger can be pickled only when it writes to standard output"
            raise PicklingError(msg)
        return StreamLogger, (None, self.name)


def _writer(stream: Any) -> tuple[bool, Callable[[Any], None]]:
    """Return whether *stream* takes bytes, and what writes a line to it."""
    flush = getattr(stream, "flush", None)
    if flush is not None:
        # What was printed before comes first, unless it can't go at this moment.
        with suppress(OSError):
            flush()
    file = getattr(stream, "buffer", None) or stream if isinstance(stream, io.TextIOBase) else stream
    raw = getattr(file, "raw", file)
    if isinstance(raw, io.RawIOBase):
        return True, _whole(raw)
    takes_bytes = isinstance(file, io.BufferedIOBase) or "b" in str(getattr(file, "mode", ""))
    return takes_bytes, _flushed(file, b"\n" if takes_bytes else "\n")


def _whole(raw: io.RawIOBase) -> Callable[[bytes], None]:
    write, shared = raw.write, _shared(raw)

    def message(line: bytes) -> None:
        line += b"\n"
        size = len(line)
        with shared.lock:
            later = shared.later
            if shared.line is not None:
                # Within the same thread, between two parts of a line: a signal's handler or a finaliser logs.
                later.append(memoryview(line))
                shared.line = b""
                return
            try:
                # From here to the end Python looks for signals only when something is called.
                shared.line = line
                written = None if later else write(line)
                if written != size or shared.line is not line:
                    _finish(raw, later, line, written)
            except Exception as error:  # noqa: BLE001 (a stream may be anyone's)
                shared.tell(raw, error)
            except BaseException:
                # A signal's handler raises: how much was written is lost with it. A short line is written whole or not.
                if size > _AT_ONCE:
                    later.append(memoryview(b"\n"))
                raise
            finally:
                shared.line = None

    return message


def _finish(raw: io.RawIOBase, later: deque[memoryview], line: bytes, written: int | None) -> None:
    # A pipe that was nearly full, a signal, a disk that has just room for a part.
    is_begun = bool(later) and written is None
    part = memoryview(line)[written or 0 :]
    if is_begun:
        # The end of a line that failed.
        later.append(part)
    else:
        later.appendleft(part)
        is_begun = bool(written)
    try:
        while later:
            written = raw.write(later[0])
            if written is None:
                # It would block, and says so.
                _await_room(raw)
            elif written < len(later[0]):
                later[0] = later[0][written:]
                is_begun = True
            else:
                later.popleft()
                is_begun = False
    finally:
        if later:
            # It failed. What was begun is ended before the next line.
            later.clear()
            if is_begun:
                later.append(memoryview(b"\n"))


def _await_room(raw: io.RawIOBase) -> None:
    if hasattr(select, "poll"):
        waiting = select.poll()
        waiting.register(raw, select.POLLOUT)
        waiting.poll()
    else:
        select.select([], [raw], [])


def _flushed(file: Any, end: Any) -> Callable[[Any], None]:
    write, flush, shared = file.write, getattr(file, "flush", None), _shared(file)

    def message(line: Any) -> None:
        with shared.lock:
            try:
                write(line + end)
                if flush is not None:
                    flush()
            except Exception as error:  # noqa: BLE001 (as above)
                shared.tell(file, error)

    return message


class _Shared:
    """What all loggers of one stream share: the line in writing, what comes after it, whether a failure was told."""

    __slots__ = ("__weakref__", "is_told", "later", "line", "lock")

    def __init__(self) -> None:
        self.lock = RLock()
        self.line: bytes | None = None
        self.later: deque[memoryview] = deque()
        self.is_told = False

    def tell(self, stream: Any, error: Exception) -> None:
        """Say once on standard error that lines are lost; not of a stream that the program closed itself."""
        if self.is_told or sys.__stderr__ is None or getattr(stream, "closed", False):
            return
        self.is_told = True
        try:
            sys.__stderr__.write(f"structlog-enrich: lines are lost: {type(error).__name__}\n")
            sys.__stderr__.flush()
        except Exception:  # noqa: BLE001 (as above)
            return


_SHARED: Final[WeakKeyDictionary[Any, _Shared]] = WeakKeyDictionary()


def _shared(stream: Any) -> _Shared:
    _watch_forks()
    try:
        return _SHARED.setdefault(stream, _Shared())
    except TypeError:
        # A stream of someone's own that can't be found again has a lock for each of its loggers.
        return _Shared()


@cache
def _watch_forks() -> None:
    # Windows has neither fork nor the hook.
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_renew)


def _renew() -> None:
    # The thread that holds it in the parent isn't here to let go of it, nor to finish its line.
    for each in _SHARED.values():
        each.lock = RLock()
        each.line = None
        each.later.clear()
