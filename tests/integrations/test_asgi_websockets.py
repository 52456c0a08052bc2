"""Websocket connections: one span each, however many messages."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from fastapi import FastAPI, WebSocket, WebSocketException
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from structlog_enrich import bind_contextvars
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

log = structlog.get_logger()

SERVERS = pytest.mark.parametrize(
    "settings",
    [{"by": "uvicorn"}, {"by": "uvicorn", "ws": "wsproto"}, {"by": "hypercorn"}],
    ids=["uvicorn", "uvicorn with wsproto", "hypercorn"],
)
TRACE_ID, PARENT_ID = "7d3f0c92be614a58a1f4c60e2b9d8135", "c1e5a7093bd2486f"
CONNECT, ACCEPT, CLOSE = {"type": "websocket.connect"}, {"type": "websocket.accept"}, {"type": "websocket.close"}


def left(code: int | None) -> dict[str, Any]:
    """Return the message that says the client closed the connection, or broke it off."""
    return {"type": "websocket.disconnect"} if code is None else {"type": "websocket.disconnect", "code": code}


def playing(*steps: Any) -> Any:
    """Return an application that sends each message, raises each exception and, for None, receives."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for step in steps:
            if step is None:
                await receive()
            elif isinstance(step, BaseException):
                raise step
            else:
                await send(step)

    return app


def talk(drive: Any, *steps: Any, incoming: Any = ()) -> Any:
    """Play one connection."""
    played = {"type": "websocket", "scheme": "ws", "incoming": [CONNECT, *incoming]}
    return drive(TraceMiddleware(playing(*steps)), "GET", "/talk", **played)


