"""How spans end: each row of the wire format's table is brought about, and nothing else comes of it."""

from __future__ import annotations

import asyncio
import gc
import io
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
import structlog

from structlog_enrich import bound_logger, preset, span
from structlog_enrich.integrations.asgi import TraceMiddleware
from structlog_enrich.integrations.httpx import AsyncTraceTransport, TraceTransport
from structlog_enrich.trace.abandoned import catch_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

PAGE = Path(__file__).parents[1] / "docs" / "wire-format.md"
ROW = re.compile(r"^\| `(info|warning|error)` \| `(ok|error)` \| (?:`(\w+)`|\u2013) \|", re.MULTILINE)
LEFT = {"type": "http.disconnect"}


def body(**more: Any) -> dict[str, Any]:
    """Return a message with a part of a response's body."""
    return {"type": "http.response.body", "body": b"x", **more}


def spans(log: Any, error: BaseException | None = None) -> None:
    """End a span by *error*."""
    with span("work", logger=log):
        if error is not None:
            raise error


def abandons(log: Any) -> None:
    """Leave a span to the garbage collector."""

    @span("work", logger=log)
    def items() -> Iterator[int]:
        yield 1

    cycle: list[Any] = [items()]
    next(cycle[0])
    cycle.append(cycle)
    del cycle
    gc.collect()
    catch_up()


def serves(
    log: Any,
    *,
    status: int | None = 200,
    leaves: bool = False,
    whole: bool = False,
    error: BaseException | None = None,
    is_own: bool = False,
) -> None:
    """Play the server of a request that is answered with *status*, *whole* or in part, and then ends by *error*.

    A cancellation is of the request, or of something *is_own* that it awaits.
    """

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        if status is not None:
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send(body(more_body=not whole))
        if leaves:
            await receive()
        if isinstance(error, asyncio.CancelledError) and not is_own:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        if error is not None:
            raise error

    async def receive() -> dict[str, Any]:
        return LEFT

    async def send(_message: Any) -> None:
        """Take it."""

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(TraceMiddleware(app, logger=log)(scope, receive, send))  # type: ignore[arg-type]


