"""Let the standard library's `logging` write through a writer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from structlog_enrich.delivery.options import writer_given
from structlog_enrich.delivery.records import ERROR, WARNING

if TYPE_CHECKING:
    from structlog_enrich.delivery.several import Several
    from structlog_enrich.delivery.writer import Writer

__all__ = ["WriterHandler"]

_DEBUG, _INFO, _CRITICAL = 0, 1, 4


class WriterHandler(logging.Handler):
    """Hand each record, formatted in the thread that logs, to a writer.

    For programs whose lines come from `logging` alone; `configure(writer=…)` brings its records into the chain as well.

    Args:
        writer: The writer.
        level: The least level that is written.

    Raises:
        ConfigurationError: *writer* is none.

    >>> from structlog_enrich.delivery import Writer
    >>> handler = WriterHandler(Writer("stdout"))
    >>> handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    """

    def __init__(self, writer: Writer | Several, level: int | str = logging.NOTSET) -> None:
        super().__init__(level)
        self.writer: Writer | Several = writer_given(writer)

    def handle(self, record: logging.LogRecord) -> bool:
        """Hand *record* over, unless a filter refuses it; no lock is held, behind which others would wait for room."""
        kept: Any = self.filter(record)
        if kept:
            # From 3.12 on a filter may put another in its place.
            self.emit(kept if isinstance(kept, logging.LogRecord) else record)
        return bool(kept)

    def emit(self, record: logging.LogRecord) -> None:
        """Hand *record* over; one that can't be formatted is told by `logging`'s own way."""
        try:
            self.writer.methods[_level_of(record.levelno)](self.format(record))
        except Exception:  # noqa: BLE001 (a formatter may be anyone's)
            self.handleError(record)

    def flush(self) -> None:
        """Wait until what was logged is written, at most five seconds."""
        self.writer.flush()


def _level_of(number: int) -> int:
    if number >= logging.CRITICAL:
        return _CRITICAL
    if number >= logging.ERROR:
        return ERROR
    if number >= logging.WARNING:
        return WARNING
    return _INFO if number >= logging.INFO else _DEBUG
