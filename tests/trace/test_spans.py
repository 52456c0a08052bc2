"""A span: its ids, its parent, its time, and the one line that ends it."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import freezegun
import pytest

from structlog_enrich import (
    ConfigurationError,
    TraceContext,
    bound_logger,
    entry,
    process,
    span,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")


def parents(lines: list[dict[str, Any]]) -> dict[str, str]:
    """Return the name of each span's parent, by the span's name; the boot span is `boot`."""
    names = {line["span_id"]: line["message"] for line in lines} | {process.current().boot_id: "boot"}
    return {line["message"]: names[line["parent_span_id"]] for line in lines if "parent_span_id" in line}


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each look at the clock be 1.5004 ms after the one before."""
    readings: Iterator[int] = iter(range(0, 10**12, 1_500_400))
    monkeypatch.setattr("time.perf_counter_ns", lambda: next(readings))


class TestRefused:
    """What is no span says so when it is made."""

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("name", {"name": ""}),
            ("name", {"name": None}),
            ("name", {"name": 5}),
            ("name", {"name": b"x"}),
            ("kind", {"kind": "external"}),
            ("kind", {"kind": None}),
            ("kind", {"kind": []}),
            ("attempt", {"attempt": 0}),
            ("attempt", {"attempt": True}),
            ("attempt", {"attempt": "1"}),
            ("attempt", {"attempt": 2**63}),
            ("previous_span_id", {"previous_span_id": "x"}),
            ("previous_span_id", {"previous_span_id": "0" * 16}),
            ("previous_span_id", {"previous_span_id": b"1" * 16}),
        ],
        ids=repr,
    )
    @pytest.mark.parametrize("begin", [span, entry])
    def test_arguments(self, name: str, options: dict[str, Any], begin: Any) -> None:
        """The parameter is named."""
        with pytest.raises(ConfigurationError) as caught:
            begin(**{"name": "x", **options})

        assert name == caught.value.parameter

    def test_a_function_in_place_of_the_name(self) -> None:
        """`@span` without its parentheses is found at once."""
        with pytest.raises(ConfigurationError, match=r"name must be text, and not empty, not <function .* Write @span"):

            @span
            def reserve() -> None: ...


class TestLine:
    """The line that ends a span."""

    def test_its_header(self, written: Any) -> None:
        """It has the span's ids, an event's name and level `info`."""
        with span("charge card", kind="client") as charge:
            pass
        line = written.line()

        assert ("charge card", "span.end", "info") == (line["message"], line["event_name"], line["level"])
        assert (charge.trace.trace_id, charge.trace.span_id) == (line["trace_id"], line["span_id"])
        assert {"phase", "name", "kind", "attempt", "duration_ms", "status"} == line["span"].keys()
        assert ("end", "charge card", "client", 1, "ok") == tuple(
            line["span"][name] for name in ("phase", "name", "kind", "attempt", "status")
        )

    def test_all_it_can_say(self, written: Any) -> None:
        """What is set on it is written in the order of the table."""
        with span("x", attempt=3, previous_span_id="1" * 16, attributes={"a": 1, "gone": None}, links=[OTHER]) as one:
            one.set_attribute("b", "two")
            one.set_attributes({"a": 2, "c": 1.5})
            one.status, one.level, one.outcome, one.peer, one.queue_ms = "error", "warning", "retry", "bank", 12.3456
        line = written.line()

        names = ("phase", "name", "kind", "attempt", "duration_ms", "status", "outcome", "queue_ms", "peer")
        assert [*names, "previous_span_id", "attributes"] == list(line["span"])
        assert ("warning", "error", "retry", "bank", 12.346, 3, "1" * 16, {"a": 2, "b": "two", "c": 1.5}) == (
            line["level"],
            *(line["span"][name] for name in ("status", "outcome", "peer", "queue_ms", "attempt", "previous_span_id")),
            line["span"]["attributes"],
        )
        assert [{"trace_id": OTHER.trace_id, "span_id": OTHER.span_id}] == line["links"]

    def test_a_start_line(self, written: Any) -> None:
        """On request a line says that it began; it knows nothing of how it will end."""
        with span("x", start_line=True, attributes={"a": 1}, links=[OTHER], previous_span_id="1" * 16) as one:
            one.set_attribute("b", 2)
        start, end = written.lines()

        assert ("span.start", "span.end") == (start["event_name"], end["event_name"])
        assert {"phase": "start", "name": "x", "kind": "internal", "attempt": 1, "attributes": {"a": 1}} == start[
            "span"
        ]
        assert start["span_id"] == end["span_id"]
        assert start["links"] == end["links"]

    def test_only_one(self, written: Any) -> None:
        """A second end writes nothing, and neither does an end before the start."""
        never = span("never")
        never.end()
        with span("x") as one:
            one.end()
            one.end(ValueError("late"))

        assert (False, True) == (never.ended, one.ended)
        assert "ok" == written.line()["span"]["status"]

    def test_silently(self, written: Any) -> None:
        """It can end without a line."""
        with span("x") as one:
            one.end(silently=True)

        assert (True, []) == (one.ended, written.lines())

    def test_a_closer_name(self, written: Any) -> None:
        """A name that is known only later replaces the first, on the line and in its message."""
        with span("GET") as one:
            one.update_name("GET /orders/{id}")

        assert ("GET /orders/{id}",) * 2 == (written.line()["message"], written.line()["span"]["name"])

    def test_nobody_listens(self, written: Any) -> None:
        """Where `info` isn't logged a span costs no line, and one that fails writes its own."""
        written.configure(wrapper_class=bound_logger("error"))
        with span("fine", start_line=True):
            pass
        with pytest.raises(ValueError, match="no"), span("failed"):
            raise ValueError("no")

        assert ["failed"] == written.messages()


