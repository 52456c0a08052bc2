"""Bring the records of the standard library's `logging` into the chain."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from threading import get_ident, local
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.logger import BoundLogger
from structlog_enrich.processors.levels import level_of_number
from structlog_enrich.processors.message import interpolated
from structlog_enrich.processors.timestamp import text_of
from structlog_enrich.said import Facts, say
from structlog_enrich.setup.extras import DONE, arguments_of, data_of, message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from structlog.typing import Processor

__all__ = ["RecordHandler", "told"]

_MOST_LOGGERS: Final = 1_024
_MOST_NESTED: Final = 2

# By the number itself: most records have one of these.
_LEVELS: Final = {number: level_of_number(number) for number in logging.getLevelNamesMapping().values()}

# The standard library's own loggers, which repeat what a hook of ours has said.
_REPEATING: Final = frozenset({"asyncio", "py.warnings"})
_told: Final[ContextVar[tuple[str | None, BaseException | None]]] = ContextVar(
    "_structlog_enrich.told", default=(None, None)
)


class _Depth(local):
    """Count the records that this thread is writing within one another.

    No ContextVar: setting one has `MergeContext` read the whole context again.
    """

    value = 0


_depth: Final = _Depth()


@contextmanager
def told(name: str, error: BaseException | None = None) -> Iterator[None]:
    """Write no record of the logger *name* meanwhile: what it says, a line of the library's own has said.

    Args:
        name: The logger's.
        error: The exception that was told of; a record of another one is written. None is every record.
    """
    token = _told.set((name, error))
    try:
        yield
    finally:
        _told.reset(token)


class RecordHandler(logging.Handler):
    """Write each record through *processors*, as one line with its logger's name.

    The record's `extra=` becomes payload, its exception `error`, and arguments that don't fit the message are kept
    beside it. A record is written once, however many handlers of this kind it comes by, and whatever a chain or a sink
    does, nothing is raised into the library that logged. What comes by way of a queue or a buffer says when it was made
    and by which thread.

    Args:
        processors: The chain, as `preset()` returns it; the very list, so that what is edited in it counts here too.
        make_logger: Makes the logger that a line is handed to, given the name of the record's.
        level: The least number that is written.

    Source: `logging.Handler`.
    """

    def __init__(
        self, processors: Sequence[Processor], make_logger: Callable[[str], Any], level: int = logging.NOTSET
    ) -> None:
        super().__init__(level)
        self.processors = processors
        self._make_logger = make_logger
        self._loggers: dict[str, BoundLogger] = {}

    def __repr__(self) -> str:
        return f"RecordHandler(level={logging.getLevelName(self.level)})"

    def handle(self, record: logging.LogRecord) -> bool:
        """Write *record*, unless a filter refuses it; no lock is held, since the sink has its own."""
        kept = self._kept(record)
        if kept is not None:
            self.emit(kept)
        return kept is not None

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*, with the time and the thread that it names."""
        try:
            made: Any = text_of(record.created), int(record.thread)  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001 (made by hand, from whatever)
            made = None
        self._emit(record, made)

    def emit_now(self, record: logging.LogRecord) -> None:
        """Write *record*, which was made just now and here, unless a filter refuses it."""
        kept = self._kept(record)
        if kept is not None:
            self._emit(kept, None)

    def _kept(self, record: logging.LogRecord) -> logging.LogRecord | None:
        if DONE in record.__dict__:
            return None
        try:
            if record.levelno < self.level:
                return None
        except TypeError:
            # Made by hand; what has no level is as good as any.
            record.levelno = self.level
        if not self.filters:
            return record
        # From Python 3.12 on a filter may return another record in its place.
        kept: Any = self.filter(record)
        if kept is True:
            return record
        # Answered for this record: a console's handler that hands it over later asks nobody again.
        record.__dict__[DONE] = True
        if isinstance(kept, logging.LogRecord):
            kept.__dict__.pop(DONE, None)
            return kept
        if kept:
            del record.__dict__[DONE]
            return record
        return None

    def _emit(self, record: logging.LogRecord, made: tuple[str, int] | None) -> None:
        depth = _depth.value
        if depth >= _MOST_NESTED or DONE in record.__dict__:
            return
        name = record.name
        if name in _REPEATING and _is_told(record):
            return
        # A processor or a sink that logs by itself is heard, and not without end.
        _depth.value = depth + 1
        try:
            level = _LEVELS.get(record.levelno) or level_of_number(record.levelno)
            if name == "asyncio" and level == "error" and record.exc_info:
                # A loop that isn't asyncio's own tells of an exception that nobody caught by a record alone.
                level = "critical"
            write = getattr(self._loggers.get(name) or self._logger_of(name), level)
            data = data_of(record)
            record.__dict__[DONE] = True
            if made is not None:
                _write_late(write, record, data, made)
            elif record.args:
                write(message_of(record), *arguments_of(record), **data)
            else:
                write(message_of(record), **data)
        except (Exception, DropEvent):  # noqa: BLE001 (a library that logs must not fail for it)
            return
        finally:
            _depth.value = depth

    def _logger_of(self, name: str) -> BoundLogger:
        if len(self._loggers) >= _MOST_LOGGERS:
            self._loggers.clear()
        logger = self._loggers[name] = BoundLogger(self._make_logger(name), self.processors, {})
        return logger


def _is_told(record: logging.LogRecord) -> bool:
    name, error = _told.get()
    return record.name == name and (error is None or (record.exc_info is not None and record.exc_info[1] is error))


def _write_late(
    write: Callable[..., Any], record: logging.LogRecord, data: dict[str, Any], made: tuple[str, int]
) -> None:
    is_elsewhere = record.process != os.getpid()
    if is_elsewhere:
        data.setdefault("process", record.process)
    # Fitted here, for by its message, the very object, the line is known.
    fitted = {"event": message_of(record), "positional_args": arguments_of(record)}
    interpolated(fitted)
    # What is bound here, and the trace, are of whoever hands it over, not of whoever made it.
    context = Context() if is_elsewhere or record.thread != get_ident() else copy_context()
    message = fitted.pop("event")
    say(context, Facts(None, made=made), write, message, {**fitted, **data})
