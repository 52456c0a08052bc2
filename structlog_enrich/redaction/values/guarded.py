"""A gate that a fork and the end of the process can't turn into a trap.

google-re2 looks at a text without the interpreter's lock and behind locks of its own. A child that is forked meanwhile
would wait for those for ever, and a thread that comes back from there while the interpreter ends takes the process
down. So a child of a process that had one thread, beside a writer's, makes a gate of its own when it needs one; in a
child of one that had several, and at exit, `re` takes over.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Gate"]


class Gate:
    """Say of a text as UTF-8, by something true, that it may hold a secret.

    Args:
        make: Returns what says so by google-re2, or None where that can't; asked anew in a child.
        search: Says so by `re`.

    Attributes:
        match: What says so now.

    >>> Gate(lambda: None, lambda data: b"key" in data).match(b"a key")
    True
    """

    __slots__ = ("__weakref__", "_make", "_search", "is_fast", "match")

    match: Callable[[bytes], object]

    def __init__(self, make: Callable[[], Callable[[bytes], object] | None], search: Callable[[bytes], object]) -> None:
        self._make = make
        self._search = search
        found = make() if _process.may_be_fast else None
        self.is_fast: Final = found is not None
        self.match = search if found is None else found
        if found is not None:
            _keep(self)

    def renew(self) -> None:
        """Make another when the next text comes."""
        self.match = self._made

    def retire(self) -> None:
        """Leave it to `re` from now on."""
        self.match = self._search

    def _made(self, data: bytes) -> object:
        # Threads that come here together make the same.
        self.match = self._make() or self._search
        return self.match(data)


_MOST_WAITS: Final = 500
_PACKAGE: Final = "structlog_enrich"
# What the threads of a writer are called.
_WRITERS: Final = "structlog-enrich "


class _Process:
    """Know of this process whether hooks are set, whether it forks alone, and whether google-re2 can be used in it."""

    __slots__ = ("is_alone", "is_hooked", "may_be_fast")

    def __init__(self) -> None:
        self.is_hooked = False
        self.is_alone = True
        self.may_be_fast = True

    def before_fork(self) -> None:
        # A writer's own threads seldom look at a text, and else hold nothing that a child could wait for.
        others = [each for each in threading.enumerate() if not each.name.startswith(_WRITERS)]
        self.is_alone = len(others) == 1 and not _someone_looks()

    def in_child(self) -> None:
        self.may_be_fast = self.may_be_fast and self.is_alone
        _each(Gate.renew if self.may_be_fast else Gate.retire)


_GATES: Final[WeakSet[Gate]] = WeakSet()
_process: Final = _Process()


def _keep(gate: Gate) -> None:
    # Once for each process, and not before it is needed.
    if not _process.is_hooked:
        _process.is_hooked = True
        atexit.register(_leave)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=_process.before_fork, after_in_child=_process.in_child)
    _GATES.add(gate)


def _leave() -> None:
    _each(Gate.retire)
    # Whoever is looking at a text now comes back before the interpreter ends. No look takes a millisecond, but a thread
    # among busy ones may wait for its turn.
    for _ in range(_MOST_WAITS):
        if not _someone_looks():
            break
        time.sleep(0.001)


def _someone_looks() -> bool:
    own = threading.get_ident()
    codes = [frame.f_code for ident, frame in sys._current_frames().items() if ident != own]  # noqa: SLF001
    # A thread within google-re2 stands where it was called.
    return any("match" in code.co_names and _PACKAGE in code.co_filename for code in codes)


def _each(what: Callable[[Gate], None]) -> None:
    # A copy of what it holds: other threads may add to it, and the collector may take from it.
    for gate in list(_GATES):
        what(gate)
