"""Clients that leave and servers that stop, told from errors."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import pytest
import structlog
from fastapi import Body, FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from starlette.middleware import Middleware

log = structlog.get_logger()

TIMEOUT = 30.0


GONE = {"type": "http.disconnect"}


class Declined(Exception):
    """Refuse a payment."""


def shop(below: Sequence[Middleware] = ()) -> FastAPI:
    """Return an application whose endpoints wait for their client to leave."""
    app = FastAPI(middleware=[*below])

    @app.post("/upload")
    async def upload(request: Request) -> int:
        log.info("reading")
        return len(await request.body())

    @app.post("/json")
    async def parsed(given: Annotated[list[int], Body()]) -> int:
        return len(given)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 100_000
                await asyncio.sleep(0)

        return StreamingResponse(parts())

    @app.get("/slow")
    async def slow(request: Request) -> str:
        log.info("working")
        while not await request.is_disconnected():  # noqa: ASYNC110 (the only way to ask)
            await asyncio.sleep(0)
        return "too late"

    @app.get("/hangs")
    async def hangs() -> None:
        log.info("working")
        await asyncio.Event().wait()

    return app


@contextmanager
def client(address: str, request: bytes) -> Iterator[socket.socket]:
    """Send *request* as it is, and break off at the end."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), TIMEOUT) as connection:
        connection.sendall(request.replace(b"\n", b"\r\n"))
        yield connection