def sends(
    log: Any, *, status: int = 200, error: BaseException | None = None, later: BaseException | None = None
) -> None:
    """Send a request that fails with *error*, or is answered with *status* and a body that fails with *later*."""

    class Body(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"x"
            if later is not None:
                raise later

    def answer(_request: httpx.Request) -> httpx.Response:
        if error is not None:
            raise error
        return httpx.Response(status, stream=Body())

    async def run() -> None:
        transport = AsyncTraceTransport(httpx.MockTransport(answer), logger=log)
        async with httpx.AsyncClient(transport=transport) as client:
            await client.get("https://stock.example/")

    asyncio.run(run())


CASES: dict[str, tuple[Callable[..., None], dict[str, Any], tuple[str, str, str | None]]] = {
    "span": (spans, {}, ("info", "ok", None)),
    "exit": (spans, {"error": SystemExit(0)}, ("info", "ok", None)),
    "closed generator": (spans, {"error": GeneratorExit()}, ("info", "ok", None)),
    "abandoned": (abandons, {}, ("info", "ok", "abandoned")),
    "cancelled": (spans, {"error": asyncio.CancelledError()}, ("info", "ok", "cancelled")),
    "keyboard": (spans, {"error": KeyboardInterrupt()}, ("info", "ok", "cancelled")),
    "exception": (spans, {"error": ValueError()}, ("error", "error", None)),
    "failing exit": (spans, {"error": SystemExit(3)}, ("error", "error", None)),
    "timeout": (spans, {"error": TimeoutError()}, ("error", "error", "timeout")),
    "answered": (serves, {"whole": True}, ("info", "ok", None)),
    "refused": (serves, {"status": 404, "whole": True}, ("info", "ok", None)),
    "answered with 500": (serves, {"status": 500, "whole": True}, ("error", "error", None)),
    "no answer": (serves, {"status": None}, ("error", "error", None)),
    "half an answer": (serves, {}, ("error", "error", None)),
    "request raised": (serves, {"error": ValueError()}, ("error", "error", None)),
    "request timed out": (serves, {"error": TimeoutError()}, ("error", "error", "timeout")),
    "request cancelled": (serves, {"error": asyncio.CancelledError()}, ("warning", "ok", "cancelled")),
    "awaited what was cancelled": (
        serves,
        {"error": asyncio.CancelledError(), "is_own": True},
        ("error", "error", None),
    ),
    "cancelled 500": (serves, {"status": 500, "error": asyncio.CancelledError()}, ("error", "error", "cancelled")),
    "client left": (serves, {"leaves": True}, ("info", "ok", "disconnected")),
    "client left before": (serves, {"status": None, "leaves": True}, ("info", "ok", "disconnected")),
    "left and cancelled": (
        serves,
        {"leaves": True, "error": asyncio.CancelledError()},
        ("info", "ok", "disconnected"),
    ),
    "left and raised": (serves, {"leaves": True, "error": ValueError()}, ("error", "error", "disconnected")),
    "left and timed out": (serves, {"leaves": True, "error": TimeoutError()}, ("error", "error", "disconnected")),
    "left a 500": (serves, {"status": 500, "leaves": True}, ("error", "error", "disconnected")),
    "sent": (sends, {}, ("info", "ok", None)),
    "sent, 404": (sends, {"status": 404}, ("warning", "error", None)),
    "sent, 503": (sends, {"status": 503}, ("error", "error", None)),
    "sent, failed": (sends, {"error": httpx.ConnectError("no")}, ("error", "error", None)),
    "sent, timed out": (sends, {"error": httpx.ReadTimeout("no")}, ("error", "error", "timeout")),
    "sent, cancelled": (sends, {"error": asyncio.CancelledError()}, ("info", "ok", "cancelled")),
    "sent, 404, cancelled": (
        sends,
        {"status": 404, "later": asyncio.CancelledError()},
        ("warning", "error", "cancelled"),
    ),
    "sent, 503, cancelled": (
        sends,
        {"status": 503, "later": asyncio.CancelledError()},
        ("error", "error", "cancelled"),
    ),
    "sent, 404, failed": (sends, {"status": 404, "later": httpx.ReadError("no")}, ("error", "error", None)),
    "sent, 404, timed out": (sends, {"status": 404, "later": httpx.ReadTimeout("no")}, ("error", "error", "timeout")),
}


class TestOutcomes:
    """Level, status and outcome of the line that ends a span."""

    @pytest.mark.parametrize("name", CASES)
    def test_case(self, name: str, validator: Any) -> None:
        """Each case has its row, and describes an exception only where that is a failure."""
        bring_about, given, expected = CASES[name]
        sink = io.BytesIO()
        log = structlog.wrap_logger(structlog.BytesLogger(sink), preset(service="tests"), bound_logger()).bind()
        try:
            bring_about(log, **given)
        except BaseException as error:
            assert error in given.values()  # noqa: PT017 (it may be of any type, and is the one that went in)

        line = orjson.loads(sink.getvalue())

        validator.validate(line)
        assert expected == (line["level"], line["span"]["status"], line["span"].get("outcome"))
        failure = given.get("later", given.get("error"))
        is_failure = isinstance(failure, Exception) or (isinstance(failure, SystemExit) and bool(failure.code))
        assert (is_failure or given.get("is_own", False)) == ("error" in line)

    def test_page(self) -> None:
        """The page has each row that can come about and no other, once."""
        found = {expected for _, _, expected in CASES.values()}
        rows = [each.groups() for each in ROW.finditer(PAGE.read_text("utf-8"))]

        assert sorted(found, key=repr) == sorted(rows, key=repr)

    def test_own_words(self) -> None:
        """What a service sets itself wins over each of them."""
        sink = io.BytesIO()
        log = structlog.wrap_logger(structlog.BytesLogger(sink), preset(service="tests"), bound_logger()).bind()
        with span("work", logger=log) as work:
            work.level, work.status, work.outcome = "warning", "ok", "retry"

        line = orjson.loads(sink.getvalue())
        assert ("warning", "ok", "retry") == (line["level"], line["span"]["status"], line["span"]["outcome"])

    def test_sync_client(self) -> None:
        """The synchronous client tells a refusal as the other does."""
        sink = io.BytesIO()
        log = structlog.wrap_logger(structlog.BytesLogger(sink), preset(service="tests"), bound_logger()).bind()
        transport = TraceTransport(httpx.MockTransport(lambda _: httpx.Response(404)), logger=log)
        with httpx.Client(transport=transport) as client:
            client.get("https://stock.example/")

        line = orjson.loads(sink.getvalue())
        assert ("warning", "error", "404") == (
            line["level"],
            line["span"]["status"],
            line["span"]["attributes"]["error.type"],
        )
