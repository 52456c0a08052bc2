"""Spans that a framework or another library starts inside our entry, from headers that it reads for itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import Depends, FastAPI
from opentelemetry import context as contexts
from opentelemetry import propagate
from opentelemetry import trace as api
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.opentelemetry import OpenTelemetryMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from structlog_enrich import bind_contextvars, entry, span
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CARRIER = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01"}


def get(app: Any, path: str, headers: dict[str, str]) -> None:
    """Send one request to *app*."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"shop"), *((name.encode(), value.encode()) for name, value in headers.items())],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }

    async def main() -> None:
        answered = asyncio.Event()
        incoming = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if incoming:
                return incoming.pop()
            await answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                answered.set()

        await app(scope, receive, send)

    asyncio.run(main())


def shop_on_fastapi(service: Any) -> Any:
    """Return an application of FastAPI, whose own telemetry is on."""
    shop = FastAPI()

    def user() -> str:
        service.log.info("dependency")
        bind_contextvars(user_id="u-1")
        return "u-1"

    @shop.get("/orders/{number}")
    def order(number: int, user_id: str = Depends(user)) -> int:  # noqa: FAST002
        with span("query"):
            service.log.info("endpoint")
        return number

    return shop


def shop_on_starlette(service: Any) -> Any:
    """Return an application of Starlette with its own OpenTelemetry middleware."""

    async def order(_request: Any) -> PlainTextResponse:
        service.log.info("dependency")
        bind_contextvars(user_id="u-1")
        with span("query"):
            service.log.info("endpoint")
        return PlainTextResponse("7")

    return Starlette(routes=[Route("/orders/{number}", order)], middleware=[Middleware(OpenTelemetryMiddleware)])


SHOPS = pytest.mark.parametrize("make", [shop_on_fastapi, shop_on_starlette])


class TestFrameworks:
    """Frameworks with telemetry of their own, below our middleware."""

    @SHOPS
    @pytest.mark.parametrize("headers", [CARRIER, {}], ids=["called", "first"])
    @pytest.mark.parametrize("trust", ["accept", "link"])
    def test_operation(self, make: Any, headers: dict[str, str], trust: Any, service: Any) -> None:
        """Whichever trace its span is in, every line of the request has the request's operation and what is bound."""
        get(TraceMiddleware(make(service), trust=trust), "/orders/7", headers)
        *inside, request = service.lines

        assert ["dependency", "endpoint", "query"] == [line["message"] for line in inside]
        assert {"GET /orders/{number}"} == {line["operation"] for line in service.lines}
        assert "u-1" == request["context"]["user_id"]
        assert [request["context"]["request_id"]] * 3 == [line["context"]["request_id"] for line in inside]
        service.agree()

    @SHOPS
    def test_its_own_span(self, make: Any, service: Any, ids_of: Any, ids_on: Any) -> None:
        """The lines inside have the ids of the framework's spans, which they are exported with."""
        get(TraceMiddleware(make(service)), "/orders/7", CARRIER)
        theirs = [ids_of(each) for each in service.spans if each.instrumentation_scope.name != "structlog_enrich"]
        dependency, endpoint, query, _ = service.lines

        assert ids_on(dependency) in theirs
        assert ids_on(endpoint) == ids_on(query)
        assert query["parent_span_id"] in {span_id for _, span_id, *_ in theirs}

    @SHOPS
    def test_unsampled(self, make: Any, start_service: Callable[..., Any]) -> None:
        """So it is when no span is sampled."""
        service = start_service(sampler=ALWAYS_OFF)
        get(TraceMiddleware(make(service)), "/orders/7", CARRIER)

        assert {"GET /orders/{number}"} == {line["operation"] for line in service.lines}


class TestLibraries:
    """Other instrumentations, which attach what they have read from a message."""

    def test_a_trace_of_their_own(self, service: Any, ids_of: Any, ids_on: Any) -> None:
        """A span that is the root of another trace is within the entry, and so is what starts inside it."""
        with entry("job"):
            with service.theirs.start_as_current_span("theirs", context=propagate.extract(CARRIER)) as theirs:
                service.log.info("shared context")
            token = contexts.attach(api.set_span_in_context(theirs, contexts.Context()))
            service.log.info("fresh context")
            with span("work"):
                service.log.info("deeper")
            contexts.detach(token)
        shared, fresh, deeper, *_ = service.lines

        assert [ids_of(theirs)] * 2 == [ids_on(shared), ids_on(fresh)]
        assert (TRACE_ID, fresh["span_id"]) == (deeper["trace_id"], deeper["parent_span_id"])
        assert {"job"} == {line["operation"] for line in service.lines}

    def test_after_the_entry(self, service: Any) -> None:
        """A context of theirs that is attached once more, outside, has no operation any more."""
        with entry("job"):
            detached = api.set_span_in_context(service.theirs.start_span("theirs"), contexts.Context())
            token = contexts.attach(detached)
            service.log.info("inside")
            contexts.detach(token)
        token = contexts.attach(detached)
        service.log.info("outside")
        contexts.detach(token)
        inside, _, outside = service.lines

        assert ("job", None) == (inside["operation"], outside.get("operation"))
        assert inside["span_id"] == outside["span_id"]

    def test_another_entry(self, service: Any) -> None:
        """In another entry it has that one's."""
        detached = api.set_span_in_context(service.theirs.start_span("theirs"), contexts.Context())
        for name in ("first", "second"):
            with entry(name):
                token = contexts.attach(detached)
                service.log.info("inside")
                contexts.detach(token)

        assert ["first", "first", "second", "second"] == [line["operation"] for line in service.lines]
