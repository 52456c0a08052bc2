"""Exceptions of an application, and what the stage and the chain make of them."""

from __future__ import annotations

from typing import Any

import orjson

from structlog_enrich import preset
from structlog_enrich.processors import ErrorDetails

HERE = __name__


class Shop(Exception):
    """An exception of an application."""


def raised(error: BaseException, **chained: Any) -> BaseException:
    """Return *error* as it is once it was raised and caught."""
    try:
        if "cause" in chained:
            raise error from chained["cause"]
        raise error
    except BaseException as caught:
        return caught


def details(**keywords: Any) -> dict[str, Any]:
    """Return what the stage alone makes of an event."""
    event = ErrorDetails(key="error")(None, "error", {"event": "declined", **keywords})
    error: dict[str, Any] = event["error"]
    return error


def line_of(validator: Any, method: str = "error", **keywords: Any) -> dict[str, Any]:
    """Return the line of one event through `preset()`, valid."""
    flat: Any = {"event": "declined", **keywords}
    for stage in preset():
        flat = stage(None, method, flat)
    line: dict[str, Any] = orjson.loads(flat)
    validator.validate(line)
    return line
