"""One thread at a time."""

from __future__ import annotations

import threading

import pytest

from structlog_enrich.delivery import turn as module
from structlog_enrich.delivery.turn import Turn
from tests.delivery.conftest import interrupted


class TestTurn:
    """Who finds it taken goes on without."""

    def test_taken(self) -> None:
        """Another thread has nothing of it meanwhile, and all of it afterwards."""
        turn = Turn()
        found: list[str] = []

        def ask() -> None:
            other = threading.Thread(target=lambda: found.append(turn.take(lambda: "done", otherwise="taken")))
            other.start()
            other.join()

        turn.take(ask, otherwise=None)
        ask()
        assert ["taken", "done"] == found

    def test_mine(self) -> None:
        """It is known whose it is."""
        turn = Turn()
        assert not turn.is_mine()
        assert turn.take(turn.is_mine, otherwise=False)
        assert not turn.is_mine()

    def test_raises(self) -> None:
        """Whatever is raised amid it, it is given back."""
        turn = Turn()

        def fail() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            turn.take(fail, otherwise=None)
        assert 1 == turn.take(lambda: 1, otherwise=0)

    @pytest.mark.parametrize("name", ["acquire", "release"])
    def test_interrupted(self, name: str) -> None:
        """Whichever call in there a signal's handler raises after, it is given back."""
        turn = Turn()
        with interrupted(module.__file__, name):
            turn.take(lambda: None, otherwise=None)
        assert not turn.is_mine()

    def test_renewed(self) -> None:
        """In a forked child it is free, and who had it there does no harm as it goes on."""
        turn = Turn()
        turn.take(lambda: (turn.renew(), turn.take(lambda: None, otherwise=None)), otherwise=None)
        assert 1 == turn.take(lambda: 1, otherwise=0)

    def test_finalizing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As the interpreter ends, whoever has it was stopped for good."""
        turn = Turn()
        is_over = threading.Event()
        is_taken = threading.Event()
        other = threading.Thread(target=turn.take, args=(lambda: (is_taken.set(), is_over.wait(20)), None))
        other.start()
        assert is_taken.wait(20)
        assert 0 == turn.take(lambda: 1, otherwise=0)
        monkeypatch.setattr(module, "is_finalizing", lambda: True)
        assert 1 == turn.take(lambda: 1, otherwise=0)
        is_over.set()
        other.join()
