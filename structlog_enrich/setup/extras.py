"""What a record of the standard library says, as a call of a logger takes it."""

from __future__ import annotations

import logging
from itertools import islice
from typing import Any, Final

from structlog.exceptions import DropEvent

__all__ = ["DONE", "arguments_of", "data_of", "message_of"]

DONE: Final = "_structlog_enrich_done"
"""The attribute of a record that was written or refused: it stays on the copies that a queue's handler makes."""

# What a record has by itself, in this order, and what others of the standard library set; the rest came as `extra=`.
# uvicorn gives its message once more, with a terminal's escapes.
_BY_ITSELF: Final = tuple(vars(logging.makeLogRecord({})))
_LAST: Final = len(_BY_ITSELF) - 1
_LATER: Final = frozenset({"asctime", "message", DONE, "color_message"})
_OWN: Final = frozenset(_BY_ITSELF) | _LATER | {"taskName"}


def data_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what *record* carries besides its message: its `extra=`, its exception and its stack.

    >>> data_of(logging.makeLogRecord({"msg": "retry", "attempt": 1, "stack_info": "Stack …"}))
    {'attempt': 1, 'stack': 'Stack …'}
    """
    attributes = islice(record.__dict__.items(), _LAST, None)
    last = next(attributes, None)
    if last is not None and last[0] == _BY_ITSELF[_LAST]:
        data = dict(attributes)
        if "message" in data or "asctime" in data or "color_message" in data or DONE in data:
            data = {name: value for name, value in data.items() if name not in _LATER}
    else:
        # A class of someone's own has set others before, or a filter has put one anew.
        data = {name: value for name, value in record.__dict__.items() if name not in _OWN}
    try:
        # The quickest way to see that each is text, as the name of a keyword must be.
        "".join(data)
    except TypeError:
        data = {str(name): value for name, value in data.items()}
    if (error := record.exc_info) and (type(error) is not tuple or error[0] is not None):
        data["exc_info"] = error
    elif record.exc_text:
        data.setdefault("exception", record.exc_text)
    if record.stack_info:
        data["stack" if "stack" not in data else "stack_info"] = record.stack_info
    return data


def message_of(record: logging.LogRecord) -> Any:
    """Return the message of *record*: an object of someone's own as the text that it is for the standard library."""
    message: Any = record.msg
    kind = type(message)
    if kind is str or (kind.__module__ == "builtins" and message is not None) or isinstance(message, BaseException):
        return message
    try:
        return str(message)
    except (Exception, DropEvent):  # noqa: BLE001 (the chain shows what can be shown of it)
        return message


def arguments_of(record: logging.LogRecord) -> tuple[Any, ...]:
    """Return what is to be fitted into the message of *record*."""
    if not record.args:
        return ()
    # Of one mapping the standard library makes the arguments themselves.
    return record.args if type(record.args) is tuple else (record.args,)
