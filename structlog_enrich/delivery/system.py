"""Threads and locks of the operating system, also where gevent or eventlet put others in their place."""

from __future__ import annotations

import _thread
import os
import select
import sys
import threading
from _thread import get_ident
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# All is imported here: where one thread imports as it logs, and another forks, the child's import would wait for ever.
fcntl: Any = None
with suppress(ImportError):
    import fcntl
_interpreters: Any = None
with suppress(ImportError):
    # What 3.11 has for its own tests.
    import _xxsubinterpreters as _interpreters  # type: ignore[import-not-found, no-redef]

__all__ = [
    "allocate_lock",
    "allocate_rlock",
    "can_run_threads",
    "duplicate",
    "fcntl",
    "get_ident",
    "get_thread_ident",
    "has_green_threads",
    "pause",
    "poll_for_room",
    "read",
    "start_thread",
    "write",
]


write: Final[Callable[[int, bytes | memoryview], int]] = import_module(os.name).write
"""What `os.write` is until eventlet puts one in its place that waits for the descriptor in a loop of its own."""

read: Final[Callable[[int, int], bytes]] = import_module(os.name).read
"""What `os.read` is until then."""

# Behind the standard streams.
_FIRST: Final = 3
# As the interpreter ends `sys.modules` is empty before the last line is logged.
_MODULES: Final = {"_thread": _thread, "select": select}


def _original(module: str, name: str) -> Any:
    """Return what *name* was in *module* before someone replaced it for green threads.

    A writer that ran as a green thread would stop all of them while its sink is slow, and a green lock can't be waited
    for from a thread of the system.
    """
    monkey: Any = sys.modules.get("gevent.monkey")
    if monkey is not None:
        return monkey.get_original(module, name)
    patcher: Any = sys.modules.get("eventlet.patcher")
    if patcher is not None:
        return getattr(patcher.original(module), name)
    return getattr(_MODULES[module], name)


get_thread_ident: Final[Callable[[], int]] = _original("_thread", "get_ident")
"""The number of the system's thread, while `get_ident` may say a green one's."""


def has_green_threads() -> bool:
    """Tell whether the threads of the program are gevent's or eventlet's, which share one of the system."""
    monkey: Any = sys.modules.get("gevent.monkey")
    patcher: Any = sys.modules.get("eventlet.patcher")
    return (monkey is not None and bool(monkey.is_module_patched("threading"))) or (
        patcher is not None and bool(patcher.is_monkey_patched("thread"))
    )


def allocate_lock() -> Any:
    """Return a lock of the system, which is no re-entrant one."""
    return _original("_thread", "allocate_lock")()


def allocate_rlock() -> Any:
    """Return a lock of the system, which is a re-entrant one and knows who has it."""
    return _original("_thread", "RLock")()


def can_run_threads() -> bool:
    """Tell whether a thread may outlive the code that started it: not in a sub-interpreter, which would abort."""
    # Both are of 3.12 and later.
    is_main = getattr(_thread, "_is_main_interpreter", _is_main_interpreter)
    allowed = getattr(_thread, "daemon_threads_allowed", None)
    return is_main() and (allowed is None or allowed())


def _is_main_interpreter() -> bool:
    return _interpreters is None or bool(_interpreters.get_current() == _interpreters.get_main())


def start_thread(run: Callable[[], object], name: str) -> None:
    """Start a thread that nobody waits for.

    Not as `threading.Thread`, whose start takes a lock of Python's: a finaliser that logs while another thread is being
    started would wait for itself.

    Raises:
        RuntimeError: The system has no room for one, or the interpreter is ending.
    """

    def named() -> None:
        # What a debugger or a measurement of coverage asked for threads to come is theirs to have.
        if (trace := threading.gettrace()) is not None:
            sys.settrace(trace)
        if (profile := threading.getprofile()) is not None:
            sys.setprofile(profile)
        if "gevent.monkey" not in sys.modules and "eventlet.patcher" not in sys.modules:
            threading.current_thread().name = name
        try:
            run()
        finally:
            # Before 3.13 nobody else does it for a thread that isn't `threading`'s own.
            threading._active.pop(get_ident(), None)  # type: ignore[attr-defined]  # noqa: SLF001

    _original("_thread", "start_new_thread")(named, ())


def duplicate(fd: int) -> int:
    """Return another descriptor of what *fd* is, which no child inherits, and which is none of the standard streams'.

    A program that was started with one of these closed would else have its log where others write their messages.
    """
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _FIRST) if fcntl else os.dup(fd)


def poll_for_room(fd: int, timeout: float) -> bool:
    """Wait until *fd* takes something, at most *timeout* seconds; return whether it does, or has failed.

    Where the system has no `poll` the wait is short and the answer yes.
    """
    if hasattr(select, "poll"):
        waiting = _original("select", "poll")()
        waiting.register(fd, select.POLLOUT)
        return bool(waiting.poll(max(0, round(timeout * 1_000))))
    pause(min(timeout, 0.01))
    return True


def pause(seconds: float) -> None:
    """Let other threads run for so long, the green ones of this thread not."""
    lock = allocate_lock()
    lock.acquire()
    lock.acquire(timeout=seconds)
