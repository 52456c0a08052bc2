"""The first line of a process and its last."""

from __future__ import annotations

import atexit
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from structlog.exceptions import DropEvent

from structlog_enrich import process
from structlog_enrich.said import Facts, say

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["frame"]


def frame(
    log: Any,
    configuration: dict[str, Any],
    at_end: Callable[[Callable[[], None]], object] = atexit.register,
    account: Callable[[], dict[str, Any]] = dict,
) -> Callable[[], None]:
    """Write `log.start` now, and `log.stop` at the end of this process or when undone, whichever comes first.

    Between the two `seq` has no hole, so that a reader can tell what was lost at either end. A forked child writes
    neither: its lines are of a process of their own, which nobody framed.

    Args:
        log: A structlog logger.
        configuration: What to say of how lines are made.
        at_end: Calls what it is given at the end.
        account: What to say at the end.

    Returns:
        What writes `log.stop`.
    """
    state, is_said = process.current(), False
    _write(log, "log.start", configuration)

    def stop() -> None:
        nonlocal is_said
        atexit.unregister(stop)
        if process.state is state and not is_said:
            is_said = True
            _write(log, "log.stop", account())

    at_end(stop)
    return stop


def _write(log: Any, event_name: str, data: dict[str, Any]) -> None:
    # An object of its own, by which the line is known.
    message = f"{event_name} "[:-1]
    try:
        say(copy_context(), Facts(event_name), log.info, message, data)
    except (Exception, DropEvent):  # noqa: BLE001 (a sink that was closed ends no process, and stops nobody from undoing)
        return
