"""Bring the records of the standard library's `logging` into the chain."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.processors.levels import level_of_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from structlog.typing import Processor

__all__ = ["RecordHandler"]

_MOST_LOGGERS: Final = 1_024
_MOST_NESTED: Final = 2

# What a record has by itself; whatever else it carries came as `extra=`.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"asctime", "message", "taskName"}
_DONE: Final = "_structlog_enrich_done"

_nested: Final[ContextVar[int]] = ContextVar("_structlog_enrich.records", default=0)


class RecordHandler(logging.Handler):
    """Write each record through *processors*, as one line with its logger's name.

    The record's `extra=` becomes payload, its exception `error`, and arguments that don't fit the message are kept
    beside it. A record is written once, however many handlers of this kind it comes by; and whatever a chain or a sink
    does, nothing is raised into the library that logged.

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
        self._loggers: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"RecordHandler(level={logging.getLevelName(self.level)})"

    def handle(self, record: logging.LogRecord) -> bool:
        """Write *record*, unless a filter refuses it; no lock is held, since the sink has its own."""
        if record.levelno < self.level or not self.filter(record):
            return False
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*."""
        nested = _nested.get()
        if nested >= _MOST_NESTED or getattr(record, _DONE, False):
            return
        # A processor or a sink that logs by itself is heard, and not without end.
        token = _nested.set(nested + 1)
        try:
            setattr(record, _DONE, True)
            self._write(record)
        except (Exception, DropEvent):  # noqa: BLE001 (a library that logs must not fail for it)
            return
        finally:
            _nested.reset(token)

    def _write(self, record: logging.LogRecord) -> None:
        logger = self._logger_of(record.name)
        level = "critical" if _is_uncaught(record) else level_of_number(record.levelno)
        line: Any = _event_of(record)
        for processor in self.processors:
            line = processor(logger, level, line)
        getattr(logger, level)(line)

    def _logger_of(self, name: str) -> Any:
        logger = self._loggers.get(name)
        if logger is None:
            if len(self._loggers) >= _MOST_LOGGERS:
                self._loggers.clear()
            logger = self._loggers[name] = self._make_logger(name)
        return logger


def _is_uncaught(record: logging.LogRecord) -> bool:
    # What asyncio's own handler says of a task that nobody awaited, and the like.
    return record.name == "asyncio" and record.levelno >= logging.ERROR and bool(record.exc_info)


def _event_of(record: logging.LogRecord) -> dict[str, Any]:
    event = {name: value for name, value in vars(record).items() if name not in _OWN and name != _DONE}
    event["event"] = record.msg
    if record.args:
        # Of one mapping the standard library makes the arguments themselves.
        event["positional_args"] = record.args if type(record.args) is tuple else (record.args,)
    if record.exc_info and record.exc_info[0] is not None:
        event["exc_info"] = record.exc_info
    elif record.exc_text:
        event["exception"] = record.exc_text
    if record.stack_info:
        event["stack"] = record.stack_info
    return event
