"""Cancellations: of a request, which is no failure, and of what an endpoint awaits, which is one."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

TIMEOUT = 30.0
TOLD = "asyncio.exceptions.CancelledError"


async def cancelled_task() -> None:
    """Await a task that was cancelled."""
    task = asyncio.ensure_future(asyncio.Event().wait())
    task.cancel()
    await task


async def cancelled_future() -> None:
    """Await a future that was cancelled, as one is that several requests wait for."""
    future = asyncio.get_running_loop().create_future()
    future.cancel("the pool is closed")
    await future


async def cancelled_after_a_timeout() -> None:
    """Await it in a task that was cancelled before, by a timeout of its own, and got over it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
    await cancelled_task()


async def cancelled_group() -> None:
    """Await it in a group of tasks."""
    async with asyncio.TaskGroup():
        await cancelled_task()


OWN = pytest.mark.parametrize(
    "work",
    [cancelled_task, cancelled_future, cancelled_after_a_timeout, cancelled_group],
    ids=lambda work: work.__name__,
)


async def within_a_task(run: Callable[[], Awaitable[Any]], waiting: asyncio.Event) -> None:
    """Cancel the task that it runs in."""
    task = asyncio.ensure_future(run())
    await waiting.wait()
    task.cancel()
    await asyncio.wait([task])


async def within_a_timeout(run: Callable[[], Awaitable[Any]], waiting: asyncio.Event) -> None:
    """Let a timeout that is around it run out."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(None) as around:
            asyncio.get_running_loop().create_task(waiting.wait()).add_done_callback(lambda _: around.reschedule(0))
            await run()


async def within_a_group(run: Callable[[], Awaitable[Any]], waiting: asyncio.Event) -> None:
    """Let another task fail that it is in a group with."""
    with contextlib.suppress(ExceptionGroup):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run())  # type: ignore[arg-type]
            await waiting.wait()
            raise LookupError("beside it")


async def within_a_scope(run: Callable[[], Awaitable[Any]], waiting: asyncio.Event) -> None:
    """Cancel a scope of anyio's that is around it, in its own task."""
    with anyio.CancelScope() as scope:
        asyncio.get_running_loop().create_task(waiting.wait()).add_done_callback(lambda _: scope.cancel())
        await run()


async def within_a_scoped_task(run: Callable[[], Awaitable[Any]], waiting: asyncio.Event) -> None:
    """Cancel anyio's group of tasks that it is in."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        await waiting.wait()
        tasks.cancel_scope.cancel()


WITHIN = pytest.mark.parametrize(
    "within",
    [within_a_task, within_a_timeout, within_a_group, within_a_scope, within_a_scoped_task],
    ids=lambda within: within.__name__,
)


class TestRequests:
    """A request that is stopped from outside didn't fail."""

    def assert_cancelled(self, sink: Any) -> dict[str, Any]:
        """Check that the one line says `cancelled` and names no error, and return it."""
        line: dict[str, Any] = sink.end()

        assert ("warning", "ok", "cancelled") == (line["level"], line["span"]["status"], line["span"]["outcome"])
        assert "error" not in line
        assert "error.type" not in line["span"]["attributes"]
        assert 1 == len(sink.lines())
        return line

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), type("Cancelled", (BaseException,), {})()], ids=repr)
    @pytest.mark.parametrize("before", [[], [200, "1"]], ids=["before", "mid-stream"])
    def test_told_by_name(self, sink: Any, drive: Any, before: Any, error: BaseException, playing: Any) -> None:
        """An interruption and the cancellations of other loops are known by their names, and go on."""
        app = TraceMiddleware(playing(*before, error))

        async def uncancelled(*given: Any) -> None:
            # Else asyncio itself would act on it.
            try:
                await app(*given)
            except BaseException as caught:
                raised.append(caught)

        raised: list[BaseException] = []
        exchange = drive(uncancelled)

        assert error is raised[0]
        assert len(before) == len(exchange.sent)
        self.assert_cancelled(sink)

    @WITHIN
    def test_while_the_endpoint_waits(self, sink: Any, drive_async: Any, below: Any, within: Any) -> None:
        """Whoever cancels it, and in whichever task the endpoint waits."""

        async def endpoint(request: Any) -> None:
            waiting.set()
            await asyncio.Event().wait()

        async def main() -> None:
            app = TraceMiddleware(Starlette(routes=[Route("/", endpoint)], middleware=below))
            await within(lambda: drive_async(app), waiting)

        waiting = asyncio.Event()
        asyncio.run(main())

        assert "GET /" == self.assert_cancelled(sink)["operation"]

    @WITHIN
    @pytest.mark.parametrize("inside", [False, True], ids=["around", "added"])
    def test_while_it_streams(self, sink: Any, drive_async: Any, passing: Any, within: Any, inside: bool) -> None:  # noqa: FBT001
        """Also through the scopes that a framework streams in, around the middleware and within."""

        async def parts() -> AsyncIterator[bytes]:
            yield b"1"
            waiting.set()
            await asyncio.Event().wait()

        async def main() -> None:
            routes = [Route("/", lambda _: StreamingResponse(parts()))]
            if inside:
                app: Any = Starlette(routes=routes, middleware=[*passing(1), Middleware(TraceMiddleware)])
            else:
                app = TraceMiddleware(Starlette(routes=routes, middleware=passing(1)))
            await within(lambda: drive_async(app), waiting)

        waiting = asyncio.Event()
        asyncio.run(main())

        self.assert_cancelled(sink)

    def test_after_the_response(self, sink: Any, drive: Any, playing: Any) -> None:
        """Background work that is cancelled says nothing more."""
        exchange = drive(TraceMiddleware(playing(200, b"2", KeyboardInterrupt())))

        assert isinstance(exchange.error, KeyboardInterrupt)
        assert ["ok"] == [line["span"]["status"] for line in sink.lines()]

    def test_background_task(self, sink: Any, drive_async: Any) -> None:
        """Nor does it when its task is."""

        async def work() -> None:
            waiting.set()
            await asyncio.Event().wait()

        async def main() -> None:
            routes = [Route("/", lambda _: PlainTextResponse("", background=BackgroundTask(work)))]
            await within_a_task(lambda: drive_async(TraceMiddleware(Starlette(routes=routes))), waiting)

        waiting = asyncio.Event()
        asyncio.run(main())

        assert ["ok"] == [line["span"]["status"] for line in sink.lines()]

    def test_outside_a_loop(self, sink: Any, playing: Any) -> None:
        """Where nobody can be asked who cancelled what, it is the request."""
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        with pytest.raises(asyncio.CancelledError):
            TraceMiddleware(playing(asyncio.CancelledError()))(scope, None, None).send(None)  # type: ignore[arg-type]

        self.assert_cancelled(sink)


