"""What becomes of the request that is sent: the caller's stays as it was, and a copy goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from structlog_enrich.integrations.httpx import TraceTransport

if TYPE_CHECKING:
    from collections.abc import Iterator


CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class TestRequest:
    """The caller's request stays the caller's."""

    def test_unmutated(self, server: Any, written: Any, client: Any) -> None:
        """Its headers, extensions and body are what they were; the response names it and no copy."""
        with client() as http:
            request = http.build_request("POST", f"{server.url}/upload", json={"a": 1}, headers={"X-One": "1"})
            headers, extensions, stream, content = request.headers, request.extensions, request.stream, request.content
            raw, held = list(headers.raw), dict(extensions)
            response = http.send(request)

        assert request is response.request
        assert (headers, extensions, stream, content) == (
            request.headers,
            request.extensions,
            request.stream,
            request.content,
        )
        assert stream is request.stream
        assert raw == request.headers.raw
        assert held == request.extensions
        assert content == response.content

    def test_headers_on_the_wire(self, server: Any, written: Any, client: Any) -> None:
        """What the caller set goes out, but for a trace of its own, however often and in whichever case."""
        theirs = [
            ("X-One", "1"),
            ("x-one", "2"),
            ("TraceParent", CALLER),
            ("traceparent", CALLER),
            ("TRACESTATE", "a=1"),
            ("tracestate", "b=2"),
            ("X-Latin", "caf\xe9".encode("latin-1")),
        ]
        with client() as http:
            http.get(f"{server.url}/ok", headers=theirs)

        headers = server.seen[0]["headers"]

        assert ["1", "2"] == headers.get_all("x-one")
        assert ["caf\xe9"] == headers.get_all("x-latin")
        assert 1 == len(headers.get_all("traceparent"))
        assert None is headers.get_all("tracestate")
        assert [written.one()["span_id"]] == server.parents()

    def test_for_the_wrapped_transport(self, written: Any) -> None:
        """The wrapped transport finds all that the caller's request has: its class, its content, its extensions."""
        seen = []

        class Signed(httpx.Request):
            key = "k"

        def answer(request: httpx.Request) -> httpx.Response:
            request.extensions["signed"] = True
            seen.append((type(request), request.content, request.key, request.method, str(request.url)))  # type: ignore[attr-defined]
            return httpx.Response(200, request=request)

        class Direct(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                return answer(request)

        request = Signed("POST", "http://stock/?a=1#b", content=b"body")
        request.key = "mine"
        response = TraceTransport(Direct()).handle_request(request)

        assert request is response.request
        assert [(Signed, b"body", "mine", "POST", "http://stock/?a=1#b")] == seen
        assert {"signed": True} == request.extensions

    def test_extensions_reach_the_network(self, server: Any, written: Any, client: Any) -> None:
        """`trace` and `timeout` of the request work as ever, and so do those of the response."""
        events = []
        extensions = {"trace": lambda name, _: events.append(name)}
        with client() as http, http.stream("GET", f"{server.url}/ok", extensions=extensions) as response:
            assert {"http_version", "network_stream", "reason_phrase"} <= response.extensions.keys()
            peer = response.extensions["network_stream"].get_extra_info("server_addr")
            assert server.server_address == peer
            response.read()

        assert "http11.send_request_headers.started" in events

    def test_generator_is_not_consumed(self, server: Any, written: Any, client: Any) -> None:
        """A body that can be read but once is read by the network, in its own pieces."""
        alive = []

        def body() -> Iterator[bytes]:
            for number in range(3):
                alive.append(number)
                yield str(number).encode()

        with client() as http:
            response = http.post(f"{server.url}/upload", content=body())
            refused = http.build_request("POST", "gopher://stock/", content=body())
            with pytest.raises(httpx.UnsupportedProtocol):
                http.send(refused)

        assert b"012" == response.content
        assert [0, 1, 2] == alive
        assert b"012" == refused.read()

    def test_failing_upload(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """What the body raises while it is sent goes to the caller and ends the span."""

        def body() -> Iterator[bytes]:
            yield b"x"
            raise ValueError("no more")

        with client() as http, pytest.raises(ValueError, match="no more"):
            http.post(f"{server.url}/upload", content=body())

        assert ("error", "error", None, "ValueError", "ValueError") == told(written.one())
