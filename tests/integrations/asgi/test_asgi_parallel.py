"""Two hundred requests at once: every line in its request's trace, and nothing of one in another."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import httpx
import pytest
import structlog
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware

from structlog_enrich import bind_contextvars, span
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from jsonschema import Draft202012Validator

REQUESTS = 200
CONNECTIONS = 40
log = structlog.get_logger()
theirs = structlog.contextvars


class Declined(Exception):
    """Refuse a payment."""


async def _dispatch(request: Any, call_next: Any) -> Any:
    log.info("dispatch")
    return await call_next(request)


async def wait() -> None:
    """Let the others run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def async_dependency(n: int) -> int:
    """Bind and log in the request's own task."""
    theirs.bind_contextvars(theirs=n)
    await wait()
    log.info("async dependency", n=n)
    return n


async def async_generator(n: int) -> AsyncIterator[int]:
    """Log before and after the endpoint."""
    log.info("async generator", n=n)
    yield n
    log.info("async generator done", n=n)


def dependency(n: int) -> int:
    """Bind and log in a thread; structlog's own binding ends with it."""
    theirs.bind_contextvars(theirs=n)
    bind_contextvars(ours=n)
    log.info("dependency", n=n)
    return n


def generator(n: int) -> Iterator[int]:
    """Log before and after the endpoint, in threads."""
    log.info("generator", n=n)
    yield n
    log.info("generator done", n=n)


Async = (Annotated[int, Depends(async_dependency)], Annotated[int, Depends(async_generator)])
Sync = (Annotated[int, Depends(dependency)], Annotated[int, Depends(generator)])


def routes(app: FastAPI) -> FastAPI:
    """Give *app* an endpoint of each kind."""

    @app.get("/async/{n}")
    async def asynchronous(n: int, one: Async[0], two: Async[1], background: BackgroundTasks) -> None:
        async def child(name: str) -> None:
            await wait()
            log.info(name, n=n)

        async def later() -> None:
            await wait()
            log.info("background", n=n)

        bind_contextvars(ours=n)
        background.add_task(later)
        async with span("work", kind="client"), asyncio.TaskGroup() as tasks:
            tasks.create_task(child("task 1"))
            tasks.create_task(child("task 2"))
        log.info("endpoint", n=n)

    @app.get("/sync/{n}")
    def synchronous(n: int, one: Sync[0], two: Sync[1], background: BackgroundTasks) -> None:
        theirs.bind_contextvars(theirs=n)
        background.add_task(log.info, "background", n=n)
        with span("work"):
            log.info("inside", n=n)
        log.info("endpoint", n=n)

    @app.get("/stream/{n}")
    async def stream(n: int, one: Async[0]) -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            for part in "ab":
                await wait()
                bind_contextvars(ours=n)
                log.info("part", n=n)
                yield part

        return StreamingResponse(parts())

    @app.get("/sync-stream/{n}")
    def sync_stream(n: int, one: Sync[0]) -> StreamingResponse:
        def parts() -> Iterator[str]:
            for part in "ab":
                log.info("part", n=n)
                yield part

        return StreamingResponse(parts())

    @app.get("/fails/{n}")
    async def fails(n: int, one: Async[0], two: Async[1]) -> None:
        bind_contextvars(ours=n)
        raise Declined(n)

    @app.get("/sync-fails/{n}")
    def sync_fails(n: int, one: Sync[0]) -> None:
        with span("work"):
            raise Declined(n)

    @app.get("/refuses/{n}")
    def refuses(n: int, one: Sync[0]) -> None:
        raise HTTPException(409)

    @app.get("/fails-late/{n}")
    async def fails_late(n: int, one: Async[0], background: BackgroundTasks) -> None:
        def later() -> None:
            log.info("background", n=n)
            raise Declined(n)

        bind_contextvars(ours=n)
        background.add_task(later)

    return app


BOTH_ASYNC = ["async dependency", "async generator", "async generator done"]
BOTH_SYNC = ["dependency", "generator", "generator done"]
KINDS: dict[str, tuple[int, list[str]]] = {
    "async": (200, [*BOTH_ASYNC, "task 1", "task 2", "work", "endpoint", "background"]),
    "sync": (200, [*BOTH_SYNC, "inside", "work", "endpoint", "background"]),
    "stream": (200, ["async dependency", "part", "part"]),
    "sync-stream": (200, ["dependency", "part", "part"]),
    "fails": (500, ["async dependency", "async generator"]),
    "sync-fails": (500, ["dependency", "work"]),
    "refuses": (409, ["dependency"]),
    "fails-late": (200, ["async dependency", "background"]),
}
"""What a request of each kind answers, and the lines it has beside its own."""


