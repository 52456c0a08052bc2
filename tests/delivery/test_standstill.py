"""Bring those who log to a stand."""

from __future__ import annotations

import sys
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich.delivery import standstill as module
from structlog_enrich.delivery.loggers import Watch
from structlog_enrich.delivery.standstill import Standstill
from tests.delivery.conftest import until

if TYPE_CHECKING:
    from collections.abc import Callable


class Scene:
    """A standstill and what happens at it; a logger whose processor is *amid* and which then arrives at it."""

    def __init__(self, amid: Callable[[Scene], object] = lambda _: None, patience: float = 60.0) -> None:
        self.watch = Watch(1, bool)
        self.watch.attention = False
        self.standstill = Standstill(self.watch, patience)
        self.said: list[str] = []
        self.asked: list[int] = []
        self._amid = amid
        self.log = structlog.wrap_logger(structlog.ReturnLogger(), processors=[self._process, self._arrive])

    def begin(self) -> None:
        """Do what a signal's handler does."""
        self.standstill.begin(lambda: self.said.append("end"), sys._getframe(1), self.asked.append)  # noqa: SLF001

    def _process(self, _logger: Any, _name: str, event_dict: Any) -> Any:
        self._amid(self)
        return event_dict

    def _arrive(self, _logger: Any, _name: str, event_dict: Any) -> Any:
        self.said.append(event_dict["event"])
        self.standstill.arrive()
        return event_dict


class TestBegin:
    """The process ends when nobody is amid a call of a logger."""

    def test_nobody_logs(self) -> None:
        """Then it ends at once; where it lives on, all goes on."""
        scene = Scene()
        scene.begin()
        assert (["end"], False) == (scene.said, scene.standstill.is_wanted)
        # From that moment on whoever hands a line over looks.
        assert scene.watch.attention

    def test_amid_a_call(self) -> None:
        """Interrupted amid a call, that hands its line over first."""
        scene = Scene(Scene.begin)
        scene.log.info("paid")
        assert (["paid", "end"], False) == (scene.said, scene.standstill.is_wanted)

    def test_second(self) -> None:
        """A second signal doesn't wait for it."""

        def twice(scene: Scene) -> None:
            scene.begin()
            assert [] == scene.said
            scene.begin()

        scene = Scene(twice)
        scene.log.info("paid")
        assert ["end", "paid"] == scene.said

    def test_asked_again(self) -> None:
        """Where that call takes long the signal is sent again, to the very thread."""

        def long(scene: Scene) -> None:
            scene.begin()
            until(lambda: scene.asked)

        scene = Scene(long)
        scene.log.info("paid")
        assert [threading.get_ident()] == scene.asked

    def test_not_asked_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where it has ended meanwhile it isn't."""
        ended = threading.Event()
        start = module.start_thread
        monkeypatch.setattr(module, "start_thread", lambda run, name: start(lambda: (run(), ended.set()), name))
        scene = Scene(Scene.begin)
        scene.log.info("paid")
        assert ended.wait(60)
        assert [] == scene.asked

    def test_no_thread(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where nobody could send it again it ends at once."""

        def refuse(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(module, "start_thread", refuse)
        scene = Scene(Scene.begin)
        scene.log.info("paid")
        assert ["end", "paid"] == scene.said

    def test_another_amid_a_call(self) -> None:
        """Another thread's call hands its line over first, and then that thread stays until the end."""
        entered, leave = threading.Event(), threading.Event()

        def rest(_: Scene) -> None:
            entered.set()
            leave.wait(60)

        scene = Scene(rest)
        other = threading.Thread(target=scene.log.info, args=("paid",))
        other.start()
        assert entered.wait(60)
        threading.Timer(0.01, leave.set).start()

        def end() -> None:
            scene.said.append("end")
            other.join(0.05)
            assert other.is_alive()

        scene.standstill.begin(end, None, scene.asked.append)
        assert ["paid", "end"] == scene.said
        other.join(60)
        assert not other.is_alive()

    def test_another_for_long(self) -> None:
        """One that takes longer than 250 ms isn't waited for."""
        entered, leave = threading.Event(), threading.Event()
        scene = Scene(lambda _: (entered.set(), leave.wait(60)))
        other = threading.Thread(target=scene.log.info, args=("paid",))
        other.start()
        assert entered.wait(60)
        began = monotonic()
        scene.begin()
        assert ["end"] == scene.said
        assert 0.25 <= monotonic() - began < 5
        leave.set()
        other.join(60)

    def test_raises(self) -> None:
        """What the end raises comes out where it was, and all goes on."""
        scene = Scene()
        with pytest.raises(SystemExit):
            scene.standstill.begin(sys.exit, None, scene.asked.append)
        assert not scene.standstill.is_wanted

    def test_forked(self) -> None:
        """A child that was forked amid it goes on."""

        def fork(scene: Scene) -> None:
            scene.begin()
            scene.standstill.forget()

        scene = Scene(fork)
        scene.log.info("paid")
        assert (["paid"], False) == (scene.said, scene.standstill.is_wanted)


class TestArrive:
    """Who has handed over a line stays."""

    def test_amid_the_end(self) -> None:
        """What the end itself logs goes on."""
        scene = Scene()
        scene.standstill.begin(lambda: scene.log.info("stopped"), None, scene.asked.append)
        assert ["stopped"] == scene.said

    def test_no_logger(self) -> None:
        """One who hands over what has no number, as a line about a loss, goes on."""
        scene = Scene()

        def end() -> None:
            other = threading.Thread(target=scene.standstill.arrive)
            other.start()
            other.join(60)
            scene.said.append(f"{other.is_alive()}")

        scene.standstill.begin(end, None, scene.asked.append)
        assert ["False"] == scene.said

    def test_patience(self) -> None:
        """It stays no longer than was said, should the end take its time."""
        scene = Scene(patience=0.02)

        def end() -> None:
            other = threading.Thread(target=scene.log.info, args=("paid",))
            other.start()
            other.join(60)
            assert scene.standstill.is_wanted
            scene.said.append(f"{other.is_alive()}")

        scene.standstill.begin(end, None, scene.asked.append)
        assert ["paid", "False"] == scene.said
