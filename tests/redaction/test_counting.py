"""Counters."""

from __future__ import annotations

from threading import Thread

from structlog_enrich.redaction.counting import Counters


class TestCounters:
    """`Counters`, which many threads write."""

    def test_threads(self) -> None:
        """Nothing is lost when many write the same names, also while one reads."""
        counters = Counters()

        def work() -> None:
            for number in range(2_000):
                counters.add("ab"[number % 2])

        threads = [Thread(target=work) for _ in range(4)]
        for each in threads:
            each.start()
        while any(each.is_alive() for each in threads):
            counters.read()
        for each in threads:
            each.join()
        assert {"a": 4_000, "b": 4_000} == counters.read() == counters.read()

    def test_nothing(self) -> None:
        """What was never counted isn't there."""
        assert {} == Counters().read()
