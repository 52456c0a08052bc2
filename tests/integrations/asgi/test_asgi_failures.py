"""How a request ends that doesn't end well: errors, cancellations, and clients that leave."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import pytest
import structlog
from fastapi import Depends, FastAPI, HTTPException
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import Draft202012Validator

log = structlog.get_logger()


class Declined(Exception):
    """Refuse a payment."""


LEVELS = pytest.mark.parametrize("levels", [0, 1, 2])


def dependency() -> Iterator[int]:
    """Log after the endpoint."""
    yield 1
    log.info("cleaned up")


def fastapi(middleware: list[Any]) -> FastAPI:
    """Return an application that fails in every way."""
    app = FastAPI(middleware=middleware)

    @app.get("/async")
    async def asynchronous() -> None:
        raise Declined("no funds")

    @app.get("/sync")
    def synchronous(one: Annotated[int, Depends(dependency)]) -> None:
        raise Declined("no funds")

    @app.get("/http/{status}")
    async def refused(status: int) -> None:
        raise HTTPException(status, "refused")

    @app.get("/group")
    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asynchronous())
            tasks.create_task(asynchronous())

    return app


class TestErrors:
    """An exception that the application raises."""

    @LEVELS
    @pytest.mark.parametrize("path", ["/async", "/sync"])
    def test_recorded_once_and_raised(
        self, sink: Any, drive: Any, validator: Draft202012Validator, levels: int, passing: Any, path: str
    ) -> None:
        """It is described on the request line alone, answered with both ids, and goes on to the server unchanged."""
        exchange = drive(TraceMiddleware(fastapi(passing(levels))), "GET", path)
        line = sink.end()

        assert (Declined, ("no funds",), 500) == (type(exchange.error), exchange.error.args, exchange.status)
        assert [line] == [each for each in sink.lines() if "error" in each]
        assert ("error", f"{__name__}.Declined", "no funds") == (
            line["level"],
            line["error"]["type"],
            line["error"]["message"],
        )
        assert ("error", 500, f"{__name__}.Declined") == (
            line["span"]["status"],
            line["span"]["attributes"]["http.response.status_code"],
            line["span"]["attributes"]["error.type"],
        )
        assert line["trace_id"] in dict(exchange.headers)["traceresponse"]
        assert line["context"]["request_id"] == dict(exchange.headers)["x-request-id"]
        assert f"GET {path}" == line["operation"]
        assert [] == list(validator.iter_errors(line))

    @LEVELS
    def test_group(self, sink: Any, drive: Any, levels: int, passing: Any) -> None:
        """A group that the application raised itself arrives as it is, with its members on the line."""
        exchange = drive(TraceMiddleware(fastapi(passing(levels))), "GET", "/group")

        assert isinstance(exchange.error, ExceptionGroup)
        assert 2 == len(sink.end()["error"]["exceptions"])

    @LEVELS
    @pytest.mark.parametrize(("status", "level"), [(404, "info"), (409, "info"), (500, "error"), (503, "error")])
    def test_http_exception(self, sink: Any, drive: Any, levels: int, passing: Any, status: int, level: str) -> None:
        """What a framework turns into an answer is no error but its status."""
        exchange = drive(TraceMiddleware(fastapi(passing(levels))), "GET", f"/http/{status}")
        line = sink.end()

        assert (None, status, level) == (exchange.error, exchange.status, line["level"])
        assert "error" not in line
        assert {"traceresponse", "x-request-id"} < dict(exchange.headers).keys()

    @pytest.mark.parametrize("debug", [False, True])
    @pytest.mark.parametrize("handled", [False, True])
    def test_answered_by_the_framework(self, sink: Any, drive: Any, debug: bool, handled: bool) -> None:  # noqa: FBT001
        """The answer of a framework, or of the application's handler for all exceptions, has the ids."""
        error = Declined("no funds")
        handlers = {Exception: lambda _, error: JSONResponse({"sorry": str(error)}, 500)} if handled else {}

        async def fail(request: Any) -> None:
            raise error

        app = Starlette(debug=debug, routes=[Route("/", fail)], exception_handlers=handlers)
        exchange = drive(TraceMiddleware(app))

        assert error is exchange.error
        assert (500, "no funds") == (exchange.status, sink.end()["error"]["message"])
        assert 1 == [name for name, _ in exchange.headers].count("traceresponse")
        assert 1 == len(sink.lines())

    def test_added(self, sink: Any, drive: Any) -> None:
        """Among a framework's own middlewares we leave the answer to the framework."""

        async def fail(request: Any) -> None:
            raise Declined("no funds")

        handlers = {Exception: lambda _, error: JSONResponse({"sorry": str(error)}, 500)}
        added = [Middleware(TraceMiddleware)]
        exchange = drive(Starlette(routes=[Route("/", fail)], exception_handlers=handlers, middleware=added))

        assert [500, b'{"sorry":"no funds"}'] == [exchange.status, exchange.sent[1]["body"]]
        assert (500, "no funds") == (
            sink.end()["span"]["attributes"]["http.response.status_code"],
            sink.end()["error"]["message"],
        )

    def test_answered_by_us(self, sink: Any, drive: Any, playing: Any) -> None:
        """Where nobody answers for an error, we do, so that the answer has the ids."""
        error = Declined("no funds")
        exchange = drive(TraceMiddleware(playing(None, error)), headers=[(b"x-request-id", b"req-1")])

        assert error is exchange.error
        assert [500, b"Internal Server Error"] == [exchange.sent[0]["status"], exchange.sent[1]["body"]]
        assert ("req-1", sink.end()["trace_id"]) == (
            dict(exchange.headers)["x-request-id"],
            dict(exchange.headers)["traceresponse"][3:35],
        )
        assert [500, "error"] == [sink.end()["span"]["attributes"]["http.response.status_code"], sink.end()["level"]]

    def test_raised_as_it_is(self, sink: Any, drive: Any, playing: Any) -> None:
        """Neither its cause nor its context nor its notes are touched."""
        error = Declined("no funds")
        error.__cause__ = cause = LookupError("card")
        error.add_note("card 7")
        exchange = drive(TraceMiddleware(playing(error)))

        assert (cause, None, ["card 7"]) == (exchange.error.__cause__, exchange.error.__context__, error.__notes__)

    def test_after_the_response(self, sink: Any, drive: Any) -> None:
        """A background task that fails has a line of its own in the same span; the request went well."""

        def fail() -> None:
            log.info("sending mail")
            raise Declined("no route")

        app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("ok", background=BackgroundTask(fail)))])
        exchange = drive(TraceMiddleware(app))
        first, inside, last = sink.lines()

        assert (Declined, 200) == (type(exchange.error), exchange.status)
        assert ["info", "info", "error"] == [first["level"], inside["level"], last["level"]]
        assert ("ok", 1) == (first["span"]["status"], len(sink.ends()))
        assert "span" not in last
        assert "no route" == last["error"]["message"]
        assert first["context"] == last["context"]
        assert 1 == len({(line["trace_id"], line["span_id"], line["operation"]) for line in sink.lines()})

    @pytest.mark.parametrize("error", [Declined("x"), OSError("disk full")], ids=repr)
    def test_mid_stream(self, sink: Any, drive: Any, error: Exception, playing: Any) -> None:
        """The status that went out stays on the line, and no second answer is tried."""
        exchange = drive(TraceMiddleware(playing(200, "1", error)))
        line = sink.end()

        assert error is exchange.error
        assert ["http.response.start", "http.response.body"] == [each["type"] for each in exchange.sent]
        assert ("error", 200) == (line["span"]["status"], line["span"]["attributes"]["http.response.status_code"])
        assert str(error) == line["error"]["message"]
        assert "outcome" not in line["span"]

    @pytest.mark.parametrize(
        ("sent", "status"), [((), 500), ((200,), 200), ((200, "1"), 200)], ids=["nothing", "start", "more"]
    )
    def test_no_answer(self, sink: Any, drive: Any, sent: Any, status: int, playing: Any) -> None:
        """An application that returns before its response is complete failed, whatever it began to say."""
        drive(TraceMiddleware(playing(*sent)))
        line = sink.end()

        assert ("error", "error", status) == (
            line["level"],
            line["span"]["status"],
            line["span"]["attributes"]["http.response.status_code"],
        )
        assert "200" != line["span"]["attributes"].get("error.type")

    def test_timeout(self, sink: Any, drive: Any, playing: Any) -> None:
        """A time limit that was exceeded says so."""
        drive(TraceMiddleware(playing(TimeoutError("bank"))))

        assert ("timeout", "error") == (sink.end()["span"]["outcome"], sink.end()["span"]["status"])

    def test_refused_by_the_server(self, sink: Any, drive: Any, playing: Any) -> None:
        """A start of a response that the server refuses was none: nothing went out under that status."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await TraceMiddleware(playing(200))(scope, receive, refuse)

        async def refuse(message: Any) -> None:
            raise ValueError("illegal header")

        exchange = drive(app)

        assert "illegal header" == str(exchange.error)
        assert 500 == sink.end()["span"]["attributes"]["http.response.status_code"]


class TestExits:
    """An application that ends the process."""

    @pytest.mark.parametrize(("code", "status"), [(0, "ok"), (3, "error")])
    def test_exit(self, sink: Any, drive: Any, code: int, status: str, playing: Any) -> None:
        """To exit is a failure when its code says so."""
        exchange = drive(TraceMiddleware(playing(SystemExit(code))))

        assert code == exchange.error.code
        assert (status, []) == (sink.end()["span"]["status"], exchange.sent)
