"""Both ids, on every response that an application may send."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from structlog_enrich.integrations.asgi import TraceMiddleware

log = structlog.get_logger()

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
BODY = {"type": "http.response.body", "body": b"done"}


def traceresponse(line: dict[str, Any]) -> str:
    """Return the header that names the span of *line*."""
    return f"00-{line['trace_id']}-{line['span_id']}-{line['trace_flags']}"


class TestResponse:
    """Both ids are on every response."""

    @pytest.mark.parametrize("status", [200, 204, 404, 500])
    def test_ids(self, sink: Any, drive: Any, status: int, playing: Any) -> None:
        """The request's id goes out under the name it came in, and `traceresponse` names the span."""
        exchange = drive(TraceMiddleware(playing(status, b"done")), headers=[(b"x-request-id", b"req-1")])

        assert [
            ("content-type", "text/plain"),
            ("x-request-id", "req-1"),
            ("traceresponse", traceresponse(sink.end())),
        ] == exchange.headers

    @pytest.mark.parametrize("headers", [None, (), [], [[b"content-type", b"text/plain"]], "none"])
    def test_headers_of_any_form(self, sink: Any, drive: Any, headers: Any, playing: Any) -> None:
        """Headers may be missing, a list of lists, or anything else that can be gone through."""
        message = {**START, "headers": headers} if headers != "none" else {"type": "http.response.start", "status": 200}
        exchange = drive(TraceMiddleware(playing(message, b"done")))

        assert {"traceresponse", "x-request-id"} <= dict(exchange.headers).keys()

    def test_headers_that_are_gone_through_once(self, sink: Any, drive: Any, playing: Any) -> None:
        """They may even be an iterator."""
        message = {**START, "headers": iter([(b"a", b"1"), (b"b", b"2")])}
        exchange = drive(TraceMiddleware(playing(message, b"done")))

        assert ["a", "b", "x-request-id", "traceresponse"] == [name for name, _ in exchange.headers]

    @pytest.mark.parametrize("spelled", [b"x-request-id", b"X-Request-ID"])
    def test_what_the_application_set_stays(self, sink: Any, drive: Any, spelled: bytes, playing: Any) -> None:
        """An id that the application set itself isn't set again, however it spells the name."""
        message = {**START, "headers": [(spelled, b"theirs"), (b"TraceResponse", b"theirs")]}
        exchange = drive(TraceMiddleware(playing(message, b"done")))

        assert [("x-request-id", "theirs"), ("traceresponse", "theirs")] == exchange.headers

    def test_the_message_is_the_applications(self, sink: Any, drive: Any, playing: Any) -> None:
        """Neither it nor its headers are changed: an application may keep one for every response."""
        headers = [(b"content-type", b"text/plain")]
        message = {"type": "http.response.start", "status": 200, "headers": headers}
        app = TraceMiddleware(playing(message, b"done"))
        drive(app)
        again = drive(app)

        assert [(b"content-type", b"text/plain")] == headers == message["headers"]
        assert 3 == len(again.headers)

    def test_streamed(self, sink: Any, drive: Any) -> None:
        """The line waits for the last part of the body, and the parts pass as they are."""
        seen = []
        parts = [
            {"type": "http.response.body", "body": b"1", "more_body": True},
            {"type": "http.response.body", "body": b"2", "more_body": False},
        ]

        async def app(scope: Any, receive: Any, send: Any) -> None:
            for part in (START, *parts):
                seen.append(len(sink.lines()))
                await send(part)
            seen.append(len(sink.lines()))

        exchange = drive(TraceMiddleware(app))

        assert [0, 0, 0, 1] == seen
        assert parts == exchange.sent[1:]
        assert parts[0] is exchange.sent[1]

    @pytest.mark.parametrize(
        "messages",
        [
            [
                {**START, "trailers": True},
                BODY,
                {"type": "http.response.trailers", "headers": [], "more_trailers": True},
                {"type": "http.response.trailers", "headers": []},
            ],
            [START, {"type": "http.response.pathsend", "path": "/x"}],
            [
                START,
                {"type": "http.response.zerocopysend", "file": 5, "more_body": True},
                {"type": "http.response.zerocopysend", "file": 5},
            ],
            [START, {"type": "http.response.zerocopysend", "file": 5, "more_body": True}, BODY],
            [
                {"type": "http.response.early_hint", "links": []},
                START,
                {"type": "http.response.push", "path": "/x", "headers": []},
                BODY,
            ],
            [{"type": "http.response.debug", "info": {}}, START, BODY],
        ],
        ids=["trailers", "pathsend", "zerocopysend", "zerocopysend and body", "early hint and push", "debug"],
    )
    def test_messages_of_extensions(self, sink: Any, drive: Any, messages: list[dict[str, Any]]) -> None:
        """Whatever ends the response ends the span, and once; what isn't known passes."""
        seen = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            for message in messages:
                await send(message)
                seen.append(len(sink.lines()))

        exchange = drive(TraceMiddleware(app))

        assert [0] * (len(messages) - 1) + [1] == seen
        assert [message["type"] for message in messages] == [message["type"] for message in exchange.sent]
        assert ("ok", 200) == (
            sink.end()["span"]["status"],
            sink.end()["span"]["attributes"]["http.response.status_code"],
        )
