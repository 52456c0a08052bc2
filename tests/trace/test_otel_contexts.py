"""OpenTelemetry's spans in threads, tasks, generators and child processes."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import orjson
from opentelemetry import context as contexts
from opentelemetry import trace as api

from structlog_enrich import TraceContext, current_trace, entry, span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import pytest

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CARRIER = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01", "tracestate": "rojo=00f067aa0ba902b7"}

FORK = """
import io, os, orjson, structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from structlog_enrich import bound_logger, entry, preset, span
trace.set_tracer_provider(TracerProvider())
receive, send = os.pipe()
class Sink:
    accepts_bytes = True
    def info(self, line): os.write(send, line + b"\\n")
structlog.configure(preset(ids="otel"), bound_logger(), logger_factory=Sink)
log = structlog.get_logger()
log.info("outside")
with entry("job"):
    log.info("inside")
    if (pid := os.fork()) == 0:
        log.info("inside")
        with span("work"):
            log.info("deeper")
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
if (pid := os.fork()) == 0:
    log.info("outside")
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
os.close(send)
with open(receive, "rb") as lines:
    print(orjson.dumps([orjson.loads(line) for line in lines]).decode())
"""


class TestContexts:
    """Threads, tasks and generators."""

    def test_threads(self, service: Any) -> None:
        """A copied context has the trace, and what is started in it stays in it."""
        seen: list[TraceContext | None] = []

        def work() -> None:
            with span("work"):
                service.log.info("here")
                seen.append(current_trace())

        with entry("job") as job:
            threads = [threading.Thread(target=copy_context().run, args=(work,)) for _ in range(8)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            service.log.info("in job")

        service.agree()
        assert {job.trace.span_id} == {each.parent_span_id for each in seen}
        assert 8 == len({each.span_id for each in seen})
        assert job.trace.span_id == service.lines[-2]["span_id"]

    def test_a_thread_that_got_their_context_only(self, service: Any) -> None:
        """Where only OpenTelemetry's context was handed on, its span comes with our operation."""

        def work(context: contexts.Context) -> None:
            contexts.attach(context)
            service.log.info("here")
            with service.theirs.start_as_current_span("theirs"):
                service.log.info("in theirs")

        with entry("job") as job:
            thread = threading.Thread(target=work, args=(contexts.get_current(),))
            thread.start()
            thread.join()
        here, in_theirs, _ = service.lines

        assert (job.trace.span_id, job.trace.span_id) == (here["span_id"], in_theirs["parent_span_id"])
        assert {"job"} == {each["operation"] for each in service.lines}

    def test_one_thread_for_many(self, service: Any) -> None:
        """A thread that takes over one context after another takes nothing along."""
        made = []
        for name in ("first", "second"):
            with entry(name):
                made.append(contexts.get_current())
        for context in (*made, contexts.Context(), *made):
            contexts.attach(context)
            service.log.info("here")
        contexts.attach(contexts.Context())

        assert ["first", "second", None, "first", "second"] == [each.get("operation") for each in service.lines[2:]]

    def test_their_span_under_two_entries(self, service: Any) -> None:
        """One span of theirs, made the active one under two entries, has each one's operation."""
        shared = service.theirs.start_span("shared")
        for name in ("first", "second"):
            with entry(name), api.use_span(shared):
                service.log.info("here")
        with api.use_span(shared):
            service.log.info("here")

        assert ["first", "second", None] == [
            each.get("operation") for each in service.lines if each["message"] == "here"
        ]

    def test_tasks(self, service: Any) -> None:
        """Each task has its own, whatever the others do in between."""

        async def handle(number: int) -> tuple[str, set[str]]:
            seen = set()
            async with entry("job", carrier=CARRIER if number % 2 else None) as job:
                for _ in range(3):
                    await asyncio.sleep(0)
                    with service.theirs.start_as_current_span("theirs"):
                        await asyncio.sleep(0)
                        async with span("work"):
                            await asyncio.sleep(0)
                            service.log.info("here", number=number)
                    seen.add(current_trace().span_id)
            return job.trace.span_id, seen

        async def main() -> list[tuple[str, set[str]]]:
            return await asyncio.gather(*map(handle, range(20)))

        for span_id, seen in asyncio.run(main()):
            assert {span_id} == seen
        service.agree()
        of = {each["payload"]["number"]: each["trace_id"] for each in service.lines if "payload" in each}
        assert 11 == len({*of.values()})
        for each in service.lines:
            assert "payload" not in each or of[each["payload"]["number"]] == each["trace_id"]

    def test_generators(self, service: Any, ids_on: Any) -> None:
        """A generator's span is active while it runs, and not in the code that takes its items."""

        @span("items")
        def items() -> Iterator[int]:
            for number in range(2):
                service.log.info("inside")
                yield number

        with entry("job") as job:
            for _ in items():
                service.log.info("outside")
        inside = {ids_on(each)[1:3] for each in service.lines if each["message"] == "inside"}
        outside = {each["span_id"] for each in service.lines if each["message"] == "outside"}

        service.agree()
        assert [{job.trace.span_id}] * 2 == [outside, {parent for _, parent in inside}]
        assert 1 == len(inside)

    def test_spans_across_items(self, service: Any, caplog: pytest.LogCaptureFixture, ids_of: Any) -> None:
        """A span that is open inside a generator between two items isn't active outside, and is again inside."""

        @span("items")
        def items() -> Iterator[int]:
            with service.theirs.start_as_current_span("theirs") as theirs, span("ours") as ours:
                for number in range(3):
                    yield number
                    assert ours.trace is current_trace()
            with service.theirs.start_as_current_span("theirs") as theirs:
                yield 3
                assert ids_of(theirs)[1] == current_trace().span_id

        with caplog.at_level(logging.DEBUG), entry("job") as job:
            for _ in items():
                assert job.trace is current_trace()
            assert job.trace is current_trace()

        service.agree()
        assert [] == caplog.records

    def test_an_asynchronous_generator_closed_elsewhere(self, service: Any, caplog: pytest.LogCaptureFixture) -> None:
        """One that another task closes ends its span, and neither task keeps it."""

        @span("items")
        async def items() -> AsyncIterator[int]:
            try:
                yield 1
                yield 2
            finally:
                service.log.info("closing")

        async def main() -> tuple[Any, ...]:
            made = items()
            await anext(made)

            async def close() -> Any:
                with entry("other") as other:
                    await made.aclose()
                    return current_trace() is other.trace

            return await asyncio.create_task(close()), current_trace()

        with caplog.at_level(logging.DEBUG, logger="opentelemetry"):
            found = asyncio.run(main())

        service.agree()
        assert (True, None) == found
        assert [] == caplog.records

    def test_fork(self, run_python: Callable[..., Any], ids_on: Any) -> None:
        """A child goes on with the span it was born in; outside any it has a boot trace of its own."""
        outside, inside, *child, end, childs_outside = orjson.loads(run_python(FORK).stdout)
        childs_inside, deeper, _ = child

        assert ids_on(inside) == ids_on(childs_inside) == ids_on(end)
        assert inside["span_id"] == deeper["parent_span_id"]
        assert 1 == len({each["trace_id"] for each in (inside, *child, end)})
        assert 3 == len({each["boot_id"] for each in (inside, deeper, childs_outside)})
        assert [outside["boot_id"], childs_outside["boot_id"]] == [outside["span_id"], childs_outside["span_id"]]
        assert outside["trace_id"] != childs_outside["trace_id"]
