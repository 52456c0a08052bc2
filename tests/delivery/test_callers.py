"""Wait for those who are amid a call."""

from __future__ import annotations

import threading
from time import monotonic_ns

from structlog_enrich.delivery.callers import await_callers

SECOND = 1_000_000_000


class TestAwaitCallers:
    """Only calls that had begun, and only other threads', are waited for."""

    def test_nobody(self) -> None:
        """Where nobody is amid one, it returns at once."""
        assert await_callers(threading.Event.set.__code__, monotonic_ns() + 60 * SECOND)

    def test_own(self) -> None:
        """Who asks isn't waited for."""

        def call() -> bool:
            return await_callers(call.__code__, monotonic_ns() + 60 * SECOND)

        assert call()

    def test_another(self) -> None:
        """A call of another thread is waited for, however deep it is in others, until it returns or time is up."""
        entered, leave = threading.Event(), threading.Event()

        def call() -> None:
            entered.set()
            leave.wait()

        thread = threading.Thread(target=call)
        thread.start()
        entered.wait()
        assert not await_callers(call.__code__, monotonic_ns() + SECOND // 50)
        leave.set()
        assert await_callers(call.__code__, monotonic_ns() + 60 * SECOND)
        thread.join()

    def test_later_calls(self) -> None:
        """Calls that begin later aren't waited for, so one that comes again and again holds nobody up."""
        stop = threading.Event()

        def call() -> None:
            stop.wait(0.001)

        def again() -> None:
            while not stop.is_set():
                call()

        thread = threading.Thread(target=again)
        thread.start()
        assert await_callers(call.__code__, monotonic_ns() + 60 * SECOND)
        stop.set()
        thread.join()