class TestDisconnects:
    """A client that leaves before its answer is complete, message by message."""

    def assert_disconnected(self, line: dict[str, Any]) -> None:
        """Check that *line* tells of a client that left, and of no error."""
        assert ("info", "ok", "disconnected") == (line["level"], line["span"]["status"], line["span"]["outcome"])
        assert "error" not in line
        assert "error.type" not in line["span"]["attributes"]

    @pytest.mark.parametrize(
        "steps",
        [
            [None],
            [None, 200, "1"],
            [None, ClientDisconnect()],
            [200, "1", None, ClientDisconnect()],
            [None, type("ClientDisconnect", (Exception,), {})()],
            [None, ExceptionGroup("tasks", [ClientDisconnect(), ExceptionGroup("more", [ClientDisconnect()])])],
            [None, 500, b"2", ClientDisconnect()],
            [None, asyncio.CancelledError()],
        ],
        ids=[
            "returned",
            "began",
            "raised",
            "streaming",
            "another framework's",
            "group",
            "answered to nobody",
            "cancelled",
        ],
    )
    def test_left(self, sink: Any, drive: Any, steps: Any, playing: Any) -> None:
        """However the application takes it, the line says `disconnected`."""
        drive(TraceMiddleware(playing(*steps)), incoming=[GONE])

        self.assert_disconnected(sink.end())
        assert 1 == len(sink.lines())

    def test_an_error_of_its_own(self, sink: Any, drive: Any, playing: Any) -> None:
        """What fails besides, a database that refuses, is an error, of a request that had nobody to answer."""
        drive(TraceMiddleware(playing(None, ConnectionRefusedError("database"))), incoming=[GONE])
        line = sink.end()

        assert ("error", "error", "disconnected") == (line["level"], line["span"]["status"], line["span"]["outcome"])
        assert "ConnectionRefusedError" == line["error"]["type"]
        assert "http.response.status_code" not in line["span"]["attributes"]

    def test_answer_to_nobody(self, sink: Any, drive: Any, playing: Any) -> None:
        """An application that answers all the same is told so, too."""
        drive(TraceMiddleware(playing(None, 200, b"2")), incoming=[GONE])

        self.assert_disconnected(sink.end())

    def test_failed_write(self, sink: Any, drive: Any, playing: Any) -> None:
        """A server may tell it by failing a write, whether or not the application listens."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await TraceMiddleware(playing(200, "1", b"2"))(scope, receive, broken)

        async def broken(message: Any) -> None:
            if message["type"] == "http.response.body":
                raise error

        error = BrokenPipeError("client left")
        exchange = drive(app)

        assert error is exchange.error
        self.assert_disconnected(sink.end())

    @pytest.mark.parametrize("by", ["stream", "file"])
    def test_starlettes_responses(self, sink: Any, drive: Any, by: str) -> None:
        """Starlette's streams turn such a write into its own exception."""

        async def parts() -> AsyncIterator[bytes]:
            yield b"1"
            yield b"2"

        async def broken(message: Any) -> None:
            if message["type"] == "http.response.body":
                raise OSError("client left")

        async def app(scope: Any, receive: Any, send: Any) -> None:
            routes = [Route("/", lambda _: StreamingResponse(parts()))]
            await TraceMiddleware(Starlette(routes=routes))(scope, receive, broken)

        exchange = drive(app)

        assert "ClientDisconnect" == type(exchange.error).__name__
        self.assert_disconnected(sink.end())

    def test_while_the_body_is_read(self, sink: Any, drive: Any, below: Any) -> None:
        """Starlette raises where the body is read, and answers 500 to nobody; that isn't the service's failure."""

        async def endpoint(request: Any) -> PlainTextResponse:
            return PlainTextResponse(await request.body())

        part = {"type": "http.request", "body": b"1", "more_body": True}
        app = Starlette(
            routes=[Route("/", endpoint, methods=["POST"])],
            middleware=below,
        )
        drive(TraceMiddleware(app), "POST", incoming=[part, GONE])

        self.assert_disconnected(sink.end())
        assert "POST /" == sink.end()["operation"]

    def test_an_error_of_the_same_kind(self, sink: Any, drive: Any, playing: Any) -> None:
        """An OSError while the client is there is an error like any other."""
        exchange = drive(TraceMiddleware(playing(None, ConnectionResetError("database"))))

        assert (500, "error", "database") == (exchange.status, sink.end()["level"], sink.end()["error"]["message"])
        assert "outcome" not in sink.end()["span"]

    def test_an_error_that_was_answered(self, sink: Any, drive: Any, playing: Any) -> None:
        """That the server says "disconnected" once the answer is complete makes nothing of the error behind it."""
        drive(TraceMiddleware(playing(None, 500, "1", b"2", None, ConnectionResetError("database"))))

        assert ("error", "database") == (sink.end()["level"], sink.end()["error"]["message"])

    @pytest.mark.parametrize("answer", [[], [500, b"2"]], ids=["unanswered", "answered"])
    def test_another_error(self, sink: Any, drive: Any, answer: Any, playing: Any) -> None:
        """A client that leaves doesn't excuse an error of the application, and gets no other answer than its own."""
        exchange = drive(TraceMiddleware(playing(None, *answer, Declined("no funds"))), incoming=[GONE])

        assert ("error", "no funds", 1) == (sink.end()["level"], sink.end()["error"]["message"], len(sink.lines()))
        assert len(answer) == len(exchange.sent)

    def test_group_with_another_error(self, sink: Any, drive: Any, playing: Any) -> None:
        """Neither does it in a group."""
        drive(
            TraceMiddleware(playing(None, ExceptionGroup("", [ClientDisconnect(), Declined("no funds")]))),
            incoming=[GONE],
        )

        assert "error" == sink.end()["level"]

    def test_told_while_the_last_part_is_sent(self, sink: Any, drive: Any, playing: Any) -> None:
        """A server that yields while it sends the last part may say "disconnected" to a listener before it returns."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            async def yielding(message: Any) -> None:
                await send(message)
                for _ in range(5):
                    await asyncio.sleep(0)

            await TraceMiddleware(listening)(scope, receive, yielding)

        async def listening(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            listener = asyncio.create_task(receive())
            await playing(200, b"2")(scope, receive, send)
            assert GONE == await listener

        exchange = drive(app)

        assert None is exchange.error
        assert "outcome" not in sink.end()["span"]

    def test_after_the_response(self, sink: Any, drive: Any, playing: Any) -> None:
        """Every client leaves after its answer; that is no news."""
        drive(TraceMiddleware(playing(None, 200, b"2", None)))

        assert "outcome" not in sink.end()["span"]


class TestClientLeaves:
    """The line says `disconnected`, at level info, without an error."""

    def assert_left(self, sink: Any, operation: str) -> None:
        """Wait for the one request line, and check what it says."""
        line = sink.end()

        assert ("info", "ok", "disconnected", operation) == (
            line["level"],
            line["span"]["status"],
            line["span"]["outcome"],
            line["operation"],
        )
        assert [] == [each for each in sink.lines() if "error" in each]
        assert 1 == len({each["trace_id"] for each in sink.lines()})

    @pytest.mark.parametrize("path", ["/upload", "/json"])
    def test_during_upload(self, sink: Any, serve: Any, by: str, below: Any, path: str) -> None:
        """While its body is read."""
        head = f"POST {path} HTTP/1.1\nHost: shop\nContent-Type: application/json\nContent-Length: 1000\n\n[1,"
        with serve(TraceMiddleware(shop(below)), by=by) as address:
            with client(address, head.encode()):
                if path == "/upload":
                    sink.wait_for(lambda lines: "reading" in [line["message"] for line in lines])
            self.assert_left(sink, f"POST {path}")

    def test_during_stream(self, sink: Any, serve: Any, by: str, below: Any) -> None:
        """While its answer is streamed; the status that went out stays."""
        with serve(TraceMiddleware(shop(below)), by=by) as address:
            with client(address, b"GET /stream HTTP/1.1\nHost: shop\n\n") as connection:
                assert b"200" in connection.recv(1_000)
            self.assert_left(sink, "GET /stream")

        assert 200 == sink.end()["span"]["attributes"]["http.response.status_code"]

    def test_during_slow_endpoint(self, sink: Any, serve: Any, by: str) -> None:
        """While an endpoint works that asks whether it is still there.

        Below a BaseHTTPMiddleware Starlette doesn't tell it.
        """
        with serve(TraceMiddleware(shop()), by=by) as address:
            with client(address, b"GET /slow HTTP/1.1\nHost: shop\n\n"):
                sink.wait_for(lambda lines: "working" in [line["message"] for line in lines])
            self.assert_left(sink, "GET /slow")

    def test_between_requests(self, sink: Any, serve: Any, by: str) -> None:
        """A client that has its answer and closes the connection didn't leave."""
        app = FastAPI()
        app.get("/")(lambda: "here")
        with serve(TraceMiddleware(app), by=by) as address:
            for _ in range(5):
                httpx.get(f"http://{address}/")
            lines = sink.ends(5)

        assert [] == [line for line in lines if "outcome" in line["span"]]

    def test_the_next_client(self, sink: Any, serve: Any, by: str) -> None:
        """Nothing of it reaches who comes next."""
        app = shop()
        app.get("/")(lambda: log.info("inside"))
        with serve(TraceMiddleware(app), by=by) as address:
            for _ in range(3):
                with client(address, b"GET /stream HTTP/1.1\nHost: shop\n\n") as connection:
                    connection.recv(1)
            sink.ends(3)
            httpx.get(f"http://{address}/")
            lines = sink.ends(4)

        assert 4 == len({line["trace_id"] for line in lines}) == len({line["context"]["request_id"] for line in lines})
        assert lines[-1]["trace_id"] == next(line for line in sink.lines() if line["message"] == "inside")["trace_id"]


class TestServerStops:
    """Work that a server cancels is no failure."""

    def test_shutdown(self, sink: Any, serve: Any, below: Any) -> None:
        """A server that doesn't wait any longer for a request cancels it, and the line says `cancelled`."""
        app = TraceMiddleware(shop(below))
        done = threading.Event()

        def ask() -> None:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://{address}/hangs", timeout=TIMEOUT)
            done.set()

        with serve(app, timeout_graceful_shutdown=0) as address:
            threading.Thread(target=ask).start()
            sink.wait_for(lambda lines: "working" in [line["message"] for line in lines])
        line = sink.end()

        assert done.wait(TIMEOUT)
        assert ("warning", "ok", "cancelled", "GET /hangs") == (
            line["level"],
            line["span"]["status"],
            line["span"]["outcome"],
            line["operation"],
        )
        assert [] == [each for each in sink.lines() if "error" in each]
