"""What a process's end and a fork mean for its writers."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from time import monotonic_ns
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.delivery import DropNewest, Writer, lifecycle
from structlog_enrich.delivery.lifecycle import finish_with_process, watch_process
from tests.delivery.faulty import Collecting

if TYPE_CHECKING:
    from collections.abc import Callable


class TestWatchProcess:
    """Writers finish with the process, and are let go of before it when nobody needs them."""

    def test_nothing_at_import(self, run_python: Callable[..., object]) -> None:
        """Hooks are registered by the first writer, not by the import, and once."""
        run_python(
            """
import atexit, os
from structlog_enrich.delivery import Writer
registered = []
atexit.register = registered.append
os.register_at_fork = lambda **hooks: registered.append(hooks)
import structlog_enrich.delivery.lifecycle
assert registered == []
Writer(1), Writer(1)
assert len(registered) == 2, registered
"""
        )

    def test_let_go(self) -> None:
        """A writer that is closed and forgotten is kept by nobody."""
        writer = Writer(Collecting())
        writer().info(b"paid")
        writer.close()
        kept = weakref.ref(writer)
        del writer
        gc.collect()
        assert None is kept()

    def test_many_threads(self) -> None:
        """Writers that several threads make and let go of stay known as long as they are, and no longer."""
        before = len(lifecycle._WRITERS)  # noqa: SLF001 (what the hooks read)
        kept: list[Writer] = []

        def make() -> None:
            for number in range(200):
                writer = Writer(Collecting())
                if number % 50 == 0:
                    kept.append(writer)

        threads = [threading.Thread(target=make) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        gc.collect()
        known = [each() for each in lifecycle._WRITERS]  # noqa: SLF001 (likewise)
        assert (16, None not in known) == (sum(each in known for each in kept), True)
        assert before + 16 >= len(known)

    def test_let_go_meanwhile(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A writer that goes while another is finished or forgotten makes neither hook leave one out."""
        found: list[str] = []

        class Named:
            def __init__(self, name: str, then: Callable[[], object]) -> None:
                self.name = name
                self.then = then

            def finish(self, **_: int) -> None:
                found.append(self.name)
                self.then()

            forget = finish

        monkeypatch.setattr(lifecycle, "_WRITERS", [])
        for hook in (lifecycle._finish, lifecycle._forget):  # noqa: SLF001 (what the process calls)
            held: list[Any] = [Named("gone", list)]
            held += [Named("first", lambda held=held: held.pop(0)), Named("second", list), Named("third", list)]
            for each in held:
                watch_process(each)
            hook()
            del each
            held.clear()
            gc.collect()
        assert ["gone", "first", "second", "third"] * 2 == found
        assert [] == lifecycle._WRITERS  # noqa: SLF001 (what the hooks read)

    def test_while_it_runs(self) -> None:
        """While the process runs its exit is to come, and so are the hooks."""
        with Writer(Collecting()) as writer:
            assert watch_process(writer)
        assert finish_with_process()


class TestHooks:
    """What the process calls at its end, and after a fork."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Return what a writer is asked, behind one that nobody has any more."""
        told: list[str] = []

        class Asked:
            def finish(self, **_: int) -> None:
                told.append("finish")

            def forget(self) -> None:
                told.append("forget")

        writer = Asked()
        monkeypatch.setattr(lifecycle, "_WRITERS", [lambda: None, lambda: writer])
        return told

    def test_of_the_process(self, asked: list[str]) -> None:
        """Those that are left finish with the process, and begin anew in a child."""
        lifecycle._finish()  # noqa: SLF001 (what `atexit` calls)
        lifecycle._forget()  # noqa: SLF001 (what a fork calls)
        assert ["finish", "forget"] == asked

    def test_all_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The time that each may take began as the exit did."""
        given: list[int] = []

        class Slow:
            def finish(self, *, since: int) -> None:
                given.append(since)

        writer = Slow()
        monkeypatch.setattr(lifecycle, "_WRITERS", [lambda: writer] * 3)
        before = monotonic_ns()
        lifecycle._finish()  # noqa: SLF001 (what `atexit` calls)
        assert before <= given[0] <= monotonic_ns()
        assert given[:1] * 3 == given

    def test_too_late(self, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        """A child of these that has ended but for its last threads finishes nothing any more, and says so."""
        current = SimpleNamespace(_parent_pid=1)
        monkeypatch.setitem(sys.modules, "multiprocessing.util", SimpleNamespace(Finalize=lambda *_, **__: None))
        monkeypatch.setitem(sys.modules, "multiprocessing.process", SimpleNamespace(current_process=lambda: current))
        monkeypatch.setattr(threading.main_thread(), "is_alive", bool)
        assert not finish_with_process()

    def test_interrupted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that is interrupted, by Ctrl-C say, stops no other; who asked is told."""
        told: list[str] = []

        class Interrupted:
            def finish(self, **_: int) -> None:
                told.append("finish")
                raise KeyboardInterrupt

        writer = Interrupted()
        monkeypatch.setattr(lifecycle, "_WRITERS", [lambda: writer] * 3)
        with pytest.raises(KeyboardInterrupt):
            lifecycle._finish()  # noqa: SLF001 (what `atexit` calls)
        assert ["finish"] * 3 == told

    def test_one_fails_to_forget(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that can't begin anew in a child, for what is someone's own, does what it can, and stops no other."""

        class Stubborn(Collecting):
            def forget(self) -> None:
                raise RuntimeError

        class StubbornPolicy(DropNewest):
            def forget(self) -> None:
                raise LookupError

        writers = [Writer(Stubborn()), Writer(Collecting(), on_full=StubbornPolicy()), Writer(Collecting())]
        monkeypatch.setattr(lifecycle, "_WRITERS", [lambda writer=writer: writer for writer in writers])
        for writer in writers:
            writer().info(b"the parent's")
            assert writer.flush()
        with pytest.raises(LookupError):
            lifecycle._forget()  # noqa: SLF001 (what a fork calls)
        for writer in writers:
            assert ("new", 0) == (writer.stats().state, writer.stats().emitted)
            writer().info(b"the child's")
            assert writer.close()
            assert 1 == writer.stats().written

    @pytest.mark.parametrize("is_child", [True, False])
    @pytest.mark.parametrize("name", ["multiprocessing", "billiard"])
    def test_children(self, name: str, is_child: bool, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 (a case)
        """A child of these, which may run no exit hooks, has them called by its own way; none other has."""
        for each in ("multiprocessing", "billiard"):
            monkeypatch.delitem(sys.modules, f"{each}.process", raising=False)
        made: list[tuple[object, Any, int | None]] = []
        finalize = SimpleNamespace(Finalize=lambda owner, call, exitpriority: made.append((owner, call, exitpriority)))
        current = SimpleNamespace(_parent_pid=1 if is_child else None)
        monkeypatch.setitem(sys.modules, f"{name}.util", finalize)
        monkeypatch.setitem(sys.modules, f"{name}.process", SimpleNamespace(current_process=lambda: current))
        assert finish_with_process()
        for owner, call, priority in made:
            assert (None, 0) == (owner, priority)
            call()
        assert ["finish"] * is_child == asked
        # In most programs it isn't there at all.
        monkeypatch.delitem(sys.modules, f"{name}.process")
        assert finish_with_process()
        assert len(made) == is_child
