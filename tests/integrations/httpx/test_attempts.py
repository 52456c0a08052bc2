"""Requests that httpx sends again, or elsewhere."""

from __future__ import annotations

import gc
from typing import Any

import httpx
import pytest

from structlog_enrich import entry
from structlog_enrich.integrations.httpx import TraceTransport

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PASSWORD = "hunter" + "2"
FINE = ("info", "ok", None, None, None)


class TestAttempts:
    """The same request again."""

    def test_retry_loop(self, server: Any, written: Any, client: Any) -> None:
        """A built request that is sent three times is three attempts, each naming the one before."""
        with entry("order"), client() as http:
            request = http.build_request("GET", f"{server.url}/status/503")
            for _ in range(3):
                http.send(request)

        lines = written.ended()
        parts = [each["span"] for each in lines]
        ids = [each["span_id"] for each in lines]

        assert [1, 2, 3] == [each["attempt"] for each in parts]
        assert [None, *ids[:2]] == [each.get("previous_span_id") for each in parts]
        assert [None, 1, 2] == [each["attributes"].get("http.request.resend_count") for each in parts]
        assert ids == server.parents()
        assert 1 == len({each["parent_span_id"] for each in lines})

    def test_retrying_transport(self, server: Any, nobody: str, written: Any) -> None:
        """A transport around ours that tries again makes attempts, of failures too; other requests begin at 1."""

        class Retrying(httpx.BaseTransport):
            def __init__(self, transport: httpx.BaseTransport) -> None:
                self.transport = transport

            def handle_request(self, request: httpx.Request) -> httpx.Response:
                try:
                    return self.transport.handle_request(request)
                except httpx.ConnectError:
                    return self.transport.handle_request(request)

            def close(self) -> None:
                self.transport.close()

        with httpx.Client(transport=Retrying(TraceTransport())) as http:
            with pytest.raises(httpx.ConnectError):
                http.get(nobody)
            http.get(f"{server.url}/ok")

        first, second, other = written.ended()

        assert [1, 2, 1] == [each["span"]["attempt"] for each in (first, second, other)]
        assert first["span_id"] == second["span"]["previous_span_id"]
        assert "previous_span_id" not in other["span"]

    def test_challenge(self, server: Any, written: Any, client: Any) -> None:
        """A request that is sent again with its credentials is a second attempt."""
        with client(auth=httpx.DigestAuth("user", PASSWORD)) as http:
            assert 200 == http.get(f"{server.url}/login").status_code

        lines = written.ended()

        assert [(1, 401), (2, 200)] == [
            (each["span"]["attempt"], each["span"]["attributes"]["http.response.status_code"]) for each in lines
        ]
        assert PASSWORD not in str(lines)

    def test_other_trace(self, server: Any, written: Any, client: Any) -> None:
        """A request that is kept and sent for one caller after another isn't tried again for the later ones."""
        with client() as http:
            request = http.build_request("GET", f"{server.url}/ok")
            for _ in range(2):
                with entry("health"):
                    http.send(request)

        assert [1, 1] == [each["span"]["attempt"] for each in written.ended()]
        assert all("previous_span_id" not in each["span"] for each in written.ended())

    def test_nothing_is_kept(self, server: Any, written: Any, client: Any) -> None:
        """A request that its sender has forgotten is forgotten here."""
        with client() as http:
            gc.collect()
            before = sum(type(each) is httpx.Request for each in gc.get_objects())
            for _ in range(10):
                http.get(f"{server.url}/ok")
            gc.collect()
            after = sum(type(each) is httpx.Request for each in gc.get_objects())

        assert before == after


class TestRedirects:
    """Each hop is a request of its own."""

    def test_across_servers(self, server: Any, written: Any, client: Any, serving: Any) -> None:
        """Each has a span under the caller's, and each server gets the ids of its own hop."""
        with serving() as other, entry("order") as order, client(follow_redirects=True) as http:
            second = f"{other.url}/to/{server.url}/ok"
            response = http.get(f"{server.url}/to/{second}", headers={"traceparent": CALLER})
            assert 200 == response.status_code
            assert 2 == len(response.history)
            elsewhere = other.parents()

        lines = written.ended()
        ids = [each["span_id"] for each in lines]

        assert [302, 302, 200] == [each["span"]["attributes"]["http.response.status_code"] for each in lines]
        assert [order.trace.span_id] * 3 == [each["parent_span_id"] for each in lines]
        assert [ids[0], ids[2]] == server.parents()
        assert [ids[1]] == elsewhere
        assert [1, 1, 1] == [each["span"]["attempt"] for each in lines]
        assert [server.peer, other.peer, server.peer] == [each["span"]["peer"] for each in lines]

    def test_not_followed(self, server: Any, written: Any, client: Any) -> None:
        """The request that would be next carries nothing of ours until it is sent."""
        with client() as http:
            following = http.get(f"{server.url}/to/{server.url}/ok").next_request
            assert following is not None
            assert "traceparent" not in following.headers
            http.send(following)

        assert [each["span_id"] for each in written.ended()] == server.parents()

    def test_without_end(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """A redirect into a loop is as many spans as hops."""
        loop = f"{server.url}/to/{server.url}/to/{server.url}/ok"
        with client(follow_redirects=True, max_redirects=1) as http, pytest.raises(httpx.TooManyRedirects):
            http.get(loop)

        assert [FINE] * len(server.seen) == [told(each) for each in written.ended()]
