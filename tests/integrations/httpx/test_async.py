"""Requests sent with httpx without blocking."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from structlog_enrich import current_trace, entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SOON = 0.05
"""Seconds until a timeout that is to be met; nothing is right only because it is long enough."""
LONG = 30.0
"""Seconds within which what must happen happens."""
BIG = 64 * 65_536
"""The size of the answer that no buffer holds."""
FINE = ("info", "ok", None, None, None)


class TestAsync:
    """The same without blocking."""

    def test_line_and_trace(self, server: Any, written: Any, async_client: Any, told: Any) -> None:
        """One request, one line, and its ids at the server."""

        async def main() -> None:
            async with entry("order", carrier={"traceparent": CALLER}) as order, async_client() as http:
                request = http.build_request("GET", f"{server.url}/ok", headers={"traceparent": CALLER})
                response = await http.send(request)
                assert request is response.request
                assert CALLER == request.headers["traceparent"]
                assert order.trace is current_trace()

        asyncio.run(main())
        line = written.one()

        assert FINE == told(line)
        assert [f"00-{TRACE_ID}-{line['span_id']}-01"] == server.seen[0]["headers"].get_all("traceparent")
        assert ("GET", server.peer, 1) == (line["message"], line["span"]["peer"], line["span"]["attempt"])

    def test_body(self, server: Any, written: Any, async_client: Any, told: Any) -> None:
        """It ends when the body has been read, not before, and once."""

        async def main() -> None:
            async with async_client() as http, http.stream("GET", f"{server.url}/big") as response:
                assert {"http_version", "network_stream"} <= response.extensions.keys()
                size = 0
                async for chunk in response.aiter_raw():
                    assert [] == written.lines()
                    assert None is current_trace()
                    size += len(chunk)
                assert FINE == told(written.one())
                assert BIG == size == response.num_bytes_downloaded
                assert response.is_closed
                await response.aclose()

        asyncio.run(main())

        assert FINE == told(written.one())

    @pytest.mark.parametrize("path", ["status/204", "gzip", "status/304"])
    def test_short_bodies(self, path: str, server: Any, written: Any, async_client: Any, told: Any) -> None:
        """None, an empty and a compressed one end it once."""

        async def main() -> None:
            async with async_client() as http:
                await http.get(f"{server.url}/{path}")
                await http.head(f"{server.url}/{path}")

        asyncio.run(main())

        assert [FINE, FINE] == [told(each) for each in written.ended()]

    def test_left_early(self, server: Any, written: Any, async_client: Any, told: Any) -> None:
        """A stream that is left before its end, or isn't looked at, ends it once."""

        async def main() -> None:
            async with async_client() as http:
                async with http.stream("GET", f"{server.url}/drip") as response:
                    async for _ in response.aiter_raw():
                        break
                async with http.stream("GET", f"{server.url}/drip") as response:
                    pass
                await response.aclose()

        asyncio.run(main())

        assert [FINE] * 2 == [told(each) for each in written.ended()]

    def test_upload(self, server: Any, written: Any, async_client: Any, told: Any) -> None:
        """A body that can be read but once is read by the network."""

        async def body() -> AsyncIterator[bytes]:
            for number in range(3):
                yield str(number).encode()

        async def main() -> bytes:
            async with async_client() as http:
                return (await http.post(f"{server.url}/upload", content=body())).content

        assert b"012" == asyncio.run(main())
        assert FINE == told(written.one())

    def test_redirect(self, server: Any, written: Any, async_client: Any) -> None:
        """Each hop is a request of its own."""

        async def main() -> None:
            async with async_client(follow_redirects=True) as http:
                await http.get(f"{server.url}/to/{server.url}/ok")

        asyncio.run(main())

        assert [each["span_id"] for each in written.ended()] == server.parents()
        assert 2 == len(server.seen)

    def test_attempts(self, server: Any, written: Any, async_client: Any) -> None:
        """The same request again is the next attempt."""

        async def main() -> None:
            async with async_client() as http:
                request = http.build_request("GET", f"{server.url}/status/503")
                for _ in range(2):
                    await http.send(request)

        asyncio.run(main())
        first, second = written.ended()

        assert (2, first["span_id"]) == (second["span"]["attempt"], second["span"]["previous_span_id"])

    def test_failures(self, server: Any, nobody: str, silent: str, written: Any, async_client: Any, told: Any) -> None:
        """A connection refused or late, an answer late, a body cut: each ends its span with the error."""

        async def main() -> None:
            async with async_client() as http:
                for url, limits in (
                    (nobody, {}),
                    (silent, {"connect": SOON}),
                    (f"{server.url}/hang", {"read": SOON}),
                    (f"{server.url}/cut", {}),
                ):
                    with pytest.raises(httpx.TransportError):
                        await http.get(url, timeout=httpx.Timeout(**{"timeout": LONG, **limits}))

        asyncio.run(main())

        assert [
            ("error", "error", outcome, f"httpx.{name}", f"httpx.{name}")
            for outcome, name in [
                (None, "ConnectError"),
                ("timeout", "ConnectTimeout"),
                ("timeout", "ReadTimeout"),
                (None, "RemoteProtocolError"),
            ]
        ] == [told(each) for each in written.ended()]

    def test_failing_close(self, written: Any, async_client: Any) -> None:
        """A stream that can't be closed ends it with what it raised."""

        class Stuck(httpx.AsyncByteStream):
            async def aclose(self) -> None:
                raise httpx.CloseError("stuck")

        async def main() -> None:
            answer = httpx.MockTransport(lambda _: httpx.Response(200, stream=Stuck()))
            async with async_client(answer) as http:
                response = await http.send(http.build_request("GET", "http://stock/"), stream=True)
                with pytest.raises(httpx.CloseError):
                    await response.aclose()

        asyncio.run(main())

        assert "httpx.CloseError" == written.one()["error"]["type"]

    def test_in_memory(self, written: Any, async_client: Any, told: Any) -> None:
        """A response that was read before we saw it ends it at once."""

        async def main() -> None:
            async with async_client(httpx.MockTransport(lambda _: httpx.Response(200, json=1))) as http:
                assert 1 == (await http.get("http://stock/")).json()

        asyncio.run(main())

        assert FINE == told(written.one())

    def test_application_in_process(self, written: Any, async_client: Any) -> None:
        """An ASGI application that is called without a network is a peer like any other."""
        seen = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.append(dict(scope["headers"])[b"traceparent"].decode())
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ok"})

        async def main() -> None:
            async with async_client(httpx.ASGITransport(app=app)) as http:
                assert "ok" == (await http.get("http://stock/")).text

        asyncio.run(main())
        line = written.one()

        assert [line["span_id"]] == [each.split("-")[2] for each in seen]
