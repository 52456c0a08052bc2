"""What a process's end and a fork mean for its writers."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from functools import cache, partial
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from structlog_enrich.delivery.each import call_each

if TYPE_CHECKING:
    from structlog_enrich.delivery.writer import Writer

__all__ = ["finish_with_process", "watch_process"]

_WRITERS: Final[list[ref[Writer]]] = []


def watch_process(writer: Writer) -> bool:
    """Let *writer* finish at the exit of this process, and begin anew in a forked child.

    The first call registers the hooks, so exit hooks that are registered later run earlier, and what they log is taken
    as ever; what others log afterwards is written at once.

    Returns:
        Whether that will be: a hook that is registered while exit hooks run may never run itself.
    """
    _register()
    # Each one call of C: other threads make writers and let go of them meanwhile, and a lock might be held by a fork.
    _WRITERS.append(ref(writer, _WRITERS.remove))
    return threading.main_thread().is_alive()


def finish_with_process() -> bool:
    """Let a child of `multiprocessing`, or of Celery's billiard, finish its writers: such a one may run no exit hooks.

    That of `multiprocessing` runs them from Python 3.13 on.

    Returns:
        Whether that will be; it won't when such a child has ended but for its last threads.
    """
    families = [name for name in ("multiprocessing", "billiard") if _is_child_of(sys.modules.get(f"{name}.process"))]
    for name in families:
        # It is loaded, as this is a child of it; to import it would wait, in a forked one, for a thread that did so.
        # The last of all that have a priority, before children are joined.
        util: Any = sys.modules[f"{name}.util"]
        util.Finalize(None, _finish, exitpriority=0)
    return not families or threading.main_thread().is_alive()


def _is_child_of(process: Any) -> bool:
    # Of the two only one has `parent_process`.
    return process is not None and process.current_process()._parent_pid is not None  # noqa: SLF001


@cache
def _register() -> None:
    atexit.register(_finish)
    # Windows has neither fork nor the hook.
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forget)


def _finish() -> None:
    since = monotonic_ns()
    writers = [each() for each in _WRITERS.copy()]
    call_each([partial(writer.finish, since=since) for writer in writers if writer is not None])


def _forget() -> None:
    # Plain objects are replaced; nothing is locked, started or logged, for the process may be in any state.
    writers = [each() for each in _WRITERS.copy()]
    call_each([writer.forget for writer in writers if writer is not None])
