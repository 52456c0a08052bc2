"""What is bound during a request: on its line, wherever it was bound, and nowhere afterwards."""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

import structlog_enrich as ours
from structlog_enrich import current_trace, span
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from starlette.middleware import Middleware

theirs = structlog.contextvars
log = structlog.get_logger()


def app_of(endpoint: Callable[[Any], Any], below: Sequence[Middleware] = ()) -> TraceMiddleware:
    """Return an application with one endpoint, below these of Starlette's own middlewares."""
    return TraceMiddleware(Starlette(routes=[Route("/", endpoint)], middleware=below))


def bound(line: dict[str, Any]) -> dict[str, Any]:
    """Return what is bound on a line beside the request's own id."""
    return {name: value for name, value in line.get("context", {}).items() if name != "request_id"}


class TestOnTheRequestLine:
    """What an endpoint binds is on the line that ends its request."""

    @pytest.mark.parametrize("bind", [ours.bind_contextvars, theirs.bind_contextvars], ids=["ours", "theirs"])
    def test_async_endpoint(self, sink: Any, drive: Any, below: Any, bind: Any) -> None:
        """Bound in a coroutine; with structlog's own, below a BaseHTTPMiddleware, once a line was logged there."""

        async def endpoint(request: Any) -> PlainTextResponse:
            bind(user_id="u-1")
            if below:
                log.info("inside")
            return PlainTextResponse("ok")

        drive(app_of(endpoint, below))

        assert {"user_id": "u-1"} == bound(sink.end())

    def test_sync_endpoint(self, sink: Any, drive: Any, below: Any) -> None:
        """Bound in a thread of the pool, which has a copy of the context: with ours, at once."""

        def endpoint(request: Any) -> PlainTextResponse:
            ours.bind_contextvars(user_id="u-1", cart=3)
            ours.bind_contextvars(cart=4)
            return PlainTextResponse("ok")

        drive(app_of(endpoint, below))

        assert {"user_id": "u-1", "cart": 4} == bound(sink.end())

    def test_sync_endpoint_with_structlogs_own(self, sink: Any, drive: Any, below: Any) -> None:
        """With structlog's own, as of the last line that was logged there."""

        def endpoint(request: Any) -> PlainTextResponse:
            theirs.bind_contextvars(user_id="u-1", tenant_id="t-1")
            log.info("inside")
            theirs.bind_contextvars(lost="never seen by a line")
            return PlainTextResponse("ok")

        drive(app_of(endpoint, below))

        assert {"user_id": "u-1", "tenant_id": "t-1"} == bound(sink.lines()[0]) == bound(sink.end())

    def test_dependencies(self, sink: Any, drive: Any, below: Any) -> None:
        """Every kind of FastAPI's dependencies, which each have a context of their own."""

        def sync() -> None:
            ours.bind_contextvars(sync=1)

        async def asynchronous() -> None:
            ours.bind_contextvars(asynchronous=2)

        def generator() -> Iterator[None]:
            ours.bind_contextvars(generator=3)
            yield

        async def async_generator() -> AsyncIterator[None]:
            ours.bind_contextvars(async_generator=4)
            yield

        app = FastAPI(middleware=below)
        kinds = (sync, asynchronous, generator, async_generator)

        @app.get("/", dependencies=[Depends(each) for each in kinds])
        def endpoint() -> None:
            ours.bind_contextvars(endpoint=5)

        drive(TraceMiddleware(app))

        assert {"sync": 1, "asynchronous": 2, "generator": 3, "async_generator": 4, "endpoint": 5} == bound(sink.end())

    def test_streamed_body(self, sink: Any, drive: Any, below: Any) -> None:
        """A generator of a body's parts, which runs when the endpoint is long done."""

        def parts() -> Iterator[str]:
            yield "1"
            ours.bind_contextvars(rows=2)
            yield "2"

        drive(app_of(lambda _: StreamingResponse(parts()), below))

        assert {"rows": 2} == bound(sink.end())

    def test_tasks_and_threads(self, sink: Any, drive: Any) -> None:
        """Whatever the endpoint starts."""

        async def endpoint(request: Any) -> PlainTextResponse:
            async def task(number: int) -> None:
                ours.bind_contextvars(**{f"task_{number}": number})

            await asyncio.gather(task(1), task(2), asyncio.to_thread(ours.bind_contextvars, thread=3))
            return PlainTextResponse("ok")

        drive(app_of(endpoint))

        assert {"task_1": 1, "task_2": 2, "thread": 3} == bound(sink.end())

    def test_unbound(self, sink: Any, drive: Any) -> None:
        """What was unbound or reset before the end isn't there."""

        def endpoint(request: Any) -> PlainTextResponse:
            tokens = ours.bind_contextvars(a=1, b=2, c=3)
            ours.unbind_contextvars("a")
            ours.reset_contextvars(b=tokens["b"])
            with ours.bound_contextvars(d=4):
                log.info("inside")
            return PlainTextResponse("ok")

        drive(app_of(endpoint))

        assert [{"c": 3, "d": 4}, {"c": 3}] == [bound(line) for line in sink.lines()]

    @pytest.mark.parametrize("sync", [False, True], ids=["async", "sync"])
    def test_bound_for_a_while(self, sink: Any, drive: Any, sync: bool, below: Any) -> None:  # noqa: FBT001
        """What structlog's own functions bind for a block is gone with the first line that is logged after it."""

        def work() -> None:
            with theirs.bound_contextvars(step=1):
                log.info("within")
            theirs.bind_contextvars(other=2)
            theirs.unbind_contextvars("other")
            log.info("after")

        async def endpoint(request: Any) -> PlainTextResponse:
            await run_in_threadpool(work) if sync else work()
            return PlainTextResponse("ok")

        drive(app_of(endpoint, below))

        assert [{"step": 1}, {}, {}] == [bound(line) for line in sink.lines()]

    @pytest.mark.parametrize("module", [ours, theirs], ids=["ours", "theirs"])
    @pytest.mark.parametrize("sync", [False, True], ids=["async", "sync"])
    def test_cleared(self, sink: Any, drive: Any, module: Any, sync: bool, below: Any) -> None:  # noqa: FBT001
        """To clear what is bound leaves the trace, and the request line keeps the id of its request.

        Where the endpoint has a copy of the context, the line keeps what had been noted, too.
        """

        def clear() -> None:
            module.bind_contextvars(before=1)
            log.info("before")
            module.clear_contextvars()
            module.bind_contextvars(after=2)
            log.info("after")

        async def endpoint(request: Any) -> PlainTextResponse:
            await run_in_threadpool(clear) if sync else clear()
            return PlainTextResponse("ok")

        exchange = drive(app_of(endpoint, below), headers=[(b"x-request-id", b"req-1")])
        before, after, line = sink.lines()

        assert [{"request_id": "req-1", "before": 1}, {"after": 2}] == [before["context"], after["context"]]
        noted = {"before": 1} if sync or below else {}
        assert {"after": 2, "request_id": "req-1", **noted} == line["context"]
        assert before["trace_id"] == after["trace_id"] == line["trace_id"]
        assert "req-1" == dict(exchange.headers)["x-request-id"]

    def test_own_request_id(self, sink: Any, drive: Any) -> None:
        """An application that binds a request id of its own has it on its lines."""

        async def endpoint(request: Any) -> PlainTextResponse:
            theirs.bind_contextvars(request_id="theirs")
            return PlainTextResponse("ok")

        drive(app_of(endpoint))

        assert "theirs" == sink.end()["context"]["request_id"]

    def test_spans_within(self, sink: Any, drive: Any) -> None:
        """Spans within are children of the request's, and share its operation and what is bound."""

        def endpoint(request: Any) -> PlainTextResponse:
            ours.bind_contextvars(user_id="u-1")
            with span("charge card", kind="client"):
                log.info("inside")
            return PlainTextResponse("ok")

        drive(app_of(endpoint))
        inside, child, line = sink.lines()

        assert inside["span_id"] == child["span_id"]
        assert line["span_id"] == child["parent_span_id"] == inside["parent_span_id"]
        assert ["GET /"] * 3 == [each["operation"] for each in (inside, child, line)]
        assert [{"user_id": "u-1"}] * 3 == [bound(each) for each in (inside, child, line)]


