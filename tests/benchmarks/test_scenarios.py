"""The scenarios that measure something else than one comparison."""

from __future__ import annotations

import threading
from contextvars import ContextVar

from benchmarks.harness import Effort
from benchmarks.scenarios import memory
from benchmarks.scenarios.threads import together

PLACE: ContextVar[str] = ContextVar("PLACE", default="nowhere")


class TestTogether:
    """Threads at work."""

    def test_runs_the_work_once_in_each_thread_and_in_the_callers_context(self) -> None:
        """All are there at the same time, and each sees what the caller bound."""
        meeting = threading.Barrier(3)
        seen: list[str] = []

        def work() -> None:
            meeting.wait(timeout=30)
            seen.append(PLACE.get())

        PLACE.set("here")
        elapsed = together(work, threads=3)
        assert ["here"] * 3 == seen
        assert elapsed > 0


class TestMemory:
    """Bytes."""

    def test_knows_every_contender_and_stops_tracing(self) -> None:
        """A contender takes some bytes for a call; tracing would slow whatever comes next."""
        import tracemalloc  # noqa: PLC0415 (asked once)

        result = memory.run(Effort(sittings=1, rounds=1, side_rounds=1, cycles=1, starts=1, remembered=10))
        assert all(row["peak"] > 0 for row in result.values())
        assert not tracemalloc.is_tracing()
