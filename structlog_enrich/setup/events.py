"""What a record of the standard library says, as an event in flight."""

from __future__ import annotations

import logging
import os
from typing import Any, Final

__all__ = ["DONE", "event_of", "pid_of"]

DONE: Final = "_structlog_enrich_done"
"""The attribute of a record that was written: it stays on the copies that a queue's handler makes."""

# What a record has by itself; whatever else it carries came as `extra=`.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"asctime", "message", "taskName", DONE}


def event_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return *record* as the flat event that the first stage takes.

    >>> event_of(logging.makeLogRecord({"msg": "retry %d", "args": (1,), "attempt": 1}))
    {'attempt': 1, 'event': 'retry %d', 'positional_args': (1,)}
    """
    event = {name: value for name, value in record.__dict__.items() if name not in _OWN}
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


def pid_of(record: logging.LogRecord) -> int | None:
    """Return the process that *record* comes from when it is another than this, else None."""
    return record.process if record.process != os.getpid() else None
