"""What breaks costs the span, never the request: odd scopes, odd messages, odd exceptions, odd configurations."""

from __future__ import annotations

import asyncio
from collections import UserDict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from structlog_enrich import current_trace, get_contextvars
from structlog_enrich.integrations.asgi import TraceMiddleware
from structlog_enrich.trace.ids import OwnIds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema import Draft202012Validator

TRACE_ID, PARENT_ID = "7d3f0c92be614a58a1f4c60e2b9d8135", "c1e5a7093bd2486f"
CALLER = [(b"host", b"shop"), (b"x-request-id", b"req-1"), (b"traceparent", f"00-{TRACE_ID}-{PARENT_ID}-01".encode())]


async def plain(scope: Any, receive: Any, send: Any) -> None:
    """Answer."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


def call(app: Any, incoming: Any = None, quiet: Any = (), **scope: Any) -> list[Any]:
    """Play a server that takes whatever it is given, and return that."""
    taken: list[Any] = []

    async def receive() -> Any:
        return incoming

    async def send(message: Any) -> None:
        taken.append(message)

    given = {"type": "http", "method": "GET", "path": "/", "headers": CALLER, **scope}
    asyncio.run(TraceMiddleware(app, quiet=quiet)(given, receive, send))
    return taken


class Again:
    """Pairs that can be gone through again, though they are neither a list nor a tuple."""

    def __iter__(self) -> Iterator[Any]:
        return iter(CALLER)


class TestHeaders:
    """ASGI allows any iterable, of names in lower case."""

    @pytest.mark.parametrize(
        "made",
        [iter, lambda pairs: (pair for pair in pairs), lambda pairs: map(tuple, pairs), reversed],
        ids=["iterator", "generator", "map", "reversed"],
    )
    def test_gone_through_once(self, sink: Any, made: Callable[[Any], Any]) -> None:
        """What can be gone through only once is there for the application, too."""
        seen: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.extend(scope["headers"])
            await plain(scope, receive, send)

        call(app, headers=made(CALLER))

        assert [*made(CALLER)] == seen
        assert (TRACE_ID, "req-1") == (sink.end()["trace_id"], sink.end()["context"]["request_id"])

    def test_over_sockets(self, sink: Any, serve: Any, by: str) -> None:
        """So it is below a middleware that filters them."""

        async def filtering(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                scope = {**scope, "headers": filter(lambda pair: pair[0] != b"accept", scope["headers"])}
            await TraceMiddleware(app)(scope, receive, send)

        app = Starlette(routes=[Route("/", lambda request: JSONResponse({**request.headers}))])
        with serve(filtering, by=by) as address:
            got = httpx.get(f"http://{address}/", headers={"x-request-id": "req-1", "x-shop": "s-1"}).json()

        assert ("s-1", "req-1") == (got["x-shop"], sink.end()["context"]["request_id"])
        assert "accept" not in got

    @pytest.mark.parametrize("headers", [Again(), {**dict(CALLER)}, dict(CALLER).items()], ids=["own", "dict", "items"])
    def test_left_as_they_are(self, sink: Any, headers: Any) -> None:
        """What can be gone through again stays the very object."""
        seen: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope["headers"])
            await plain(scope, receive, send)

        call(app, headers=headers)

        assert headers is seen[0]
        assert "req-1" == sink.end()["context"]["request_id"]

    @pytest.mark.parametrize("host", [[(b"Host", b"shop"), (b"host", b"shop")], [(b"HOST", b"shop")]], ids=repr)
    def test_capitals(self, sink: Any, host: Any) -> None:
        """Names as a script may write them are understood, also where one of them comes in both cases."""
        call(plain, headers=[*host, (b"X-Request-ID", b"req-1"), (b"Traceparent", CALLER[-1][1])])

        assert (TRACE_ID, "req-1") == (sink.end()["trace_id"], sink.end()["context"]["request_id"])

    @pytest.mark.parametrize(
        "headers",
        [
            [("host", "shop"), ("x-request-id", "req-1")],
            [(b"host", b"shop"), (b"x-request-id", "req-1")],
            [(b"host", b"shop"), (b"traceparent", "00")],
            [(b"host", b"shop"), (b"user-agent", "shop/1")],
            [(b"host", b"shop", b"x")],
            [5],
            5,
            "host: shop",
        ],
        ids=repr,
    )
    def test_unreadable(self, sink: Any, headers: Any) -> None:
        """Headers that are none reach the application as they are."""
        seen: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope["headers"])
            await plain(scope, receive, send)

        taken = call(app, headers=headers)

        assert headers is seen[0]
        assert ["http.response.start", "http.response.body"] == [message["type"] for message in taken]
        assert (None, {}) == (current_trace(), get_contextvars())


class TestScope:
    """Of the rest of the scope, too, anything may be missing or odd."""

    @pytest.mark.parametrize(
        "scope",
        [MappingProxyType({"type": "http", "method": "GET", "headers": []}), UserDict(), {"type": ["http"]}, {}],
        ids=["immutable", "empty", "no text", "nothing"],
    )
    def test_handed_on(self, sink: Any, scope: Any) -> None:
        """A scope that can't be used is the application's to judge."""
        seen: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope)

        asyncio.run(TraceMiddleware(app)(scope, None, None))  # type: ignore[arg-type]

        assert scope is seen[0]
        assert (None, {}, []) == (current_trace(), get_contextvars(), sink.lines())

    @pytest.mark.parametrize(
        "odd",
        [{"method": []}, {"path": []}, {"client": 5}, {"scheme": object()}],
        ids=["method", "path", "client", "scheme"],
    )
    def test_odd(self, sink: Any, odd: Any) -> None:
        """Whatever a value is, the request is answered."""
        assert 2 == len(call(plain, **odd))

    def test_unhashable_path(self, sink: Any) -> None:
        """So is one whose path can't be looked for among the quiet ones."""
        assert 2 == len(call(plain, quiet=["/health"], path=[]))

    @pytest.mark.parametrize(
        ("method", "original"),
        [("BREW", "BREW"), ("get", "get"), ("x" * 999, "x" * 256), ("A\nB\x1b", "A\ufffdB\ufffd")],
        ids=["unknown", "lower case", "long", "not printable"],
    )
    def test_original_method(
        self, sink: Any, drive: Any, validator: Draft202012Validator, method: str, original: str
    ) -> None:
        """A method that isn't a known one is on the line besides, printable and of a bounded length."""
        drive(TraceMiddleware(plain), method)
        attributes = sink.end()["span"]["attributes"]

        assert ("_OTHER", original) == (attributes["http.request.method"], attributes["http.request.method_original"])
        assert [] == list(validator.iter_errors(sink.end()))

    def test_known_method(self, sink: Any, drive: Any) -> None:
        """A known one is said once."""
        drive(TraceMiddleware(plain), "PATCH")

        assert "http.request.method_original" not in sink.end()["span"]["attributes"]

    def test_original_method_over_sockets(self, sink: Any, serve: Any, by: str) -> None:
        """Servers hand such methods on."""
        with serve(TraceMiddleware(plain), by=by) as address:
            httpx.request("BREW", f"http://{address}/")

            assert "BREW" == sink.end()["span"]["attributes"]["http.request.method_original"]


