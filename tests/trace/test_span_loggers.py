"""A span with a logger of its own, and one that is open while structlog is configured anew."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import orjson
import pytest
import structlog
from structlog.stdlib import AsyncBoundLogger

from structlog_enrich import bound_logger, current_trace, entry, preset, span
from structlog_enrich.integrations.asgi import TraceMiddleware
from structlog_enrich.trace.configured import ids_of
from structlog_enrich.trace.ids import OWN


class Sink(io.BytesIO):
    """Keep what a chain of its own writes."""

    def logger(self, chain: Any, wrapper_class: Any = None) -> Any:
        """Return a logger of *chain* that writes here."""
        return structlog.wrap_logger(structlog.BytesLogger(self), chain, wrapper_class or bound_logger())

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines, decoded."""
        return [orjson.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def sink() -> Sink:
    """Return where a logger of its own writes to."""
    return Sink()


def configure(ids: Any, sink: Sink) -> None:
    """Configure structlog with a chain of these ids."""
    structlog.configure(
        preset(service="tests", ids=ids),
        bound_logger(),
        logger_factory=structlog.BytesLoggerFactory(sink),
        cache_logger_on_first_use=True,
    )


class TestIds:
    """The ids of a span are those of the chain that writes its line."""

    @pytest.mark.parametrize("make", [span, entry])
    @pytest.mark.parametrize("is_bound", [True, False])
    def test_otel_by_its_logger(self, make: Any, is_bound: bool, service: Any, sink: Sink) -> None:  # noqa: FBT001
        """Where only its logger's chain takes ids from OpenTelemetry, it starts a span there and has its ids."""
        configure("own", Sink())
        log = sink.logger(preset(ids="otel"))
        with make("x", logger=log.bind(a=1) if is_bound else log):
            log.info("inside")
        inside, end = sink.lines()

        assert [f"{service.exported.context.span_id:016x}"] * 2 == [inside["span_id"], end["span_id"]]

    def test_own_by_its_logger(self, service: Any, sink: Sink, ids_on: Any) -> None:
        """Where only the configured chain does, it doesn't."""
        log = sink.logger(preset(ids="own"))
        with span("outer", logger=log), span("inner", logger=log):
            log.info("inside")
        inside, inner, outer = sink.lines()

        assert [] == service.spans
        assert (ids_on(inner), outer["span_id"]) == (ids_on(inside), inner["parent_span_id"])

    def test_the_start_line(self, service: Any, sink: Sink) -> None:
        """The line that begins it has the same."""
        with span("x", logger=sink.logger(preset(ids="own")), start_line=True):
            pass
        start, end = sink.lines()

        assert start["span_id"] == end["span_id"]
        assert [] == service.spans

    def test_middleware(self, service: Any, sink: Sink) -> None:
        """So it is with the logger that a middleware is given."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body"})

        async def nothing(*_: Any) -> Any:
            return {"type": "http.disconnect"}

        configure("own", Sink())
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"shop")]}
        traced = TraceMiddleware(app, logger=sink.logger(preset(ids="otel")))
        asyncio.run(traced(scope, nothing, nothing))

        assert f"{service.exported.context.span_id:016x}" == sink.lines()[0]["span_id"]

    def test_chains_without_an_envelope(self, service: Any) -> None:
        """A logger whose chain has no ids, or can't be seen, gets those that are configured."""
        for logger in (
            None,
            5,
            structlog.get_logger(),
            structlog.get_logger().bind(),
            structlog.wrap_logger(structlog.PrintLogger(), [structlog.processors.JSONRenderer()]),
            structlog.wrap_logger(structlog.PrintLogger(), []),
        ):
            assert ids_of(logger) is ids_of(None)
        assert ids_of(None) is not OWN
        with span("x", logger=5):
            pass
        assert "x" == service.exported.name

    def test_many_chains(self, service: Any) -> None:
        """However many there are, each has its own."""
        chains = [preset(ids="otel" if number % 2 else "own") for number in range(150)]
        for _ in range(2):
            for number, chain in enumerate(chains):
                assert (ids_of(Sink().logger(chain)) is OWN) == (number % 2 == 0)


class TestConfiguredAnew:
    """What is configured while a span is open."""

    @pytest.mark.parametrize("order", [("own", "otel"), ("otel", "own"), ("otel", "otel")], ids="-".join)
    @pytest.mark.parametrize("start_line", [True, False])
    def test_it_keeps_its_ids(self, order: tuple[str, str], start_line: bool, service: Any, sink: Sink) -> None:  # noqa: FBT001
        """It ends with the ids that it started with, whoever writes its line, and nothing of it stays active."""
        first, second = order
        configure(first, sink)
        with entry("job") as job, span("outer", start_line=start_line) as outer:
            configure(second, sink)
            with span("inner") as inner:
                pass
        ended = {line["message"]: line for line in sink.lines() if line["span"]["phase"] == "end"}

        for each in (job, outer, inner):
            line = ended[each.name]
            assert (each.trace.trace_id, each.trace.span_id) == (line["trace_id"], line["span_id"])
            assert each.trace.parent_span_id == line.get("parent_span_id")
        assert ["job", "job"] == [ended[name]["operation"] for name in ("job", "outer")]
        assert None is current_trace()
        configure(first, sink)
        assert None is current_trace()

    def test_a_generator(self, service: Any, sink: Sink) -> None:
        """One that is suspended meanwhile goes on in its span."""

        @span("items")
        def items() -> Any:
            yield current_trace()
            with span("inner"):
                yield None

        taken = items()
        trace = next(taken)
        configure("own", sink)
        list(taken)
        inner, end = sink.lines()

        assert (trace.span_id, trace.span_id) == (end["span_id"], inner["parent_span_id"])
        assert None is current_trace()


class TestAsynchronousLoggers:
    """structlog's `AsyncBoundLogger`, whose methods are coroutines that nobody would await."""

    @pytest.mark.parametrize("cached", [True, False])
    def test_configured(self, cached: bool, written: Any) -> None:  # noqa: FBT001
        """The line is written at once by its synchronous half, with a loop and without."""

        class Derived(AsyncBoundLogger):
            pass

        async def main() -> None:
            async with span("inside a loop"):
                pass

        for wrapper_class in (AsyncBoundLogger, Derived):
            written.configure(wrapper_class=wrapper_class, cached=cached)
            with span("without"):
                pass
            asyncio.run(main())

        assert ["without", "inside a loop"] * 2 == written.messages()

    @pytest.mark.parametrize("is_bound", [True, False])
    def test_given(self, is_bound: bool, sink: Sink) -> None:  # noqa: FBT001
        """So it is with one that the span is given, with what is bound to it."""

        async def main() -> None:
            log = sink.logger(preset(ids="own"), AsyncBoundLogger)
            with span("x", logger=log.bind(order_id="o-1") if is_bound else log):
                pass

        asyncio.run(main())
        (line,) = sink.lines()

        assert ("x", {"order_id": "o-1"} if is_bound else None) == (line["message"], line.get("payload"))

    def test_its_ids(self, service: Any, sink: Sink) -> None:
        """Its chain's ids are the span's."""

        async def main() -> None:
            log = sink.logger(preset(ids="own"), AsyncBoundLogger)
            assert OWN is ids_of(log.bind())
            with span("x", logger=log.bind()):
                pass

        asyncio.run(main())

        assert ([], 1) == (service.spans, len(sink.lines()))
