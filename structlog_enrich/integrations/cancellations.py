"""Whose a cancellation is: of the work itself, or of something that the work awaited."""

from __future__ import annotations

import sys

__all__ = ["is_awaited"]


def is_awaited(error: BaseException) -> bool:
    """Return whether *error* is a cancellation though nobody cancelled the current task.

    Who awaits something that was cancelled is raised the same as who is cancelled, but is at fault itself. Where no
    task of asyncio can be asked, a cancellation is what it seems.

    Source: `asyncio.Task.cancelling`.

    >>> is_awaited(KeyError("stock"))
    False
    """
    asyncio = sys.modules.get("asyncio")
    try:
        return (
            asyncio is not None
            and issubclass(type(error), asyncio.CancelledError)
            and not asyncio.current_task().cancelling()
        )
    except Exception:  # noqa: BLE001 (no loop that runs, or one of another library, or a task of its own)
        return False