START = {"type": "http.response.start", "status": 200, "headers": []}


class TestMessages:
    """What is wrong with a message is for the server to say."""

    @pytest.mark.parametrize(
        "headers",
        [[("a", "b")], [("a", b"b")], [(b"a", b"b"), ("c", "d")], [(b"a", b"b", b"c")], [5], [None]],
        ids=repr,
    )
    @pytest.mark.parametrize("made", [list, iter], ids=["list", "iterator"])
    def test_odd_headers(self, sink: Any, playing: Any, headers: Any, made: Any) -> None:
        """Headers that are none arrive as they are, and the line is written."""
        taken = call(playing({**START, "headers": made(headers)}, b"done"))

        assert headers == taken[0]["headers"]
        assert 200 == sink.end()["span"]["attributes"]["http.response.status_code"]

    @pytest.mark.parametrize("headers", [5, object()], ids=["number", "object"])
    def test_no_headers(self, sink: Any, playing: Any, headers: Any) -> None:
        """So does what can't be gone through at all."""
        taken = call(playing({**START, "headers": headers}, b"done"))

        assert (headers, 2) == (taken[0]["headers"], len(taken))
        assert "ok" == sink.end()["span"]["status"]

    @pytest.mark.parametrize("value", ["b", None, 5], ids=repr)
    def test_odd_values(self, sink: Any, playing: Any, value: Any) -> None:
        """Where only a value is odd, the ids are added."""
        taken = call(playing({**START, "headers": [(b"a", value)]}, b"done"))

        assert [b"a", b"x-request-id", b"traceresponse"] == [name for name, _ in taken[0]["headers"]]
        assert value == taken[0]["headers"][0][1]

    @pytest.mark.parametrize("status", ["200", "503", None, [], "missing"], ids=repr)
    @pytest.mark.parametrize("late", [False, True], ids=["returned", "raised"])
    def test_odd_status(self, sink: Any, drive: Any, playing: Any, status: Any, late: bool) -> None:  # noqa: FBT001
        """A status that is no number isn't said; an answer was begun all the same, and no second one is tried."""
        start = {**START, "status": status}
        if status == "missing":
            del start["status"]
        taken: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            async def take(message: Any) -> None:
                taken.append(message["type"])
                await send(message)

            await TraceMiddleware(playing(start, *([LookupError("late")] if late else [b"done"])))(scope, receive, take)

        exchange = drive(app)

        assert late == isinstance(exchange.error, LookupError)
        assert ["http.response.start", "http.response.body"][: 2 - late] == taken
        assert ("error" if late else "ok") == sink.end()["span"]["status"]
        assert late == ("http.response.status_code" in sink.end()["span"]["attributes"])

    @pytest.mark.parametrize("message", [{}, {"type": None}, {"type": []}, None, 5, "text", []], ids=repr)
    @pytest.mark.parametrize("kind", ["http", "websocket"])
    def test_no_message(self, sink: Any, kind: str, message: Any) -> None:
        """What is no message goes in and out as it is."""
        seen: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.append(await receive())
            await send(message)

        taken = call(app, message, type=kind)

        assert [message] == seen == taken[:1]
        assert "error" == sink.end()["level"]

    def test_refused_by_the_server(self, sink: Any, serve: Any, playing: Any, by: str) -> None:
        """What a server raises for it is what the application gets."""
        errors: list[BaseException] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            try:
                await playing({**START, "status": 200, "headers": [("a", "b")]}, b"done")(scope, receive, send)
            except Exception as error:
                errors.append(error)
                raise

        with (
            serve(TraceMiddleware(app), by=by, lifespan="off")
            if by == "uvicorn"
            else serve(TraceMiddleware(app), by=by) as address
        ):
            httpx.get(f"http://{address}/")
            line = sink.end()

        assert [] == [error for error in errors if "structlog_enrich" in str(error)]
        assert bool(errors) == (line["level"] == "error")


