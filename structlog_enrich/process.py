"""The state of this process: its boot id, its line counters, its pid and its boot trace.

It lives here and nowhere else. A processor never keeps it and never pickles it, so a chain that arrives in another
process by fork, pickle or spawn writes with that process's own identity.
"""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ProcessState", "current", "random_id"]


def random_id(length: int) -> str:
    """Return random lower-case hex that W3C Trace Context accepts as an id: never all zeros.

    Args:
        length: How many bytes; the text is twice as long. 8 makes a span id, 16 a trace id.

    Source: W3C Trace Context, section 3.2.2 (`trace-id` and `parent-id`).

    >>> len(random_id(8))
    16
    """
    while not (text := os.urandom(length).hex()).strip("0"):
        pass
    return text


class ProcessState:
    """Hold what is true of one process from its start (or its fork) to its end.

    Attributes:
        boot_id: 16 lower hex, random per process start.
        boot_trace_id: 32 lower hex, the trace of every line outside any request.
        process_id: The pid.
        next_seq: Return the next `seq` of the lines that have no stream name; atomic, from 0.
    """

    __slots__ = ("_streams", "boot_id", "boot_trace_id", "next_seq", "process_id")

    def __init__(self) -> None:
        self.boot_id: Final = random_id(8)
        self.boot_trace_id: Final = random_id(16)
        self.process_id: Final = os.getpid()
        self.next_seq: Final[Callable[[], int]] = itertools.count().__next__
        self._streams: dict[str, Callable[[], int]] = {}

    def __repr__(self) -> str:
        return f"<ProcessState(boot_id={self.boot_id!r}, process_id={self.process_id})>"

    def counter(self, stream: str | None) -> Callable[[], int]:
        """Return the counter of *stream*: one per name, so that each destination's lines have no hole.

        Args:
            stream: The name given to `preset(stream=…)`; None is the process's main chain.
        """
        if stream is None:
            return self.next_seq
        # setdefault is one atomic step: two threads that ask first get the same counter.
        return self._streams.setdefault(stream, itertools.count().__next__)


state: ProcessState | None = None
"""The state of this process once `current()` made it. Read by identity: a new object means a new process."""

_made: Final[dict[str, ProcessState]] = {}


def current() -> ProcessState:
    """Return the state of this process, made at the first call.

    The first call also registers the hook that gives a forked child a state of its own.
    """
    global state  # noqa: PLW0603 (the one place where process state is kept)
    if state is None:
        fresh = ProcessState()
        # setdefault is one atomic step: of two threads that come first, one wins and both see its object.
        first = _made.setdefault("state", fresh)
        if first is fresh:
            _register_fork_hook()
        state = first
    return state


def _register_fork_hook() -> None:
    # Windows has neither fork nor the hook.
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_renew)


def _renew() -> None:
    # Runs in the child before anything else: it only makes plain objects, takes no lock and logs nothing.
    global state  # noqa: PLW0603
    state = ProcessState()
