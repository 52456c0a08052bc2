"""Websocket connections: one span each, however many messages."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from starlette.websockets import WebSocketDisconnect

from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

CONNECT, ACCEPT, CLOSE = {"type": "websocket.connect"}, {"type": "websocket.accept"}, {"type": "websocket.close"}


def left(code: int | None) -> dict[str, Any]:
    """Return the message that says the client closed the connection, or broke it off."""
    return {"type": "websocket.disconnect"} if code is None else {"type": "websocket.disconnect", "code": code}


@pytest.fixture
def talk(drive: Any, playing: Any) -> Any:
    """Return a function that plays one connection."""

    def run(*steps: Any, incoming: Any = ()) -> Any:
        played = {"type": "websocket", "scheme": "ws", "incoming": [CONNECT, *incoming]}
        return drive(TraceMiddleware(playing(*steps)), "GET", "/talk", **played)

    return run


class TestConnection:
    """The line that ends a connection, message by message."""

    def test_whole(self, sink: Any, talk: Any, validator: Draft202012Validator) -> None:
        """It is a request line whose status is that of the handshake."""
        talk(
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
            "websocket.close_code": 1000,
        } == line["span"]["attributes"]
        assert "outcome" not in line["span"]
        assert [] == list(validator.iter_errors(line))

    def test_ids_on_accept(self, sink: Any, talk: Any) -> None:
        """The handshake's answer has the ids, beside the application's own headers; no other message is touched."""
        message = {**ACCEPT, "headers": [(b"a", b"b")], "subprotocol": "chat"}
        exchange = talk(None, message, {"type": "websocket.send", "bytes": b""}, CLOSE)

        assert ["a", "x-request-id", "traceresponse"] == [name for name, _ in exchange.headers]
        assert "chat" == exchange.sent[0]["subprotocol"]
        assert [(b"a", b"b")] == message["headers"]
        assert CLOSE is exchange.sent[-1]

    @pytest.mark.parametrize("code", [1000, 1001, 1005, 3000, 4999, None])
    @pytest.mark.parametrize("raised", [False, True], ids=["returned", "raised"])
    def test_closed_by_the_client(self, sink: Any, talk: Any, code: int | None, raised: bool) -> None:  # noqa: FBT001
        """To be closed is a connection's ordinary end, whether or not the endpoint handles the exception for it."""
        talk(None, ACCEPT, None, *([WebSocketDisconnect(code or 1005)] * raised), incoming=[left(code)])
        line = sink.end()

        assert ("info", "ok", 101) == (
            line["level"],
            line["span"]["status"],
            line["span"]["attributes"]["http.response.status_code"],
        )
        assert "outcome" not in line["span"]
        assert "error" not in line
        assert (code or 1005) == line["span"]["attributes"]["websocket.close_code"]

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
    def test_broken_off(self, sink: Any, talk: Any, steps: Any) -> None:
        """A connection that breaks off is `disconnected`, and no error."""
        talk(None, ACCEPT, None, *steps, incoming=[left(1006)])
        line = sink.end()

        assert ("info", "ok", "disconnected") == (line["level"], line["span"]["status"], line["span"]["outcome"])
        assert (101, 1006) == (
            line["span"]["attributes"]["http.response.status_code"],
            line["span"]["attributes"]["websocket.close_code"],
        )
        assert "error" not in line

    @pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 1013, 1014, 4001])
    def test_closed_by_the_application(self, sink: Any, talk: Any, validator: Draft202012Validator, code: int) -> None:
        """The code is on the line; one that says that the server failed makes it an error."""
        level = "error" if code in {1011, 1013, 1014} else "info"
        talk(None, ACCEPT, {**CLOSE, "code": code}, None, incoming=[left(1006)])
        line = sink.end()

        assert code == line["span"]["attributes"]["websocket.close_code"]
        assert (level, level == "error") == (line["level"], line["span"]["status"] == "error")
        assert (str(code) if level == "error" else None) == line["span"]["attributes"].get("error.type")
        assert "outcome" not in line["span"]
        assert [] == list(validator.iter_errors(line))

    def test_closed_by_both(self, sink: Any, talk: Any) -> None:
        """The code is that of who closed it; an application that closes it then, too, closes nothing."""
        talk(None, ACCEPT, None, {**CLOSE, "code": 1011}, incoming=[left(1001)])

        assert 1001 == sink.end()["span"]["attributes"]["websocket.close_code"]
        assert "info" == sink.end()["level"]

    @pytest.mark.parametrize("code", ["1011", None, []], ids=repr)
    def test_odd_code(self, sink: Any, talk: Any, code: Any) -> None:
        """A code that is no number isn't said."""
        exchange = talk(None, ACCEPT, {**CLOSE, "code": code})

        assert (None, code) == (exchange.error, exchange.sent[-1]["code"])
        assert "websocket.close_code" not in sink.end()["span"]["attributes"]

    def test_failed_write(self, sink: Any, drive: Any, playing: Any) -> None:
        """So is one that breaks off while the application writes."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await TraceMiddleware(playing(ACCEPT, {"type": "websocket.send", "text": ""}))(scope, receive, broken)

        async def broken(message: Any) -> None:
            if message["type"] == "websocket.send":
                raise ConnectionResetError("client left")

        exchange = drive(app, type="websocket")

        assert "client left" == str(exchange.error)
        assert ("info", "disconnected") == (sink.end()["level"], sink.end()["span"]["outcome"])

    def test_refused(self, sink: Any, talk: Any) -> None:
        """A connection that is closed before it was accepted is refused, which servers say with 403."""
        talk(None, {**CLOSE, "code": 1011})
        line = sink.end()

        assert "websocket.close_code" not in line["span"]["attributes"]

        assert ("info", "ok", 403) == (
            line["level"],
            line["span"]["status"],
            line["span"]["attributes"]["http.response.status_code"],
        )

    def test_refused_and_listening(self, sink: Any, talk: Any) -> None:
        """That a server then says the client is gone makes nothing else of it."""
        talk(None, CLOSE, None, incoming=[left(1006)])

        assert "outcome" not in sink.end()["span"]

    @pytest.mark.parametrize(("status", "level"), [(401, "info"), (503, "error")])
    def test_refused_with_a_response(self, sink: Any, talk: Any, status: int, level: str) -> None:
        """A refusal may be a whole response, which has the ids."""
        start = {"type": "websocket.http.response.start", "status": status, "headers": []}
        body = {"type": "websocket.http.response.body", "body": b"no"}
        exchange = talk(None, start, {**body, "more_body": True}, body)

        assert (level, status) == (sink.end()["level"], sink.end()["span"]["attributes"]["http.response.status_code"])
        assert ["x-request-id", "traceresponse"] == [name for name, _ in exchange.headers]

    @pytest.mark.parametrize(("before", "status"), [([], 500), ([ACCEPT], 101)], ids=["before accept", "after accept"])
    def test_error(self, sink: Any, talk: Any, before: Any, status: int) -> None:
        """An exception of the endpoint is described and goes on to the server, which ends the connection."""
        error = LookupError("room")
        exchange = talk(None, *before, error)
        line = sink.end()

        assert error is exchange.error
        assert before == [{"type": message["type"]} for message in exchange.sent]
        assert ("error", "room", "LookupError", status) == (
            line["level"],
            line["error"]["message"],
            line["span"]["attributes"]["error.type"],
            line["span"]["attributes"]["http.response.status_code"],
        )

    def test_an_error_of_the_same_kind(self, sink: Any, talk: Any) -> None:
        """An OSError while the client is there is an error like any other."""
        talk(None, ACCEPT, ConnectionResetError("database"))

        assert ("error", "database") == (sink.end()["level"], sink.end()["error"]["message"])

    def test_broken_off_and_closed(self, sink: Any, talk: Any) -> None:
        """An endpoint that closes what broke off, as in its cleanup, closes nothing."""
        talk(None, ACCEPT, None, CLOSE, incoming=[left(1006)])
        line = sink.end()

        assert ("info", "ok", "disconnected") == (line["level"], line["span"]["status"], line["span"]["outcome"])
        assert 1006 == line["span"]["attributes"]["websocket.close_code"]

    @pytest.mark.parametrize(
        "answer",
        [
            [CLOSE],
            [
                {"type": "websocket.http.response.start", "status": 503, "headers": []},
                {"type": "websocket.http.response.body", "body": b""},
            ],
        ],
        ids=["closed", "answered"],
    )
    def test_refused_to_nobody(self, sink: Any, talk: Any, answer: Any) -> None:
        """A client that vanishes before it is accepted or refused is told nothing."""
        exchange = talk(None, None, *answer, incoming=[left(1006)])
        line = sink.end()

        assert len(answer) == len(exchange.sent)
        assert ("info", "ok", "disconnected") == (line["level"], line["span"]["status"], line["span"]["outcome"])
        assert "http.response.status_code" not in line["span"]["attributes"]

    @pytest.mark.parametrize("code", [1000, None])
    @pytest.mark.parametrize("is_caught", [False, True], ids=["raised", "caught"])
    def test_close_that_fails(
        self,
        sink: Any,
        drive: Any,
        playing: Any,
        code: int | None,
        is_caught: bool,  # noqa: FBT001
    ) -> None:
        """That a close fails after a goodbye, as at some servers, makes nothing else of it."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            with contextlib.suppress(*([OSError] * is_caught)):
                await playing(None, ACCEPT, None, CLOSE)(scope, receive, send)

        async def served(scope: Any, receive: Any, send: Any) -> None:
            async def closed(message: Any) -> None:
                await send(message)
                if message["type"] == "websocket.close":
                    raise ConnectionResetError("closed already")

            await TraceMiddleware(app)(scope, receive, closed)

        drive(served, type="websocket", incoming=[CONNECT, left(code)])
        line = sink.end()

        assert ("info", "ok", code or 1005) == (
            line["level"],
            line["span"]["status"],
            line["span"]["attributes"]["websocket.close_code"],
        )
        assert "outcome" not in line["span"]

    def test_closed_while_the_application_only_writes(self, sink: Any, drive: Any, playing: Any) -> None:
        """It learns of it by a write that fails, which says neither how nor with which code."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await TraceMiddleware(playing(ACCEPT, {"type": "websocket.send", "text": ""}, CLOSE))(
                scope, receive, broken
            )

        async def broken(message: Any) -> None:
            if message["type"] == "websocket.send":
                raise OSError

        drive(app, type="websocket", incoming=[left(1000)])

        assert "disconnected" == sink.end()["span"]["outcome"]
        assert "websocket.close_code" not in sink.end()["span"]["attributes"]

    @pytest.mark.parametrize(("before", "status"), [([], 500), ([ACCEPT], 101)], ids=["before accept", "after accept"])
    def test_awaited_what_was_cancelled(self, sink: Any, drive: Any, playing: Any, before: Any, status: int) -> None:
        """What is awaited and was cancelled is an error, while nobody cancelled the connection."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await playing(None, *before)(scope, receive, send)
            task = asyncio.ensure_future(asyncio.Event().wait())
            task.cancel()
            await task

        exchange = drive(TraceMiddleware(app), type="websocket", incoming=[CONNECT])
        line = sink.end()

        assert isinstance(exchange.error, asyncio.CancelledError)
        assert len(before) == len(exchange.sent)
        assert ("error", "error", "asyncio.exceptions.CancelledError", status) == (
            line["level"],
            line["span"]["status"],
            line["error"]["type"],
            line["span"]["attributes"]["http.response.status_code"],
        )

    def test_task_that_is_cancelled(self, sink: Any, drive_async: Any, playing: Any) -> None:
        """A connection whose task is cancelled, as when a server stops, isn't."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await playing(None, ACCEPT)(scope, receive, send)
            waiting.set()
            await asyncio.Event().wait()

        async def main() -> None:
            task = asyncio.create_task(drive_async(TraceMiddleware(app), type="websocket", incoming=[CONNECT]))
            await waiting.wait()
            task.cancel()
            await asyncio.wait([task])

        waiting = asyncio.Event()
        asyncio.run(main())

        assert ("info", "ok", "cancelled") == (
            sink.end()["level"],
            sink.end()["span"]["status"],
            sink.end()["span"]["outcome"],
        )

    def test_cancelled(self, sink: Any, talk: Any) -> None:
        """A cancellation is told from both."""
        talk(None, ACCEPT, type("Cancelled", (BaseException,), {})())

        assert ("info", "ok", "cancelled") == (
            sink.end()["level"],
            sink.end()["span"]["status"],
            sink.end()["span"]["outcome"],
        )

    @pytest.mark.parametrize(("before", "status"), [([], 500), ([ACCEPT], 101)], ids=["before accept", "after accept"])
    def test_no_end(self, sink: Any, talk: Any, before: Any, status: int) -> None:
        """An application that returns and leaves the connection open failed; servers then break it off."""
        talk(None, *before)
        line = sink.end()

        assert ("error", status) == (line["level"], line["span"]["attributes"]["http.response.status_code"])
        assert "101" != line["span"]["attributes"]["error.type"]

    def test_quiet(self, sink: Any, drive: Any, playing: Any) -> None:
        """A quiet path is quiet for connections, too."""
        app = TraceMiddleware(playing(None, ACCEPT, CLOSE), quiet=["/talk"])
        drive(app, "GET", "/talk", type="websocket", incoming=[CONNECT])

        assert [] == sink.lines()