class TestAwaited:
    """An endpoint that awaits what was cancelled, while nobody cancelled the request, failed."""

    def assert_failed(self, line: dict[str, Any], status: int) -> None:
        """Check that *line* describes the error."""
        assert ("error", "error", TOLD, status) == (
            line["level"],
            line["span"]["status"],
            line["span"]["attributes"]["error.type"],
            line["span"]["attributes"]["http.response.status_code"],
        )
        assert "outcome" not in line["span"]
        assert TOLD == line["error"]["type"]
        assert "await cancelled_task()" in line["error"]["stack"] or "await work()" in line["error"]["stack"]

    @OWN
    def test_before_the_response(self, sink: Any, drive: Any, work: Any, validator: Any) -> None:
        """It is answered with the ids, described, and goes on as it came."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await work()

        async def uncancelled(*given: Any) -> None:
            with pytest.raises(asyncio.CancelledError):
                await TraceMiddleware(app)(*given)

        exchange = drive(uncancelled)

        self.assert_failed(sink.end(), 500)
        assert 500 == exchange.status
        assert {"x-request-id", "traceresponse"} < {name for name, _ in exchange.headers}
        assert [] == list(validator.iter_errors(sink.end()))

    def test_cause(self, sink: Any, drive: Any) -> None:
        """Its own message and what it says it comes of are told with it."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            raise asyncio.CancelledError("the pool is closed") from LookupError("room")

        drive(TraceMiddleware(app))

        error = sink.end()["error"]

        assert ("the pool is closed", ["room"]) == (error["message"], [cause["message"] for cause in error["causes"]])

    def test_while_it_streams(self, sink: Any, drive: Any, playing: Any) -> None:
        """A response that was begun gets no other."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await playing(200, "1")(scope, receive, send)
            await cancelled_task()

        exchange = drive(TraceMiddleware(app))

        self.assert_failed(sink.end(), 200)
        assert 2 == len(exchange.sent)

    def test_in_a_list_of_middlewares(self, sink: Any, drive: Any) -> None:
        """There the answer is the framework's, and here the server's."""

        async def endpoint(request: Any) -> None:
            await cancelled_task()

        app = Starlette(routes=[Route("/", endpoint)], middleware=[Middleware(TraceMiddleware)])
        exchange = drive(app)

        self.assert_failed(sink.end(), 500)
        assert [] == exchange.sent

    def test_afterwards(self, sink: Any, drive: Any) -> None:
        """In a background task it has a line of its own."""
        routes = [Route("/", lambda _: PlainTextResponse("", background=BackgroundTask(cancelled_task)))]
        drive(TraceMiddleware(Starlette(routes=routes)))

        assert ["GET /", "GET / failed after its response"] == sink.messages()
        assert [None, TOLD] == [line.get("error", {}).get("type") for line in sink.lines()]

    def test_after_the_client_left(self, sink: Any, drive: Any, playing: Any) -> None:
        """A framework may cancel what works for nobody: the line says who left."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await cancelled_task()

        drive(TraceMiddleware(app), incoming=[{"type": "http.disconnect"}])

        assert ("info", "disconnected") == (sink.end()["level"], sink.end()["span"]["outcome"])
        assert "error" not in sink.end()

    def test_served(self, sink: Any, serve: Any, by: str) -> None:
        """The client has an answer whose ids are on the line, and so has the next."""

        async def endpoint(request: Any) -> None:
            await cancelled_task()

        app = TraceMiddleware(Starlette(routes=[Route("/", endpoint)]))
        with serve(app, by=by) as address:
            responses = [httpx.get(f"http://{address}/", timeout=TIMEOUT) for _ in range(2)]
            lines = sink.ends(2)

        for response, line in zip(responses, lines, strict=True):
            self.assert_failed(line, 500)
            assert 500 == response.status_code
            assert line["context"]["request_id"] == response.headers["x-request-id"]
