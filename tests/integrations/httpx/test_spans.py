"""Requests sent with httpx, against real servers on loopback: their spans, their lines and what goes out."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from structlog_enrich import bound_contextvars, bound_logger, current_trace, entry, preset, span
from structlog_enrich.integrations.httpx import TraceTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema import Draft202012Validator

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


class TestSpan:
    """One request, one client span, one line."""

    def test_line(self, server: Any, written: Any, client: Any) -> None:
        """The line says what was asked of whom and how it went, under the names of the semantic conventions."""
        with entry("order"), client() as http:
            http.get(f"{server.url}/ok")

        line = written.one()
        took = line["span"].pop("duration_ms")

        assert took > 0
        assert ("info", "GET", "span.end", "order") == (
            line["level"],
            line["message"],
            line["event_name"],
            line["operation"],
        )
        assert {
            "phase": "end",
            "name": "GET",
            "kind": "client",
            "attempt": 1,
            "status": "ok",
            "peer": server.peer,
            "attributes": {
                "http.request.method": "GET",
                "url.full": f"{server.url}/ok",
                "server.address": "127.0.0.1",
                "server.port": server.server_port,
                "http.response.status_code": 200,
                "network.protocol.version": "1.1",
            },
        } == line["span"]

    def test_trace(self, server: Any, written: Any, client: Any) -> None:
        """It is a child of the current span, and what the server received names it as its parent."""
        carrier = {"traceparent": CALLER, "tracestate": "congo=t61rcWkgMzE"}
        with entry("order", carrier=carrier), span("reserve") as reserve, client() as http:
            http.get(f"{server.url}/ok")

        line = written.one()
        headers = server.seen[0]["headers"]

        assert (TRACE_ID, reserve.trace.span_id) == (line["trace_id"], line["parent_span_id"])
        assert [f"00-{TRACE_ID}-{line['span_id']}-01"] == headers.get_all("traceparent")
        assert ["congo=t61rcWkgMzE"] == headers.get_all("tracestate")

    def test_outside_any_span(self, server: Any, written: Any, client: Any) -> None:
        """Outside any span it belongs to the process's boot trace."""
        with client() as http:
            http.get(f"{server.url}/ok")

        line = written.one()

        assert line["boot_id"] == line["parent_span_id"]
        assert [line["span_id"]] == server.parents()

    def test_active_only_while_it_is_sent(self, server: Any, written: Any, client: Any) -> None:
        """Whoever reads the body is in the caller's span, and after it nothing is left behind."""
        with entry("order") as order, client() as http:
            with http.stream("GET", f"{server.url}/ok") as response:
                assert order.trace is current_trace()
                for _ in response.iter_raw():
                    assert order.trace is current_trace()
            assert order.trace is current_trace()
            with pytest.raises(httpx.UnsupportedProtocol):
                http.get("gopher://stock/")
            assert order.trace is current_trace()

        assert None is current_trace()
        assert 2 == len(written.ended())

    def test_what_is_logged_while_it_is_sent(self, server: Any, written: Any, client: Any) -> None:
        """What logs on the way, such as the body that is uploaded, does so in the client span."""
        log = structlog.get_logger()

        def body() -> Iterator[bytes]:
            log.info("uploading")
            yield b"x"

        with client() as http:
            http.post(f"{server.url}/upload", content=body())

        uploading, line = written.lines()

        assert ("uploading", line["span_id"]) == (uploading["message"], uploading["span_id"])

    def test_context(self, server: Any, written: Any, client: Any) -> None:
        """The line has what is bound where the body is read."""
        with entry("order"), client() as http, bound_contextvars(order_id="o-1"):
            http.get(f"{server.url}/ok")

        assert {"order_id": "o-1"} == written.one()["context"]

    def test_read_elsewhere(self, server: Any, written: Any, client: Any) -> None:
        """A body that another thread reads, which knows of no trace, ends the span under its own ids."""
        pool = ThreadPoolExecutor(1)
        with pool, entry("order") as order, client() as http, http.stream("GET", f"{server.url}/ok") as response:
            assert b"ok" == pool.submit(response.read).result()
            assert None is pool.submit(current_trace).result()

        line = written.one()

        assert ("order", order.trace.trace_id) == (line["operation"], line["trace_id"])
        assert [line["span_id"]] == server.parents()

    def test_given_logger(self, server: Any, written: Any, collect: Callable[..., Any]) -> None:
        """A logger that is given gets the line."""
        other = collect(preset(service="outgoing"))
        with httpx.Client(transport=TraceTransport(logger=other.log)) as http:
            http.get(f"{server.url}/ok")

        assert [] == written.lines()
        assert "outgoing" == other.line()["service"]

    def test_quiet_logger(self, server: Any, client: Any, configured: Any) -> None:
        """A logger that hears only warnings gets no line of what went well; the trace goes out all the same."""
        sink = io.BytesIO()
        configured(sink)
        structlog.configure(wrapper_class=bound_logger("warning"))
        with client() as http:
            http.get(f"{server.url}/ok")

        assert b"" == sink.getvalue()
        assert 1 == len(server.parents())

    def test_keep_alive(self, server: Any, written: Any, client: Any) -> None:
        """Requests over one connection are spans of their own."""
        with client() as http:
            for _ in range(5):
                http.get(f"{server.url}/ok")

        lines = written.ended()

        assert 1 == len({each["from"] for each in server.seen})
        assert [each["span_id"] for each in lines] == server.parents()
        assert 5 == len(set(server.parents()))
        assert [1] * 5 == [each["span"]["attempt"] for each in lines]


class TestOpenTelemetry:
    """With `preset(ids="otel")`."""

    def test_same_ids(
        self,
        server: Any,
        validator: Draft202012Validator,
        monkeypatch: pytest.MonkeyPatch,
        client: Any,
        async_client: Any,
        configured: Any,
    ) -> None:
        """The server gets the ids of the exported span, which are those of the line."""
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", lambda: provider)
        sink = io.BytesIO()
        configured(sink, ids="otel")

        async def main() -> None:
            async with async_client() as http:
                await http.get(f"{server.url}/ok")

        with entry("order"), client() as http:
            http.get(f"{server.url}/ok")
            http.get(f"{server.url}/status/503")
            asyncio.run(main())

        lines = [orjson.loads(line) for line in sink.getvalue().splitlines()]
        for each in lines:
            validator.validate(each)
        *sent, order = lines
        exported = exporter.get_finished_spans()

        assert 4 == len(exported)
        assert [each["span_id"] for each in sent] == server.parents()
        for line, each in zip(lines, exported, strict=True):
            assert (line["trace_id"], line["span_id"]) == (
                f"{each.context.trace_id:032x}",
                f"{each.context.span_id:016x}",
            )
            assert line["span"].get("attributes", {}) == dict(each.attributes)
        assert [order["span_id"]] * 3 == [each["parent_span_id"] for each in sent]
        assert ["UNSET", "ERROR", "UNSET"] == [each.status.status_code.name for each in exported[:3]]
        assert ["CLIENT"] * 3 == [each.kind.name for each in exported[:3]]
