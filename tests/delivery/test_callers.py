"""Wait for those who are amid a call, and tell who is amid one of a logger."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import contextmanager
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich.delivery.callers import are_others_logging, await_callers, is_logging, stay
from structlog_enrich.logger import bound_logger
from tests.delivery.conftest import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


@contextmanager
def amid(call: Callable[[], object]) -> Iterator[None]:
    """Have another thread amid *call*, which is given back its word when it may return."""
    thread = threading.Thread(target=call)
    thread.start()
    assert entered.wait(60)
    yield
    leave.set()
    thread.join()
    entered.clear()
    leave.clear()


entered, leave = threading.Event(), threading.Event()


def rest(*_: object) -> Any:
    """Be amid something until it is said to leave."""
    entered.set()
    leave.wait(60)
    return ""


class Resting(logging.Handler):
    """Be amid a record."""

    def emit(self, record: logging.LogRecord) -> None:
        rest()


def with_structlog() -> None:
    """Log by a logger of structlog's own."""
    structlog.wrap_logger(structlog.ReturnLogger(), processors=[rest]).info("paid")


def with_ours() -> None:
    """Log by our logger."""
    structlog.wrap_logger(structlog.ReturnLogger(), processors=[rest], wrapper_class=bound_logger()).info("paid")


def with_logging() -> None:
    """Log by `logging`."""
    logger = logging.Logger("shop")  # noqa: LOG001 (of nobody else)
    logger.addHandler(Resting())
    logger.warning("paid")


class TestAreOthersLogging:
    """Whoever is amid a call of a logger is seen, however that is called."""

    @pytest.mark.parametrize("call", [with_structlog, with_ours, with_logging])
    def test_amid(self, call: Callable[[], None]) -> None:
        """A call is seen until it returns."""
        assert not are_others_logging()
        with amid(call):
            assert are_others_logging()
        assert not are_others_logging()

    def test_else(self) -> None:
        """Whoever is amid something else isn't."""
        with amid(rest):
            assert not are_others_logging()

    def test_stays(self) -> None:
        """Nor is one who stays, until it goes on."""
        is_wanted = True

        def stay_then_rest(*_: object) -> Any:
            stay(lambda: entered.set() or is_wanted)
            return rest()

        logger = structlog.wrap_logger(structlog.ReturnLogger(), processors=[stay_then_rest])
        with amid(lambda: logger.info("paid")):
            assert not are_others_logging()
            is_wanted = False
            until(are_others_logging)

    def test_own(self) -> None:
        """The one who asks isn't another."""
        found: list[bool] = []

        def look(*_: object) -> Any:
            found.extend([are_others_logging(), is_logging(sys._getframe())])  # noqa: SLF001 (as the module does)
            return ""

        structlog.wrap_logger(structlog.ReturnLogger(), processors=[look]).info("paid")
        assert [False, True] == found

    def test_nowhere(self) -> None:
        """Where there is no frame, or one whose module has no name, there is no call."""
        assert not is_logging(None)
        found: list[bool] = []
        exec("look()", {"look": lambda: found.append(is_logging(sys._getframe(1))), "__name__": None})  # noqa: SLF001
        assert [False] == found
