"""The scenarios that measure something else than one comparison."""

from __future__ import annotations

import json
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.harness import Effort
from benchmarks.interpreters import ROOT
from benchmarks.scenarios import detection, headers, memory
from benchmarks.scenarios.threads import together
from structlog_enrich.trace.w3c import read_headers

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

BRIEF = Effort(sittings=1, rounds=1, side_rounds=1, cycles=1, starts=1, remembered=10)
RUN = """
import json, sys
sys.path.append(sys.argv[1])
from importlib import import_module
from benchmarks.harness import Effort
scenario = import_module(f"benchmarks.scenarios.{sys.argv[2]}")
result = scenario.run(Effort(sittings=1, rounds=1, side_rounds=1, cycles=1, starts=1, remembered=1))
assert scenario.table(result)
print(json.dumps(result))
"""

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

        result = memory.run(BRIEF)
        assert all(row["peak"] > 0 for row in result.values())
        assert not tracemalloc.is_tracing()


class TestHeaders:
    """Hostile headers."""

    @pytest.mark.parametrize("size", headers.SIZES.values(), ids=headers.SIZES)
    def test_are_as_long_as_the_page_says(self, size: int) -> None:
        """Names and values together, none more and none much less."""
        lengths = [sum(len(name) + len(value) for name, value in each) for each in headers.families(size).values()]
        assert size >= max(lengths)
        assert size * 0.94 < min(lengths)

    @pytest.mark.parametrize("size", headers.SIZES.values(), ids=headers.SIZES)
    def test_are_read_to_their_end_where_they_are_legal(self, size: int) -> None:
        """The dearest list is the one that is kept, as far as it may be sent on."""
        found = read_headers(headers.families(size)["`tracestate`: 32 legal members"])
        assert found is not None
        assert found[1] is not None
        assert found[1].startswith("k00k")

    def test_measure_every_family_at_every_size(self) -> None:
        """The worst is the one with the highest median, whatever its size."""
        result = headers.run(BRIEF)
        assert list(headers.SIZES) == list(result)
        assert [set(headers.families(size)) for size in headers.SIZES.values()] == [
            set(rows) for rows in result.values()
        ]
        assert headers.worst(result)[0] == max(rows[0] for samples in result.values() for rows in samples.values())


class TestDetection:
    """Who is logging."""

    def test_finds_in_each_situation_what_the_page_says(self) -> None:
        """A pod's variables name it; without any, the project's own file does, in a checkout and elsewhere."""
        result = detection.run(BRIEF)
        assert {
            detection.IN_POD: "OTEL_SERVICE_NAME",
            detection.IN_CHECKOUT: "pyproject.toml",
            detection.PARSED: "pyproject.toml",
        } == {where: each["sources"]["service"] for where, each in result.items()}
        assert all(0 < each["import"][0] < each["both"][0] for each in result.values())


class TestSpans:
    """What happens within an entry, in an interpreter of its own: a tracer provider is set once in a process."""

    @pytest.mark.parametrize("scenario", ["binding", "otel", "spans"])
    def test_measure_everything_they_show(
        self, scenario: str, run_python: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """Every number is there and is one."""
        result = json.loads(run_python(RUN, str(ROOT), scenario).stdout)
        assert [] != _numbers(result)
        assert all(number > 0 for number in _numbers(result))


def _numbers(result: Any) -> list[float]:
    if isinstance(result, dict):
        return [number for each in result.values() for number in _numbers(each)]
    return list(result)
