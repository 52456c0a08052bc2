"""Threads and locks of the system."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery import system
from tests.delivery.conftest import shrink, until

if TYPE_CHECKING:
    from collections.abc import Callable


PATCHES = {
    "eventlet": "import eventlet; eventlet.monkey_patch()",
    "gevent": "from gevent.monkey import patch_all; patch_all()",
}


class TestLocks:
    """Locks of the system."""

    def test_lock(self) -> None:
        """The one can be taken once."""
        lock = system.allocate_lock()
        assert (True, False) == (lock.acquire(blocking=False), lock.acquire(blocking=False))

    def test_rlock(self) -> None:
        """The other by its owner again."""
        lock = system.allocate_rlock()
        assert (True, True) == (lock.acquire(blocking=False), lock.acquire(blocking=False))
        assert lock._is_owned()  # noqa: SLF001 (what the package asks)

    def test_pause(self) -> None:
        """A pause ends by itself."""
        system.pause(0.001)


class TestStartThread:
    """A thread that nobody waits for."""

    def test_named(self) -> None:
        """It bears its name, where a debugger shows it, and isn't waited for at the end."""
        found: list[threading.Thread] = []
        system.start_thread(lambda: found.append(threading.current_thread()), "ours")
        until(lambda: found)
        assert [("ours", True)] == [(each.name, each.daemon) for each in found]

    def test_traced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What traces and profiles the threads to come does so with this one."""
        found: list[object] = []

        def trace(*arguments: object) -> None:
            return

        monkeypatch.setattr(threading, "gettrace", lambda: trace)
        monkeypatch.setattr(threading, "getprofile", lambda: trace)
        system.start_thread(lambda: found.append((sys.gettrace(), sys.getprofile())), "ours")
        until(lambda: found)
        assert [(trace, trace)] == found

    def test_main_interpreter(self) -> None:
        """In the main interpreter threads may be started."""
        assert system.can_run_threads()


class TestPollForRoom:
    """Wait until a descriptor takes something."""

    def test_room(self, pipe: tuple[int, int]) -> None:
        """There is room in an empty pipe, none in a full one, and a broken one says so at once."""
        read, write = pipe
        shrink(write)
        assert system.poll_for_room(write, 0)
        os.set_blocking(write, False)
        with suppress(BlockingIOError):
            while True:
                os.write(write, b"x" * 4_096)
        assert not system.poll_for_room(write, 0.001)
        os.close(read)
        assert system.poll_for_room(write, 60)

    def test_without_poll(self, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the system has no `poll` the answer is yes, after a short while."""
        monkeypatch.delattr("select.poll")
        assert system.poll_for_room(pipe[1], 60)


class TestPatched:
    """Green threads' stand-ins are seen through."""

    @pytest.mark.parametrize("order", ["first", "later"])
    @pytest.mark.parametrize("library", PATCHES)
    def test_originals(self, library: str, order: str, run_python: Callable[..., object]) -> None:
        """The system's own are used whatever was put in their place, before the import or after it."""
        if find_spec(library) is None:
            pytest.skip(f"{library} isn't installed")
        load = "from structlog_enrich.delivery import system"
        run_python(
            f"""
import warnings
warnings.simplefilter("ignore")
{load if order == "later" else ""}
{PATCHES[library]}
{load}
for lock in (system.allocate_lock(), system.allocate_rlock()):
    assert type(lock).__module__ == "_thread", type(lock)
"""
        )