def requested(n: int) -> tuple[str, str]:
    """Return the kind of request *n*, and under what: every other one is below a BaseHTTPMiddleware."""
    return list(KINDS)[n // 2 % len(KINDS)], "/below" if n % 2 else ""


def expected(n: int) -> list[str]:
    """Return the messages of request *n*."""
    kind, under = requested(n)
    name = f"GET {under}/{kind}/{{n}}"
    late = [f"{name} failed after its response"] if kind == "fails-late" else []
    return sorted([*KINDS[kind][1], *["dispatch"] * bool(under), name, *late])


async def ask(address: str) -> list[httpx.Response]:
    """Send all requests at once, over fewer connections than requests."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(base_url=f"http://{address}", limits=limits, timeout=60) as client:

        async def one(n: int) -> httpx.Response:
            kind, under = requested(n)
            # A server closes the connection of a failed application; a client shouldn't run into that.
            headers = {"connection": "close"} if "fails" in kind else {}
            headers |= {"traceparent": f"00-{n + 1:032x}-{n + 1:016x}-01", "x-request-id": f"req-{n}"}
            return await client.get(f"{under}/{kind}/{n}", headers=headers)

        return await asyncio.gather(*map(one, range(REQUESTS)))


class Answered(NamedTuple):
    """The responses, and all lines."""

    responses: list[httpx.Response]
    lines: list[dict[str, Any]]

    def traces(self) -> dict[int, list[dict[str, Any]]]:
        """Return the lines by the number in their trace id."""
        traces: dict[int, list[dict[str, Any]]] = {}
        for line in self.lines:
            traces.setdefault(int(line["trace_id"], 16) - 1, []).append(line)
        return traces


_ANSWERED: dict[str, Answered] = {}


@pytest.fixture(params=["uvicorn", "hypercorn"])
def answered(request: pytest.FixtureRequest, sink: Any, serve: Any) -> Answered:
    """Return what came of all requests, which each server is sent once for all tests."""
    if request.param not in _ANSWERED:
        app = routes(FastAPI())
        app.mount("/below", routes(FastAPI(middleware=[Middleware(BaseHTTPMiddleware, dispatch=_dispatch)])))
        count = sum(len(expected(n)) for n in range(REQUESTS))
        with serve(TraceMiddleware(app), by=request.param) as address:
            responses = asyncio.run(ask(address))
            sink.wait_for(lambda lines: len(lines) >= count)
        _ANSWERED[request.param] = Answered(responses, sink.lines())
    return _ANSWERED[request.param]


def test_parallel_requests(answered: Answered, validator: Draft202012Validator) -> None:
    """Each line is in its request's trace below the right parent, has its values alone, and is valid."""
    traces = answered.traces()

    assert set(range(REQUESTS)) == traces.keys()
    for n, response in enumerate(answered.responses):
        kind, under = requested(n)
        (end,) = [line for line in traces[n] if line.get("span", {}).get("kind") == "server"]
        children = {line["span_id"] for line in traces[n] if line.get("span", {}).get("name") == "work"}

        assert KINDS[kind][0] == response.status_code == end["span"]["attributes"]["http.response.status_code"]
        assert (f"req-{n}", f"00-{n + 1:032x}-{end['span_id']}-01") == (
            response.headers["x-request-id"],
            response.headers["traceresponse"],
        )
        assert expected(n) == sorted(line["message"] for line in traces[n])
        # Below, the route is found by an application of its own, after the middleware logged.
        early = {"GET"} if under else set()
        assert {f"GET {under}/{kind}/{{n}}"} == {line["operation"] for line in traces[n]} - early
        assert f"GET {under}/{kind}/{{n}}" == end["operation"]
        assert {"request_id": f"req-{n}", "ours": n, "theirs": n} == end["context"]
        for line in traces[n]:
            mine = {"request_id": f"req-{n}", "ours": n, "theirs": n, "n": n}
            assert line["context"].items() | line.get("payload", {}).items() <= mine.items()
            assert f"req-{n}" == line["context"]["request_id"]
            parent = end["span_id"] if line["span_id"] in children else f"{n + 1:016x}"
            assert (True, parent) == (line["span_id"] in {*children, end["span_id"]}, line["parent_span_id"])
            assert [] == list(validator.iter_errors(line))

    # They really ran side by side.
    assert 2 * REQUESTS < sum(one["trace_id"] != other["trace_id"] for one, other in pairwise(answered.lines))
    first = min(line["seq"] for line in answered.lines)
    assert list(range(first, first + len(answered.lines))) == sorted(line["seq"] for line in answered.lines)


def test_levels(answered: Answered) -> None:
    """Each error is described once, on the line of what it ended."""
    for n, lines in answered.traces().items():
        kind, _ = requested(n)
        failed = [line for line in lines if line["level"] == "error"]
        named = {"fails": ["GET"], "sync-fails": ["GET", "work"], "fails-late": ["GET"]}.get(kind, [])

        assert Counter(named) == Counter(line["message"].split()[0] for line in failed)
        assert failed == [line for line in lines if "error" in line]
        assert [str(n)] * len(failed) == [line["error"]["message"] for line in failed]
