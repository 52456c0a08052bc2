"""Log what nobody caught in asyncio's tasks and callbacks."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.setup.records import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

__all__ = ["log_loops"]

NAME: Final = "asyncio"
"""The logger by which an event loop says what its exception handler is told."""

# What asyncio names of where it happened, the most telling first.
_PLACES: Final = ("task", "future", "handle")


def log_loops(log: Callable[..., None]) -> Callable[[], None]:
    """Log at `critical` each exception that an event loop tells its exception handler of, before that handler runs.

    The line is written in the context of the task it happened in, from Python 3.12 on, so that it is in the task's
    trace. A loop that isn't asyncio's own, such as uvloop's, tells the standard library's logger `asyncio`.

    Args:
        log: Writes a line: message, exception, payload.

    Returns:
        What undoes it.

    Source: `asyncio.loop.call_exception_handler`.
    """
    base = asyncio.BaseEventLoop
    before, is_live = base.call_exception_handler, True

    def call_exception_handler(self: asyncio.BaseEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not is_live or not isinstance(error, BaseException):
            return before(self, context)
        task = context.get("task") or context.get("future")
        name = task.get_name() if isinstance(task, asyncio.Task) else None
        said = str(context.get("message") or "uncaught exception in a task")
        _context_of(context).run(log, said, error, {} if name is None else {"task": name})
        with told(NAME, error):
            return before(self, context)

    base.call_exception_handler = call_exception_handler  # type: ignore[method-assign]

    def undo() -> None:
        nonlocal is_live
        is_live = False
        if base.call_exception_handler is call_exception_handler:
            base.call_exception_handler = before  # type: ignore[method-assign]

    return undo


def _context_of(context: dict[str, Any]) -> Context:
    for place in _PLACES:
        get_context = getattr(context.get(place), "get_context", None)
        if get_context is not None:
            # A copy: the task's own may be entered at this moment.
            return get_context().copy()  # type: ignore[no-any-return]
    return copy_context()
