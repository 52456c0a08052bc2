"""Survive the process's limit of a file's size."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.delivery.limits import bear_limits, limits_borne

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="this system has no such limit")

TOO_LARGE = getattr(signal, "SIGXFSZ", signal.SIGTERM)


def blocked() -> bool:
    """Tell whether the calling thread gets no such signal."""
    return TOO_LARGE in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.fixture
def deadly() -> Iterator[None]:
    """Let the signal be deadly."""
    before = signal.signal(TOO_LARGE, signal.SIG_DFL)
    yield
    signal.signal(TOO_LARGE, before)


class TestLimitsBorne:
    """What comes meanwhile does no harm, then or later."""

    def test_deadly(self, deadly: None) -> None:
        """Where it is deadly it comes to nothing."""
        with limits_borne():
            signal.raise_signal(TOO_LARGE)
            assert blocked()
        assert not blocked()

    def test_none_comes(self, deadly: None) -> None:
        """Where none comes nobody waits for one, also where it raises."""
        with pytest.raises(KeyboardInterrupt), limits_borne():
            raise KeyboardInterrupt
        assert not blocked()

    def test_blocked_before(self, deadly: None) -> None:
        """Who has blocked it by himself gets it when he wants to."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {TOO_LARGE})
        with limits_borne():
            signal.raise_signal(TOO_LARGE)
        assert blocked()
        assert {TOO_LARGE} == signal.sigpending()
        assert TOO_LARGE == signal.sigwait({TOO_LARGE})
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {TOO_LARGE})

    def test_handled(self, deadly: None) -> None:
        """A handler of the program's own is called at once."""
        told: list[int] = []
        signal.signal(TOO_LARGE, lambda signum, _: told.append(signum))
        with limits_borne():
            assert not blocked()
            signal.raise_signal(TOO_LARGE)
            assert [TOO_LARGE] == told


class TestBearLimits:
    """A thread of ours gets none at all."""

    def test_one_thread(self) -> None:
        """It is blocked there, and nowhere else."""
        found: list[bool] = []

        def run() -> None:
            bear_limits()
            found.append(blocked())

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        assert ([True], False) == (found, blocked())
