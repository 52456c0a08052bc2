"""One connection after the other request: a server may begin a request in the context of the one before it."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest
import structlog
from opentelemetry import baggage
from opentelemetry import context as otel_context
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from structlog import contextvars as theirs

import structlog_enrich
from structlog_enrich import span
from structlog_enrich.integrations.asgi import TraceMiddleware
from structlog_enrich.trace.activation import ACTIVE

LARGE = b"x" * 3_000_000
ROUNDS = 6

log = structlog.get_logger()


@pytest.fixture(params=[structlog_enrich, theirs], ids=["ours", "theirs"])
def app(request: pytest.FixtureRequest) -> TraceMiddleware:
    """A shop that binds who is asking before it reads what was sent, and whose other endpoint binds nothing."""

    async def upload(asked: Any) -> PlainTextResponse:
        request.param.bind_contextvars(user_id="alice")
        otel_context.attach(baggage.set_baggage("user_id", "alice"))
        # Long enough for the server to stop reading.
        await asyncio.sleep(0.05)
        with span("read"):
            size = len(await asked.body())
        return PlainTextResponse(str(size))

    async def look(_asked: Any) -> PlainTextResponse:
        log.info("inside", depth=len(ACTIVE.get()), baggage=baggage.get_baggage("user_id"))
        return PlainTextResponse("here")

    return TraceMiddleware(Starlette(routes=[Route("/up", upload, methods=["POST"]), Route("/look", look)]))


def assert_apart(lines: list[dict[str, Any]]) -> None:
    """Check that nothing of an upload is on a line of what came after it, and that nothing piles up."""
    inside = [line for line in lines if line["message"] == "inside"]
    ends = [line for line in lines if line["message"] == "GET /look"]

    assert ROUNDS == len(inside) == len(ends)
    assert [{"request_id"}] * 2 * ROUNDS == [{*line["context"]} for line in [*inside, *ends]]
    assert {1} == {line["payload"]["depth"] for line in inside}
    assert all("parent_span_id" not in line for line in ends)
    requests = [line for line in lines if line.get("span", {}).get("kind") == "server"]
    assert len(requests) == len({line["trace_id"] for line in requests})


@pytest.mark.parametrize("by", ["uvicorn", "hypercorn"])
def test_after_a_large_body(sink: Any, serve: Any, app: Any, by: str) -> None:
    """A body for which the server stopped and went on reading leaves nothing to the next request."""
    with serve(app, by=by) as address, httpx.Client(base_url=f"http://{address}") as client:
        for _ in range(ROUNDS):
            assert str(len(LARGE)) == client.post("/up", content=LARGE).text
            assert "here" == client.get("/look").text
        ends = sink.ends(2 * ROUNDS)

    assert ROUNDS == sum(line["context"].get("user_id") == "alice" for line in ends)
    assert_apart(sink.lines())


@pytest.mark.parametrize("by", ["uvicorn", "hypercorn"])
def test_pipelined(sink: Any, serve: Any, app: Any, by: str) -> None:
    """Requests that are sent without waiting for answers are apart."""
    up = b"POST /up HTTP/1.1\r\nhost: shop\r\ncontent-length: 2\r\n\r\nxx"
    look = b"GET /look HTTP/1.1\r\nhost: shop\r\n\r\n"
    with serve(app, by=by) as address:
        host, port = address.split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall((up + look) * ROUNDS)
            answered = b""
            while answered.count(b"here") < ROUNDS:
                answered += connection.recv(65_536)
        sink.ends(2 * ROUNDS)

    assert_apart(sink.lines())


def test_baggage(sink: Any, serve: Any, app: Any, configured: Any) -> None:
    """With OpenTelemetry's ids, what it carries along is left behind as well."""
    configured(sink, ids="otel")
    with serve(app) as address, httpx.Client(base_url=f"http://{address}") as client:
        for _ in range(ROUNDS):
            client.post("/up", content=LARGE)
            client.get("/look")
        sink.ends(2 * ROUNDS)

    assert_apart(sink.lines())
    assert {None} == {line["payload"]["baggage"] for line in sink.lines() if line["message"] == "inside"}