async def leaky(scope: Any, receive: Any, send: Any) -> None:
    """Bind by every means, never unbind, leave a span open, and answer or fail as the path says."""
    if scope["type"] != "http":
        raise NotImplementedError
    log.info("begins")
    ours.bind_contextvars(ours=scope["path"])
    theirs.bind_contextvars(theirs=scope["path"])
    await asyncio.to_thread(ours.bind_contextvars, thread=scope["path"])
    span("left open").__enter__()
    log.info("inside")
    if scope["path"] == "/fails":
        raise LookupError("order")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
    if scope["path"] == "/fails-late":
        raise LookupError("mail")


class TestAfterwards:
    """Nothing of a request is left."""

    @pytest.mark.parametrize("path", ["/", "/fails", "/fails-late"])
    def test_same_context(self, sink: Any, drive_async: Any, path: str) -> None:
        """Not even where one task, with one context, runs one request after the other."""

        async def main() -> None:
            theirs.bind_contextvars(worker="w-1", ours="outer")
            before = (current_trace(), theirs.get_contextvars())
            for _ in range(3):
                await drive_async(app, "GET", path)
                assert before == (current_trace(), theirs.get_contextvars())
            log.info("idle")

        app = TraceMiddleware(leaky)
        asyncio.run(main())
        begun = [line for line in sink.lines() if line["message"] == "begins"]

        assert [{"worker": "w-1", "ours": "outer"}] * 3 == [bound(line) for line in begun]
        assert 3 == len({line["trace_id"] for line in begun})
        assert [{"worker": "w-1", "ours": path, "theirs": path, "thread": path}] * 3 == [
            bound(line) for line in sink.ends(3)
        ]
        assert {"worker": "w-1", "ours": "outer"} == sink.lines()[-1]["context"]
        assert sink.lines()[-1]["boot_id"] == sink.lines()[-1]["span_id"]

    def test_closed_in_another_context(self, sink: Any) -> None:
        """An application that is closed in another context than it began in raises nothing of ours."""

        class Never:
            def __await__(self) -> Iterator[None]:
                yield

        async def held(scope: Any, receive: Any, send: Any) -> None:
            theirs.bind_contextvars(user_id="u-1")
            await Never()

        call = TraceMiddleware(held)({"type": "http", "method": "GET", "path": "/", "headers": []}, None, None)  # type: ignore[arg-type]
        Context().run(call.send, None)
        Context().run(call.close)

        assert None is current_trace()
        assert ("info", "ok") == (sink.end()["level"], sink.end()["span"]["status"])

    @pytest.mark.parametrize("by", ["uvicorn", "hypercorn"])
    @pytest.mark.parametrize("keep_alive", [True, False])
    def test_next_request(self, sink: Any, serve: Any, by: str, keep_alive: bool) -> None:  # noqa: FBT001
        """Nothing reaches the next request on the same connection, or thread."""
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=int(keep_alive))
        with serve(TraceMiddleware(leaky), by=by) as address, httpx.Client(limits=limits) as client:
            for path in ("/a", "/fails-late", "/b", "/fails", "/c"):
                try:
                    client.get(f"http://{address}{path}")
                except httpx.HTTPError:
                    # The connection was closed under it, for the failure before: it was never asked.
                    if not path.startswith("/fails"):
                        client.get(f"http://{address}{path}")
            sink.ends(5)
        begun = [line for line in sink.lines() if line["message"] == "begins"]

        assert [{}] * 5 == [bound(line) for line in begun]
        assert 5 == len({line["trace_id"] for line in begun}) == len({line["context"]["request_id"] for line in begun})
        for line in sink.ends(5):
            path = line["span"]["attributes"]["url.path"]
            assert {"ours": path, "theirs": path, "thread": path} == bound(line)
