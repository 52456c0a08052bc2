"""The standard library's `logging` as its documentation sets it up: one handler of the root, and the bound names."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Any, Final

from benchmarks.workload import CONTEXT

__all__ = ["LOGGER", "logger_to"]

LOGGER: Final = "shop"
"""The name of the logger that is called."""

_BOUND: Final[ContextVar[dict[str, Any]]] = ContextVar("benchmarks.bound")


def logger_to(handler: logging.Handler) -> logging.Logger:
    """Give *handler* to the root logger and return the logger to call.

    The names that a request binds come from a context variable through a filter of the handler, as in the logging
    cookbook.
    """
    _BOUND.set(CONTEXT)
    handler.addFilter(_add_bound)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return logging.getLogger(LOGGER)


def _add_bound(record: logging.LogRecord) -> bool:
    vars(record).update(_BOUND.get())
    return True