def failing(*_: Any, **__: Any) -> Any:
    """Fail."""
    raise RuntimeError("broken")


class TestGuards:
    """What a span stands on may break."""

    @pytest.mark.parametrize("step", ["start", "activate", "restore", "end", "ids"])
    @pytest.mark.parametrize("error", [None, LookupError("room")], ids=["returned", "raised"])
    def test_ids(self, sink: Any, drive: Any, playing: Any, step: str, error: Any) -> None:
        """The request is answered, and an exception is the application's own."""
        source = failing if step == "ids" else (lambda _: type("Broken", (OwnIds,), {step: failing})())

        class Stage:
            ids = property(source)

            def __call__(self, logger: Any, name: str, event: Any) -> Any:
                return event

        structlog.configure(processors=[Stage(), *structlog.get_config()["processors"]])
        exchange = drive(TraceMiddleware(playing(200, b"done", *([error] * (error is not None)))))

        assert (error, 200) == (exchange.error, exchange.status)
        assert {"type", "method", "path"} < exchange.scope.keys()
        assert [] == [name for name in exchange.scope if "structlog" in name]

    def test_the_next_request(self, sink: Any, drive: Any, playing: Any) -> None:
        """One that lost its span leaves nothing to the next."""
        app = TraceMiddleware(playing(200, b"done"))
        drive(app, method=[])
        drive(app)

        assert 1 == len(sink.lines())
        assert (None, {}) == (current_trace(), get_contextvars())
