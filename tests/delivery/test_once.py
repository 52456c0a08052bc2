"""Doing something once."""

from __future__ import annotations

import threading

import pytest

from structlog_enrich.delivery import once as module
from structlog_enrich.delivery.once import Once
from tests.delivery.conftest import interrupted


class TestOnce:
    """The first one does it."""

    def test_first(self) -> None:
        """It is done once, and its end as well."""
        once, done = Once(), []
        for _ in range(3):
            once.do(lambda: done.append("act"), lambda: done.append("end"))
        assert ["act", "end"] == done

    def test_raises(self) -> None:
        """Its end is done also where it raises, and the next one does it again."""
        once, done = Once(), []

        def fail() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            once.do(fail, lambda: done.append("end"))
        for _ in range(2):
            once.do(lambda: done.append("act"), lambda: done.append("end"))
        assert ["end", "act", "end"] == done

    def test_interrupted(self) -> None:
        """Where a signal's handler raises before it is begun the next one does it."""
        once, done = Once(), []
        with interrupted(module.__file__, "append"):
            once.do(lambda: done.append("act"), lambda: done.append("end"))
        assert [] == done
        once.do(lambda: done.append("act"), lambda: done.append("end"))
        assert ["act", "end"] == done

    def test_threads(self) -> None:
        """Of several threads one does it."""
        once, done = Once(), []
        started = threading.Barrier(8)

        def come() -> None:
            started.wait()
            once.do(lambda: done.append("act"), lambda: done.append("end"))

        comers = [threading.Thread(target=come) for _ in range(8)]
        for each in comers:
            each.start()
        for each in comers:
            each.join()
        assert ["act", "end"] == done