class TestTime:
    """How long it took."""

    @pytest.mark.usefixtures("ticking")
    def test_it_is_measured(self, written: Any) -> None:
        """From its start to its end, in milliseconds with three decimals."""
        with span("outer"), span("inner"):
            pass

        assert {"inner": 1.5, "outer": 4.501} == {
            line["message"]: line["span"]["duration_ms"] for line in written.lines()
        }

    @pytest.mark.usefixtures("ticking")
    def test_the_clock_can_be_stopped_before(self, written: Any) -> None:
        """The first stop counts; before the start it is none."""
        one = span("x")
        one.stop_clock()
        one.start()
        one.stop_clock()
        one.stop_clock()
        one.end()

        assert 1.5 == written.line()["span"]["duration_ms"]

    def test_a_frozen_clock(self, written: Any) -> None:
        """freezegun stops the time of a span too."""
        with freezegun.freeze_time("2026-11-22") as clock, span("x"):
            clock.tick(2.5)

        assert (2_500.0, "2026-11-22T00:00:02.500000Z") == (
            written.line()["span"]["duration_ms"],
            written.line()["timestamp"],
        )


class TestParents:
    """Whose child a span is."""

    def test_outside_any(self, written: Any) -> None:
        """It is a child of the process's boot span, in the boot trace."""
        state = process.current()
        with span("x"):
            written.log.info("inside")
        written.log.info("outside")
        inside, end, outside = written.lines()

        assert {state.boot_trace_id} == {line["trace_id"] for line in (inside, end, outside)}
        assert (state.boot_id, "03") == (end["parent_span_id"], end["trace_flags"])
        assert inside["span_id"] == end["span_id"] != outside["span_id"] == state.boot_id

    def test_nested(self, written: Any) -> None:
        """It is a child of the one it stands in, which is active again afterwards."""
        with span("a"):
            with span("b"), span("c"):
                pass
            with span("d"):
                written.log.info("line")
            written.log.info("after")

        assert {"a": "boot", "b": "a", "c": "b", "d": "a", "line": "a", "after": "boot"} == parents(written.lines())

    def test_asynchronous(self, written: Any) -> None:
        """`async with` is the same."""

        async def main() -> None:
            async with span("a"):
                await asyncio.sleep(0)
                async with span("b"):
                    await asyncio.sleep(0)

        asyncio.run(main())

        assert {"a": "boot", "b": "a"} == parents(written.lines())

    def test_tasks(self, written: Any) -> None:
        """Tasks begin with their creator's span and never see each other's."""

        async def task(name: str) -> None:
            async with span(name):
                await asyncio.sleep(0)
                written.say(f"line of {name}")
                async with span(f"{name}'s"):
                    await asyncio.sleep(0)

        async def main() -> None:
            with span("gather"):
                await asyncio.gather(*(task(f"g{number}") for number in range(5)))
            with span("group"):
                async with asyncio.TaskGroup() as group:
                    for number in range(5):
                        group.create_task(task(f"t{number}"))

        asyncio.run(main())

        assert {"gather": "boot", "group": "boot"} | {
            name: parent
            for where, letter in (("gather", "g"), ("group", "t"))
            for number in range(5)
            for name, parent in (
                (f"{letter}{number}", where),
                (f"line of {letter}{number}", where),
                (f"{letter}{number}'s", f"{letter}{number}"),
            )
        } == parents(written.lines())

    def test_threads(self, written: Any) -> None:
        """`to_thread` and a copied context carry it; a bare thread or executor starts outside, and leaves nothing."""

        def work(name: str) -> None:
            with span(name):
                pass

        async def main(pool: ThreadPoolExecutor) -> None:
            loop = asyncio.get_running_loop()
            with span("a"):
                await asyncio.to_thread(work, "to_thread")
                await loop.run_in_executor(pool, work, "bare")
                await loop.run_in_executor(pool, copy_context().run, work, "copied")
                await loop.run_in_executor(pool, work, "reused")
                thread = threading.Thread(target=work, args=("thread",))
                thread.start()
                thread.join()

        with ThreadPoolExecutor(1) as pool:
            asyncio.run(main(pool))

        assert {
            "a": "boot",
            "to_thread": "a",
            "bare": "boot",
            "copied": "a",
            "reused": "boot",
            "thread": "boot",
        } == parents(written.lines())

    def test_deep_recursion(self, written: Any) -> None:
        """At the end of the stack lines may be lost, and yet nothing stays active and the error is the recursion's."""

        def deeper() -> None:
            with span("deep"):
                deeper()

        most = sys.getrecursionlimit()
        sys.setrecursionlimit(400)
        try:
            with pytest.raises(RecursionError):
                deeper()
        finally:
            sys.setrecursionlimit(most)
        written.log.info("after")

        assert process.current().boot_id == written.named("after")["span_id"]
        assert len(written.lines()) > 100
