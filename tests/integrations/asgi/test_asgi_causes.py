"""A 500 and the exception behind it: on one line, written as soon as both are known."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from typing import TYPE_CHECKING, Any

import freezegun
import httpx
import pytest
import structlog
from fastapi import FastAPI, HTTPException
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Mount, Route

from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

log = structlog.get_logger()


class Declined(Exception):
    """Refuse a payment."""


class Answer(Exception):
    """Be an answer, as frameworks' own exceptions are."""

    status_code = 503


def afterwards() -> None:
    """Log after the response."""
    log.info("afterwards")


def answering(status: int, after: Callable[[], None] = afterwards) -> Callable[..., Response]:
    """Return an endpoint, or a handler of exceptions, that answers with *status* and goes on afterwards."""
    return lambda *_: JSONResponse({}, status, background=BackgroundTask(after))


async def pay(request: Any) -> None:
    """Raise."""
    raise Declined("no funds")


class Handling:
    """Be an application that answers for an exception while it handles it, and then does what it is told."""

    def __init__(self, answer: Any, error: BaseException, then: BaseException | None = None) -> None:
        self.answer, self.error, self.then = answer, error, then

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            raise self.error
        except BaseException:
            await self.answer(scope, receive, send)
        if self.then is not None:
            raise self.then


class TestCause:
    """The exception that is handled while a 500 is answered is what caused it."""

    @pytest.mark.parametrize("debug", [False, True])
    @pytest.mark.parametrize("handler", [None, answering(500)], ids=["default", "handler"])
    def test_unhandled(self, sink: Any, drive: Any, debug: bool, handler: Any) -> None:  # noqa: FBT001
        """It is on the request line, which is there before the framework goes on, and on no other when it is raised."""
        handlers = {} if handler is None or debug else {Exception: handler}
        app = Starlette(debug=debug, routes=[Route("/", pay)], exception_handlers=handlers)
        exchange = drive(TraceMiddleware(app))

        assert isinstance(exchange.error, Declined)
        assert ["GET /", *(["afterwards"] if handlers else [])] == sink.messages()
        assert ("error", "no funds", f"{__name__}.Declined") == (
            sink.end()["level"],
            sink.end()["error"]["message"],
            sink.end()["span"]["attributes"]["error.type"],
        )
        assert "in pay" in sink.end()["error"]["stack"]

    def test_over_sockets(self, sink: Any, serve: Any, by: str) -> None:
        """It doesn't wait for what the application does afterwards."""
        written, waits = threading.Event(), list[bool]()
        app = FastAPI(exception_handlers={Exception: answering(500, lambda: waits.append(written.wait(30)))})
        app.get("/orders/{id}")(pay)
        with serve(TraceMiddleware(app), by=by) as address:
            response = httpx.get(f"http://{address}/orders/7?request=1")
            line = sink.end()
            written.set()

        assert (500, "no funds", [True]) == (response.status_code, line["error"]["message"], waits)
        assert ["GET /orders/{id}"] == sink.messages()

    @pytest.mark.parametrize("status", [500, 503])
    def test_handled(self, sink: Any, drive: Any, status: int) -> None:
        """It is so, too, when a handler makes a 5xx of it and the framework keeps it."""
        app = Starlette(routes=[Route("/", pay)], exception_handlers={Declined: answering(status)})
        exchange = drive(TraceMiddleware(app))

        assert (None, status) == (exchange.error, exchange.status)
        assert ["GET /", "afterwards"] == sink.messages()
        assert "no funds" == sink.end()["error"]["message"]

    def test_below_500(self, sink: Any, drive: Any) -> None:
        """What a handler makes a 4xx of is no failure."""
        app = Starlette(routes=[Route("/", pay)], exception_handlers={Declined: answering(402)})
        drive(TraceMiddleware(app))

        assert "error" not in sink.end()
        assert ["GET /", "afterwards"] == sink.messages()

    @pytest.mark.parametrize("error", [HTTPException(503), Answer()], ids=repr)
    def test_an_answer(self, sink: Any, drive: Any, playing: Any, error: Exception) -> None:
        """An exception that says the very status it is answered with is an answer."""
        drive(TraceMiddleware(Handling(playing(503, b""), error)))

        assert ("error", "503") == (sink.end()["level"], sink.end()["span"]["attributes"]["error.type"])
        assert "error" not in sink.end()

    def test_an_answer_with_another_status(self, sink: Any, drive: Any, playing: Any) -> None:
        """With another status it is a failure like any other."""
        drive(TraceMiddleware(Handling(playing(500, b""), error := Answer("upstream"), error)))

        assert "upstream" == sink.end()["error"]["message"]
        assert 1 == len(sink.lines())

    def test_an_answer_that_is_raised(self, sink: Any, drive: Any, playing: Any) -> None:
        """So it is when it is raised after all."""
        drive(TraceMiddleware(Handling(playing(503, b""), error := Answer("unhandled"), error)))

        assert "unhandled" == sink.end()["error"]["message"]
        assert 1 == len(sink.lines())

    def test_another_error_afterwards(self, sink: Any, drive: Any, playing: Any) -> None:
        """Another exception after that has a line of its own."""
        exchange = drive(TraceMiddleware(Handling(playing(500, b""), Declined("no funds"), LookupError("mail"))))

        assert "mail" == str(exchange.error)
        assert ["no funds", "mail"] == [line["error"]["message"] for line in sink.lines()]
        assert 1 == len(sink.ends())

    def test_cancelled(self, sink: Any, drive: Any, playing: Any) -> None:
        """A cancellation that is answered for is one when it is raised."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await TraceMiddleware(Handling(playing(503, b""), caught.value, caught.value))(scope, receive, send)

        drive(app)

        assert ("cancelled", 1) == (sink.end()["span"]["outcome"], len(sink.lines()))
        assert "error" not in sink.end()

    @pytest.mark.parametrize("body", [[b""], ["a", b"b"]], ids=["whole", "in pieces"])
    def test_handled_outside(self, sink: Any, drive: Any, playing: Any, body: Any) -> None:
        """What is handled by who calls the middleware, as where it is a fallback, has nothing to do with it."""
        fallback = TraceMiddleware(playing(503, *body))
        exchange = drive(Handling(fallback, LookupError("the first choice")))

        assert None is exchange.error
        assert "error" not in sink.end()
        assert "503" == sink.end()["span"]["attributes"]["error.type"]

    @pytest.mark.parametrize("is_raised", [False, True], ids=["kept", "raised"])
    def test_no_garbage(self, sink: Any, playing: Any, is_raised: bool) -> None:  # noqa: FBT001
        """Once the request is over nothing is left of it that only the collector would find."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            try:
                raise Declined("no funds")
            except Declined:
                await playing(500, b"")(scope, receive, send)
                if is_raised:
                    raise

        async def send(message: Any) -> None:
            pass

        async def request() -> None:
            with contextlib.suppress(Declined):
                await TraceMiddleware(app)({"type": "http", "headers": []}, None, send)  # type: ignore[arg-type]

        async def main() -> int:
            await request()
            gc.collect()
            gc.disable()
            try:
                await request()
                return gc.collect()
            finally:
                gc.enable()

        assert 0 == asyncio.run(main())

    def test_hostile(self, sink: Any, drive: Any, playing: Any) -> None:
        """One that can't be asked for a status is a failure."""

        class Hostile(Exception):
            def __getattribute__(self, name: str) -> Any:
                if name == "status_code":
                    raise RuntimeError
                return super().__getattribute__(name)

        drive(TraceMiddleware(Handling(playing(500, b""), Hostile("x"))))

        assert "x" == sink.end()["error"]["message"]


