"""Websocket connections over sockets: what servers and FastAPI make of them."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from typing import Any

import pytest
import structlog
from fastapi import FastAPI, WebSocket, WebSocketException
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from structlog_enrich import bind_contextvars
from structlog_enrich.integrations.asgi import TraceMiddleware

log = structlog.get_logger()

SERVERS = pytest.mark.parametrize(
    "settings",
    [{"by": "uvicorn"}, {"by": "uvicorn", "ws": "wsproto"}, {"by": "hypercorn"}],
    ids=["uvicorn", "uvicorn with wsproto", "hypercorn"],
)
TRACE_ID, PARENT_ID = "7d3f0c92be614a58a1f4c60e2b9d8135", "c1e5a7093bd2486f"


class TestOverSockets:
    """What servers and FastAPI make of it."""

    @pytest.fixture
    def app(self) -> Any:
        """Return an application with connections that end in every way."""
        app = FastAPI()

        @app.websocket("/echo/{room}")
        async def echo(websocket: WebSocket, room: str) -> None:
            bind_contextvars(room=room)
            await websocket.accept()
            log.info("open")
            async for text in websocket.iter_text():
                log.info("message", text=text)
                await websocket.send_text(text)

        @app.websocket("/unhandled")
        async def unhandled(websocket: WebSocket) -> None:
            await websocket.accept()
            while True:
                await websocket.receive_text()

        @app.websocket("/boom")
        async def boom(websocket: WebSocket) -> None:
            await websocket.accept()
            raise LookupError("room")

        @app.websocket("/closes")
        async def closes(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.close(4001, "enough")

        @app.websocket("/policy")
        async def policy(websocket: WebSocket) -> None:
            await websocket.accept()
            raise WebSocketException(1008, "no")

        @app.websocket("/overload")
        async def overload(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.close(1013)

        @app.websocket("/refused")
        async def refused(websocket: WebSocket) -> None:
            await websocket.close()

        return TraceMiddleware(app)

    @SERVERS
    def test_echo(self, sink: Any, serve: Any, app: Any, settings: Any) -> None:
        """Every line of a connection is in its trace, a span of the caller's; its answer has the ids."""
        headers = {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01", "X-Request-ID": "req-1"}
        with serve(app, **settings) as address, connect(f"ws://{address}/echo/r1", additional_headers=headers) as peer:
            for text in "ab":
                peer.send(text)
                assert text == peer.recv()
            peer.close()
            line = sink.end()

        assert ["open", "message", "message", "GET /echo/{room}"] == sink.messages()
        assert {(TRACE_ID, PARENT_ID, line["span_id"], "GET /echo/{room}")} == {
            (each["trace_id"], each["parent_span_id"], each["span_id"], each["operation"]) for each in sink.lines()
        }
        assert [{"request_id": "req-1", "room": "r1"}] * 4 == [each["context"] for each in sink.lines()]
        assert ("info", "ok", 101) == (
            line["level"],
            line["span"]["status"],
            line["span"]["attributes"]["http.response.status_code"],
        )
        assert ("req-1", f"00-{TRACE_ID}-{line['span_id']}-01") == (
            peer.response.headers["x-request-id"],
            peer.response.headers["traceresponse"],
        )

    @SERVERS
    @pytest.mark.parametrize(
        ("path", "code", "level"),
        [("/closes", 4001, "info"), ("/policy", 1008, "info"), ("/overload", 1013, "error"), ("/boom", None, "error")],
    )
    def test_closed_by_the_application(
        self, sink: Any, serve: Any, app: Any, settings: Any, path: str, code: int | None, level: str
    ) -> None:
        """An application may close with any code; an exception it raises is an error."""
        with serve(app, **settings) as address, connect(f"ws://{address}{path}") as peer:
            with pytest.raises(ConnectionClosed) as caught:
                peer.recv()
            line = sink.end()

        assert (level, f"GET {path}") == (line["level"], line["operation"])
        assert code is None or code == caught.value.rcvd.code
        assert code == line["span"]["attributes"].get("websocket.close_code")
        assert (path == "/boom") == ("error" in line)

    @SERVERS
    @pytest.mark.parametrize("path", ["/refused", "/nothing"])
    def test_refused(self, sink: Any, serve: Any, app: Any, settings: Any, path: str) -> None:
        """A connection that is refused, or that no route wants, is a 403."""
        with (
            serve(app, **settings) as address,
            pytest.raises(InvalidStatus) as caught,
            connect(f"ws://{address}{path}"),
        ):
            pass
        line = sink.end()

        assert 403 == caught.value.response.status_code == line["span"]["attributes"]["http.response.status_code"]
        assert ("info", "ok") == (line["level"], line["span"]["status"])

    @SERVERS
    @pytest.mark.parametrize("code", [1000, 1001, 4000])
    def test_closed_by_the_client(self, sink: Any, serve: Any, app: Any, settings: Any, code: int) -> None:
        """An endpoint that doesn't handle the exception for it didn't fail."""
        with serve(app, **settings) as address:
            with connect(f"ws://{address}/unhandled") as peer:
                peer.close(code)
            line = sink.end()

        assert ("info", "ok", "GET /unhandled") == (line["level"], line["span"]["status"], line["operation"])
        assert "error" not in line
        # hypercorn says of every client that it broke off.
        assert (1006 if settings["by"] == "hypercorn" else code) == line["span"]["attributes"]["websocket.close_code"]
        assert ("disconnected" if settings["by"] == "hypercorn" else None) == line["span"].get("outcome")

    @SERVERS
    def test_broken_off(self, sink: Any, serve: Any, app: Any, settings: Any) -> None:
        """A client that vanishes is no failure either. Not every server tells it from one that says goodbye."""
        with serve(app, **settings) as address, connect(f"ws://{address}/unhandled") as peer:
            peer.socket.shutdown(socket.SHUT_RDWR)
            line = sink.end()

        assert ("info", "ok") == (line["level"], line["span"]["status"])
        assert "error" not in line
        assert line["span"].get("outcome") in {None, "disconnected"}

    @pytest.mark.parametrize("ws", ["websockets-sansio", "wsproto"])
    def test_shutdown(self, sink: Any, serve: Any, ws: str) -> None:
        """An endpoint that only waits is cancelled when its server stops, and that is no failure."""
        app = FastAPI()

        @app.websocket("/")
        async def waits(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.send_text("here")
            await asyncio.Event().wait()

        with ExitStack() as stack:
            with serve(TraceMiddleware(app), ws=ws, timeout_graceful_shutdown=0) as address:
                peer = stack.enter_context(connect(f"ws://{address}/", close_timeout=0))
                assert "here" == peer.recv()
            line = sink.end()

        assert ("info", "ok", "cancelled") == (line["level"], line["span"]["status"], line["span"]["outcome"])
        assert "error" not in line

    @SERVERS
    def test_beside_requests(self, sink: Any, serve: Any, app: Any, settings: Any) -> None:
        """Connections open at the same time keep their traces apart."""
        with serve(app, **settings) as address:
            with ExitStack() as stack:
                peers = [stack.enter_context(connect(f"ws://{address}/echo/r{number}")) for number in range(10)]
                for number, peer in enumerate(peers * 3):
                    peer.send(f"r{number % 10}")
                for peer in peers * 3:
                    peer.recv()
            sink.ends(10)
        rooms = {line["trace_id"]: line["context"]["room"] for line in sink.ends(10)}

        assert 10 == len(rooms) == len(set(rooms.values()))
        for line in sink.lines():
            room = rooms[line["trace_id"]]
            assert (room, room) == (line["context"]["room"], line.get("payload", {}).get("text", room))
