"""Many requests sent with httpx at once, and servers that people run."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import structlog
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from structlog_enrich import bind_contextvars, entry, extract
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

FINE = ("info", "ok", None, None, None)


class TestConcurrency:
    """Many requests at a time."""

    COUNT = 200

    def check(self, written: Any, server: Any, told: Any) -> None:
        """Each client span is under its own entry, and each server was told that span."""
        entries = {each["context"]["number"]: each for each in written.ended("internal")}
        spans = {each["span_id"]: each for each in written.ended()}

        assert self.COUNT == len(entries) == len(spans) == len(server.seen)
        assert self.COUNT == len({each["trace_id"] for each in entries.values()})
        for each in server.seen:
            remote = extract(each["headers"].items())
            assert remote is not None
            line, owner = spans[remote.span_id], entries[int(each["path"].rpartition("/")[2])]
            assert (owner["trace_id"], owner["span_id"]) == (line["trace_id"], line["parent_span_id"])
            assert owner["trace_id"] == remote.trace_id
            assert owner["context"] == line["context"]
        assert FINE == told(next(iter(spans.values())))

    def test_tasks(self, server: Any, written: Any, async_client: Any, told: Any) -> None:
        """Tasks of one loop, over one client, don't mix."""

        async def main() -> None:
            limits = httpx.Limits(max_connections=50)
            async with async_client(httpx.AsyncHTTPTransport(verify=False, limits=limits)) as http:

                async def work(number: int) -> None:
                    async with entry("work"):
                        bind_contextvars(number=number)
                        assert "ok" == (await http.get(f"{server.url}/ok/{number}")).text

                await asyncio.gather(*map(work, range(self.COUNT)))

        asyncio.run(main())

        self.check(written, server, told)

    def test_threads(self, server: Any, written: Any, client: Any, told: Any) -> None:
        """Threads over one client don't mix."""
        with client(httpx.HTTPTransport(verify=False, limits=httpx.Limits(max_connections=50))) as http:

            def work(number: int) -> None:
                with entry("work"):
                    bind_contextvars(number=number)
                    assert "ok" == http.get(f"{server.url}/ok/{number}").text

            with ThreadPoolExecutor(50) as pool:
                list(pool.map(work, range(self.COUNT)))

        self.check(written, server, told)

    def test_siblings(self, server: Any, written: Any, async_client: Any) -> None:
        """Requests of one entry that are under way together have each what its own task bound."""

        async def main() -> None:
            async with entry("order"), async_client() as http:

                async def work(number: int) -> None:
                    bind_contextvars(number=number)
                    await http.get(f"{server.url}/ok/{number}")

                await asyncio.gather(*map(work, range(10)))

        asyncio.run(main())
        lines = written.ended()

        assert 10 == len(lines)
        assert [] == [
            (each["context"], each["span"]["attributes"]["url.full"])
            for each in lines
            if not each["span"]["attributes"]["url.full"].endswith(f"/{each['context']['number']}")
        ]


class TestServers:
    """Servers that people run."""

    COUNT = 20

    def test_both_ends(self, serve: Callable[..., Any], written: Any, async_client: Any) -> None:
        """Under uvicorn, with our middleware inside, the two ends make one trace."""

        async def answer(request: Request) -> Response:
            structlog.get_logger().info("reserved")
            return PlainTextResponse("ok")

        app = TraceMiddleware(Starlette(routes=[Route("/items/{id}", answer)]))

        async def main(address: str) -> None:
            async with entry("order"), async_client() as http:
                assert "ok" == (await http.get(f"http://{address}/items/5")).text

        with serve(app) as address:
            asyncio.run(main(address))

        lines = written.lines()
        sent, order, answered = written.one(), *written.ended("internal"), *written.ended("server")
        reserved = next(each for each in lines if each["message"] == "reserved")

        assert 1 == len({each["trace_id"] for each in lines})
        assert order["span_id"] == sent["parent_span_id"]
        assert sent["span_id"] == answered["parent_span_id"]
        assert answered["span_id"] == reserved["span_id"]
        assert "GET /items/{id}" == answered["message"]

    def test_http_2(self, serve: Callable[..., Any], written: Any, async_client: Any) -> None:
        """Requests that share one HTTP/2 connection at a time don't mix."""
        seen = []

        async def answer(request: Request) -> Response:
            seen.append((request.url.path, request.headers["traceparent"].split("-")[2]))
            return PlainTextResponse("ok" * 100_000)

        app = Starlette(routes=[Route("/{number}", answer)])

        async def main(address: str) -> None:
            async with async_client(httpx.AsyncHTTPTransport(verify=False, http1=False, http2=True)) as http:
                await asyncio.gather(*(http.get(f"http://{address}/{number}") for number in range(self.COUNT)))

        with serve(app, by="hypercorn") as address:
            asyncio.run(main(address))

        lines = written.ended()
        urls = [(urlsplit(each["span"]["attributes"]["url.full"]).path, each["span_id"]) for each in lines]

        assert self.COUNT == len(lines)
        assert sorted(seen) == sorted(urls)
        assert {"2"} == {each["span"]["attributes"]["network.protocol.version"] for each in lines}