class TestNone:
    """A 500 may be meant."""

    def test_whole(self, sink: Any, serve: Any, by: str) -> None:
        """Its line doesn't wait for a background task, which may fail on its own account."""

        def fail() -> None:
            afterwards()
            raise Declined("no route")

        app = Starlette(routes=[Route("/", answering(503, fail))])
        with serve(TraceMiddleware(app), by=by) as address:
            httpx.get(f"http://{address}/")
            sink.wait_for(lambda lines: len(lines) == 3)

        assert ["GET /", "afterwards", "GET / failed after its response"] == sink.messages()
        assert [False, False, True] == ["error" in line for line in sink.lines()]
        assert "503" == sink.end()["span"]["attributes"]["error.type"]

    def test_in_pieces(self, sink: Any, drive: Any) -> None:
        """One in pieces may have been handed over by another task, where the exception is: it waits."""

        async def parts() -> Any:
            yield "sorry"

        def endpoint(request: Any) -> StreamingResponse:
            return StreamingResponse(parts(), 503, background=BackgroundTask(afterwards))

        drive(TraceMiddleware(Starlette(routes=[Route("/", endpoint)])))

        assert ["afterwards", "GET /"] == sink.messages()

    def test_duration(self, sink: Any, drive: Any, playing: Any) -> None:
        """Though the line waits, the time it tells is that of the response."""
        with freezegun.freeze_time("2026-11-22 04:48:00") as clock:

            async def app(scope: Any, receive: Any, send: Any) -> None:
                clock.tick(0.25)
                await playing(503, "sor", b"ry")(scope, receive, send)
                clock.tick(4)

            drive(TraceMiddleware(app))

        assert 250.0 == sink.end()["span"]["duration_ms"]

    @pytest.mark.parametrize("count", [0, 1], ids=["plain", "below BaseHTTPMiddleware"])
    def test_kept_by_a_handler(self, sink: Any, drive: Any, passing: Any, count: int) -> None:
        """What a handler makes of an exception in another task is all that is known, unless it logs it."""

        async def handle(request: Any, error: Exception) -> JSONResponse:
            return JSONResponse({}, 500)

        app = FastAPI(middleware=passing(count), exception_handlers={Declined: handle})
        app.add_route("/pay", pay)
        exchange = drive(TraceMiddleware(app), path="/pay")

        assert (None, 500, "error") == (exchange.error, exchange.status, sink.end()["level"])
        assert (count == 0) == ("error" in sink.end())
        assert ("500" if count else f"{__name__}.Declined") == sink.end()["span"]["attributes"]["error.type"]

    def test_stream_that_fails(self, sink: Any, drive: Any, passing: Any) -> None:
        """A stream that fails in another task was brought to an end there, and its exception comes after the line."""

        async def parts() -> Any:
            yield "1"
            raise Declined("no funds")

        app = Starlette(routes=[Route("/", lambda _: StreamingResponse(parts()))], middleware=passing(1))
        drive(TraceMiddleware(app))

        assert [("info", "GET /"), ("error", "GET / failed after its response")] == [
            (line["level"], line["message"]) for line in sink.lines()
        ]

    def test_in_another_task(self, sink: Any, serve: Any, passing: Any, by: str) -> None:
        """So the exception of an application that is mounted below Starlette's middlewares is on its request's line."""
        inner = FastAPI()
        inner.add_route("/pay", pay)
        app = Starlette(routes=[Mount("/shop", app=inner)], middleware=passing(2))
        with serve(TraceMiddleware(app), by=by) as address:
            response = httpx.get(f"http://{address}/shop/pay")
            line = sink.end()

        assert (500, "no funds") == (response.status_code, line["error"]["message"])
        assert 1 == len(sink.lines())
