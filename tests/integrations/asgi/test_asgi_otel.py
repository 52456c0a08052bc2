"""Frameworks that start spans of OpenTelemetry by themselves, inside the request's span."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from fastapi import FastAPI, Request
from opentelemetry import context as contexts
from opentelemetry import trace as api
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.opentelemetry import OpenTelemetryMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger()

TRACE_ID, PARENT_ID = "7d3f0c92be614a58a1f4c60e2b9d8135", "c1e5a7093bd2486f"
CALLER = [
    (b"host", b"shop"),
    (b"traceparent", f"00-{TRACE_ID}-{PARENT_ID}-01".encode()),
    (b"tracestate", b"rojo=1"),
    (b"x-shop", b"s-1"),
]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch, sink: Any, configured: Any) -> Iterator[InMemorySpanExporter]:
    """Export spans into memory, and write lines with their ids into the sink."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    # A process has one provider, set once; each test has its own.
    monkeypatch.setattr(api, "_TRACER_PROVIDER", provider)
    configured(sink, ids="otel")
    contexts.attach(contexts.Context())
    yield exporter
    left = contexts.get_current()
    contexts.attach(contexts.Context())

    assert {} == left


def endpoint(request: Any) -> PlainTextResponse:
    """Log, and answer with the trace in the request's headers."""
    log.info("inside")
    return PlainTextResponse(f"{request.headers['traceparent']} {request.headers.get('tracestate')}")


def asked(request: Request) -> PlainTextResponse:
    """Do so as FastAPI wants it."""
    return endpoint(request)


def fastapi() -> FastAPI:
    """Return an application of a framework with telemetry of its own."""
    app = FastAPI()
    app.get("/orders/{id}")(asked)
    return app


def starlette() -> Starlette:
    """Return an application below a middleware that starts a server span."""
    routes = [Route("/orders/{id}", endpoint)]
    return Starlette(routes=routes, middleware=[Middleware(OpenTelemetryMiddleware)])


FRAMEWORKS = pytest.mark.parametrize("framework", [fastapi, starlette], ids=["FastAPI", "Starlette"])


def parents_of(spans: InMemorySpanExporter) -> dict[int, int | None]:
    """Return the parent of each span exported so far."""
    return {
        each.context.span_id: None if each.parent is None else each.parent.span_id
        for each in spans.get_finished_spans()
    }


class TestFrameworks:
    """A framework's own span is a child of the request's."""

    @FRAMEWORKS
    @pytest.mark.parametrize("headers", [CALLER, CALLER[:1]], ids=["called", "first"])
    @pytest.mark.parametrize("trust", ["accept", "link"])
    def test_one_trace(self, sink: Any, drive: Any, spans: Any, framework: Any, headers: Any, trust: Any) -> None:
        """Every line and span of the request is in its trace, whoever reads the headers once more."""
        exchange = drive(TraceMiddleware(framework(), trust=trust), "GET", "/orders/7", headers=headers)
        line, parents = sink.end(), parents_of(spans)
        inside = sink.lines()[0]

        assert (200, 2) == (exchange.status, len(sink.lines()))
        assert {line["trace_id"]} == {api.format_trace_id(each.context.trace_id) for each in spans.get_finished_spans()}
        assert line["trace_id"] == inside["trace_id"]
        assert (trust == "accept" and headers is CALLER) == (TRACE_ID == line["trace_id"])
        # From the endpoint's line up to the request's span.
        above = int(inside["span_id"], 16)
        while above != int(line["span_id"], 16):
            above = parents[above]

        assert len(parents) > 1

    @FRAMEWORKS
    def test_over_sockets(self, sink: Any, serve: Any, spans: Any, framework: Any, by: str) -> None:
        """So it is behind a server."""
        with serve(TraceMiddleware(framework(), trust="link"), by=by) as address:
            httpx.get(f"http://{address}/orders/7", headers={"traceparent": CALLER[1][1].decode()})
            line = sink.end()

        assert {line["trace_id"]} == {each["trace_id"] for each in sink.lines()} != {TRACE_ID}
        assert [{"trace_id": TRACE_ID, "span_id": PARENT_ID}] == line["links"]

    @FRAMEWORKS
    def test_operation(self, sink: Any, drive: Any, spans: Any, framework: Any) -> None:
        """Lines inside the framework's span have the request's operation."""
        drive(TraceMiddleware(framework()), "GET", "/orders/7", headers=CALLER)

        assert ["GET /orders/{id}"] * 2 == [line["operation"] for line in sink.lines()]


class TestHeaders:
    """What the application reads of the trace in its headers."""

    @pytest.mark.parametrize("trust", ["accept", "link"])
    def test_handed_on(self, sink: Any, drive: Any, spans: Any, trust: Any) -> None:
        """It is the request's own span, in place of the caller's; the rest is as it came, and in the end all is."""
        seen: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.extend(scope["headers"])

        exchange = drive(TraceMiddleware(app, trust=trust), headers=CALLER)
        line = sink.end()
        own = (b"traceparent", f"00-{line['trace_id']}-{line['span_id']}-{line['trace_flags']}".encode())

        assert [CALLER[0], CALLER[3], own, *([CALLER[2]] * (trust == "accept"))] == seen
        assert CALLER == exchange.scope["headers"]

    def test_own_ids(self, sink: Any, drive: Any, configured: Any) -> None:
        """With ids of our own nothing is touched."""
        seen: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope["headers"])

        exchange = drive(TraceMiddleware(app), headers=CALLER)

        assert exchange.scope["headers"] is seen[0]
        assert CALLER == seen[0]
