"""Threads and locks of the system."""

from __future__ import annotations

import _thread
import os
import socket
import sys
import threading
from contextlib import suppress
from importlib.util import find_spec
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import system
from tests.delivery.conftest import shrink, until

if TYPE_CHECKING:
    from collections.abc import Callable


PATCHES = {
    "eventlet": "import eventlet; eventlet.monkey_patch()",
    "gevent": "from gevent.monkey import patch_all; patch_all()",
}


class TestHasGreenThreads:
    """It is told from what gevent and eventlet say they have put in the place of threads."""

    @pytest.mark.parametrize("expected", [True, False])
    @pytest.mark.parametrize(
        ("library", "question", "asked"),
        [
            ("gevent.monkey", "is_module_patched", "threading"),
            ("eventlet.patcher", "is_monkey_patched", "thread"),
        ],
    )
    def test_told(
        self,
        library: str,
        question: str,
        asked: str,
        expected: bool,  # noqa: FBT001 (a case)
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Each is asked for threads, in its own words."""
        assert not system.has_green_threads()
        answers = SimpleNamespace(**{question: {asked: expected}.__getitem__})
        monkeypatch.setitem(sys.modules, library, answers)  # type: ignore[arg-type]
        assert expected is system.has_green_threads()


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


class TestDuplicate:
    """A descriptor of one's own."""

    def test_behind_the_standard_streams(self, run_python: Callable[..., object]) -> None:
        """It is none of theirs, also where these are closed, and no child inherits it."""
        run_python(
            """
import os
from structlog_enrich.delivery.system import duplicate
read, write = os.pipe()
os.close(0)
found = duplicate(write)
assert found > 2, found
assert not os.get_inheritable(found)
os.write(found, b"paid")
assert b"paid" == os.read(read, 4)
"""
        )

    def test_from_there_on(self, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        """It is the first free one from a number on; where the system can't be asked for that, any."""
        monkeypatch.setattr(system, "_FIRST", 100)
        found = system.duplicate(pipe[1])
        assert 100 <= found
        os.close(found)
        monkeypatch.setattr(system, "fcntl", None)
        found = system.duplicate(pipe[1])
        assert 100 > found
        os.write(found, b"paid")
        assert b"paid" == os.read(pipe[0], 4)
        os.close(found)


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

    @pytest.mark.parametrize("library", ["gevent.monkey", "eventlet.patcher"])
    def test_beside_green_threads(self, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """`threading`, which may have become theirs, is asked for nothing there, and misses nothing at the end."""

        def original(module: str, name: str | None = None) -> Any:
            return sys.modules[module] if name is None else getattr(sys.modules[module], name)

        monkeypatch.setitem(sys.modules, library, SimpleNamespace(get_original=original, original=original))  # type: ignore[arg-type]
        before = _thread._count()  # noqa: SLF001 (also those that `threading` doesn't know)
        known: list[bool] = []
        raised: list[object] = []
        monkeypatch.setattr(sys, "unraisablehook", raised.append)
        system.start_thread(lambda: known.append(_thread.get_ident() in threading._active), "ours")  # type: ignore[attr-defined]  # noqa: SLF001
        until(lambda: known and _thread._count() <= before)  # noqa: SLF001 (likewise)
        assert ([False], []) == (known, raised)

    def test_forgotten(self) -> None:
        """When it has ended `threading` knows of it no more."""
        idents: list[int] = []

        def run() -> None:
            threading.current_thread()
            idents.append(_thread.get_ident())

        before = {*threading._active}  # type: ignore[attr-defined]  # noqa: SLF001 (what it keeps)
        system.start_thread(run, "ours")
        until(lambda: idents and {*threading._active} == before)  # type: ignore[attr-defined]  # noqa: SLF001

    @pytest.mark.parametrize(("library", "way"), [("gevent.monkey", "get_original"), ("eventlet.patcher", "original")])
    def test_originals(self, library: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """What makes a lock there is what the library says that it was."""
        module = SimpleNamespace(allocate_lock=lambda: "a lock")

        def original(name: str, what: str | None = None) -> Any:
            assert "_thread" == name
            return module if what is None else getattr(module, what)

        monkeypatch.setitem(sys.modules, library, SimpleNamespace(**{way: original}))  # type: ignore[arg-type]
        assert "a lock" == system.allocate_lock()

    def test_main_interpreter(self) -> None:
        """In the main interpreter threads may be started."""
        assert system.can_run_threads()

    @pytest.mark.parametrize("name", ["_is_main_interpreter", "daemon_threads_allowed"])
    def test_forbidden(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where Python says that none may be started none is; before 3.12 it says nothing."""
        monkeypatch.setattr(_thread, name, lambda: False, raising=False)
        assert not system.can_run_threads()

    @pytest.mark.parametrize(("current", "expected"), [(0, True), (1, False)])
    def test_in_a_sub_interpreter(self, current: int, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 (a table)
        """There is one main interpreter; where Python knows of no others it is this one."""
        known = SimpleNamespace(get_current=lambda: current, get_main=lambda: 0)
        monkeypatch.setattr(system, "_interpreters", known)
        assert expected == system._is_main_interpreter()  # noqa: SLF001 (what 3.11 asks)
        monkeypatch.setattr(system, "_interpreters", None)
        assert system._is_main_interpreter()  # noqa: SLF001 (what 3.11 asks)


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
        paused: list[float] = []
        monkeypatch.setattr(system, "pause", paused.append)
        assert system.poll_for_room(pipe[1], 60)
        assert system.poll_for_room(pipe[1], 0.001)
        assert [0.01, 0.001] == paused

    def test_nothing_but_room(self) -> None:
        """What could be read there is no room."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.settimeout(0)
            with suppress(BlockingIOError):
                while True:
                    ours.send(b"x" * 65_536)
            theirs.send(b"x")
            assert not system.poll_for_room(ours.fileno(), 0)

    @pytest.mark.parametrize(("seconds", "expected"), [(2.5, 2_500), (0, 0), (-1, 0)])
    def test_how_long(self, seconds: float, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """It waits as many milliseconds as that is, and for nothing in the past."""
        waited: list[int] = []

        class Polled:
            def register(self, *arguments: int) -> None:
                return

            def poll(self, timeout: int) -> list[object]:
                waited.append(timeout)
                return []

        monkeypatch.setattr(system.select, "poll", Polled)
        assert not system.poll_for_room(1, seconds)
        assert [expected] == waited


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