class TestConnection:
    """The line that ends a connection, message by message."""

    def test_whole(self, sink: Any, drive: Any, validator: Draft202012Validator) -> None:
        """It is a request line whose status is that of the handshake."""
        talk(
            drive,
            None,
            ACCEPT,
            {"type": "websocket.send", "text": "hello"},
            None,
            CLOSE,
            incoming=[{"type": "websocket.receive", "text": "hi"}],
        )
        line = sink.end()

        assert ("GET", "info", "ok", "server") == (
            line["message"],
            line["level"],
            line["span"]["status"],
            line["span"]["kind"],
        )
        assert {
            "http.request.method": "GET",
            "url.path": "/talk",
            "url.scheme": "ws",
            "http.response.status_code": 101,
            "network.protocol.version": "1.1",
            "client.address": "127.0.0.1",
        } == line["span"]["attributes"]
        assert "outcome" not in line["span"]
        assert [] == list(validator.iter_errors(line))

    def test_ids_on_accept(self, sink: Any, drive: Any) -> None:
        """The handshake's answer has the ids, beside the application's own headers; no other message is touched."""
        message = {**ACCEPT, "headers": [(b"a", b"b")], "subprotocol": "chat"}
        exchange = talk(drive, None, message, {"type": "websocket.send", "bytes": b""}, CLOSE)

        assert ["a", "x-request-id", "traceresponse"] == [name for name, _ in exchange.headers]
        assert "chat" == exchange.sent[0]["subprotocol"]
        assert [(b"a", b"b")] == message["headers"]
        assert CLOSE is exchange.sent[-1]

    @pytest.mark.parametrize("code", [1000, 1001, 1005, 3000, 4999, None])
    @pytest.mark.parametrize("raised", [False, True], ids=["returned", "raised"])
    def test_closed_by_the_client(self, sink: Any, drive: Any, code: int | None, raised: bool) -> None:  # noqa: FBT001
        """To be closed is a connection's ordinary end, whether or not the endpoint handles the exception for it."""
        talk(drive, None, ACCEPT, None, *([WebSocketDisconnect(code or 1005)] * raised), incoming=[left(code)])
        line = sink.end()

        assert ("info", "ok", 101) == (
            line["level"],
            line["span"]["status"],
            line["span"]["attributes"]["http.response.status_code"],
        )
        assert "outcome" not in line["span"]
        assert "error" not in line

    @pytest.mark.parametrize(
        "steps",
        [
            [],
            [WebSocketDisconnect(1006)],
            [ExceptionGroup("", [WebSocketDisconnect(1006)])],
            [asyncio.CancelledError()],
        ],
        ids=["returned", "raised", "group", "cancelled"],
    )
    def test_broken_off(self, sink: Any, drive: Any, steps: Any) -> None:
        """A connection that breaks off is `disconnected`, and no error."""
        talk(drive, None, ACCEPT, None, *steps, incoming=[left(1006)])
        line = sink.end()

        assert ("info", "ok", "disconnected") == (line["level"], line["span"]["status"], line["span"]["outcome"])
        assert 101 == line["span"]["attributes"]["http.response.status_code"]
        assert "error" not in line

    def test_failed_write(self, sink: Any, drive: Any) -> None:
        """So is one that breaks off while the application writes."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await TraceMiddleware(playing(ACCEPT, {"type": "websocket.send", "text": ""}))(scope, receive, broken)

        async def broken(message: Any) -> None:
            if message["type"] == "websocket.send":
                raise ConnectionResetError("client left")

        exchange = drive(app, type="websocket")

        assert "client left" == str(exchange.error)
        assert ("info", "disconnected") == (sink.end()["level"], sink.end()["span"]["outcome"])

    def test_refused(self, sink: Any, drive: Any) -> None:
        """A connection that is closed before it was accepted is refused, which servers say with 403."""
        talk(drive, None, CLOSE)
        line = sink.end()

        assert ("info", "ok", 403) == (
            line["level"],
            line["span"]["status"],
            line["span"]["attributes"]["http.response.status_code"],
        )

    def test_refused_and_listening(self, sink: Any, drive: Any) -> None:
        """That a server then says the client is gone makes nothing else of it."""
        talk(drive, None, CLOSE, None, incoming=[left(1006)])

        assert "outcome" not in sink.end()["span"]

    @pytest.mark.parametrize(("status", "level"), [(401, "info"), (503, "error")])
    def test_refused_with_a_response(self, sink: Any, drive: Any, status: int, level: str) -> None:
        """A refusal may be a whole response, which has the ids."""
        start = {"type": "websocket.http.response.start", "status": status, "headers": []}
        body = {"type": "websocket.http.response.body", "body": b"no"}
        exchange = talk(drive, None, start, {**body, "more_body": True}, body)

        assert (level, status) == (sink.end()["level"], sink.end()["span"]["attributes"]["http.response.status_code"])
        assert ["x-request-id", "traceresponse"] == [name for name, _ in exchange.headers]

    @pytest.mark.parametrize(("before", "status"), [([], 500), ([ACCEPT], 101)], ids=["before accept", "after accept"])
    def test_error(self, sink: Any, drive: Any, before: Any, status: int) -> None:
        """An exception of the endpoint is described and goes on to the server, which ends the connection."""
        error = LookupError("room")
        exchange = talk(drive, None, *before, error)
        line = sink.end()

        assert error is exchange.error
        assert before == [{"type": message["type"]} for message in exchange.sent]
        assert ("error", "room", "LookupError", status) == (
            line["level"],
            line["error"]["message"],
            line["span"]["attributes"]["error.type"],
            line["span"]["attributes"]["http.response.status_code"],
        )

    def test_an_error_of_the_same_kind(self, sink: Any, drive: Any) -> None:
        """An OSError while the client is there is an error like any other."""
        talk(drive, None, ACCEPT, ConnectionResetError("database"))

        assert ("error", "database") == (sink.end()["level"], sink.end()["error"]["message"])

    def test_cancelled(self, sink: Any, drive: Any) -> None:
        """A cancellation is told from both."""
        talk(drive, None, ACCEPT, type("Cancelled", (BaseException,), {})())

        assert ("info", "ok", "cancelled") == (
            sink.end()["level"],
            sink.end()["span"]["status"],
            sink.end()["span"]["outcome"],
        )

    @pytest.mark.parametrize(("before", "status"), [([], 500), ([ACCEPT], 101)], ids=["before accept", "after accept"])
    def test_no_end(self, sink: Any, drive: Any, before: Any, status: int) -> None:
        """An application that returns and leaves the connection open failed; servers then break it off."""
        talk(drive, None, *before)
        line = sink.end()

        assert ("error", status) == (line["level"], line["span"]["attributes"]["http.response.status_code"])
        assert "101" != line["span"]["attributes"]["error.type"]

    def test_quiet(self, sink: Any, drive: Any) -> None:
        """A quiet path is quiet for connections, too."""
        app = TraceMiddleware(playing(None, ACCEPT, CLOSE), quiet=["/talk"])
        drive(app, "GET", "/talk", type="websocket", incoming=[CONNECT])

        assert [] == sink.lines()


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
        ("path", "code", "level"), [("/closes", 4001, "info"), ("/policy", 1008, "info"), ("/boom", None, "error")]
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
        assert (level == "error") == ("error" in line)

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
