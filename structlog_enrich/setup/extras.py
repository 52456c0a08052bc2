"""What a record of the standard library says, as a call of a logger takes it."""

from __future__ import annotations

import logging
from itertools import islice
from typing import Any, Final

__all__ = ["DONE", "arguments_of", "data_of"]

DONE: Final = "_structlog_enrich_done"
"""The attribute of a record that was written: it stays on the copies that a queue's handler makes."""

# What a record has by itself, in this order, and what others of the standard library set; the rest came as `extra=`.
_FIRST: Final = len(vars(logging.makeLogRecord({})))
_LATER: Final = frozenset({"asctime", "message", DONE})
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | _LATER | {"taskName"}


def data_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what *record* carries besides its message: its `extra=`, its exception and its stack.

    >>> data_of(logging.makeLogRecord({"msg": "retry", "attempt": 1, "stack_info": "Stack …"}))
    {'attempt': 1, 'stack': 'Stack …'}
    """
    if type(record) is logging.LogRecord:
        data = dict(islice(record.__dict__.items(), _FIRST, None))
        if "message" in data or "asctime" in data or DONE in data:
            data = {name: value for name, value in data.items() if name not in _LATER}
    else:
        # A class of someone's own may have set others before.
        data = {name: value for name, value in record.__dict__.items() if name not in _OWN}
    try:
        # The quickest way to see that each is text, as the name of a keyword must be.
        "".join(data)
    except TypeError:
        data = {str(name): value for name, value in data.items()}
    if record.exc_info and record.exc_info[0] is not None:
        data["exc_info"] = record.exc_info
    elif record.exc_text:
        data["exception"] = record.exc_text
    if record.stack_info:
        data["stack"] = record.stack_info
    return data


def arguments_of(record: logging.LogRecord) -> tuple[Any, ...]:
    """Return what is to be fitted into the message of *record*."""
    if not record.args:
        return ()
    # Of one mapping the standard library makes the arguments themselves.
    return record.args if type(record.args) is tuple else (record.args,)
