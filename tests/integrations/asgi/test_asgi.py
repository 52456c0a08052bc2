"""`TraceMiddleware`: the line that ends a request, and the ids on its response."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import freezegun
import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from structlog_enrich import bound_logger, current_trace
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import Draft202012Validator

log = structlog.get_logger()


async def plain(scope: Any, receive: Any, send: Any) -> None:
    """Log one line and answer."""
    log.info("inside")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"done"})


def traceresponse(line: dict[str, Any]) -> str:
    """Return the header that names the span of *line*."""
    return f"00-{line['trace_id']}-{line['span_id']}-{line['trace_flags']}"


class TestRequestLine:
    """The line that ends a request's span."""

    def test_whole(self, sink: Any, drive: Any, validator: Draft202012Validator) -> None:
        """It says method, route, path, status and duration, and is a line like any other."""
        with freezegun.freeze_time("2026-11-22 04:48:00") as clock:

            async def order(scope: Any, receive: Any, send: Any) -> None:
                clock.tick(0.25)
                scope["path_template"] = "/orders/{id}"
                await plain(scope, receive, send)

            drive(TraceMiddleware(order), "POST", "/orders/7", headers=[(b"user-agent", b"shop/1")])
        inside, line = sink.lines()
        request_id = line["context"]["request_id"]

        assert {
            "phase": "end",
            "name": "POST /orders/{id}",
            "kind": "server",
            "attempt": 1,
            "duration_ms": 250.0,
            "status": "ok",
            "attributes": {
                "http.request.method": "POST",
                "http.route": "/orders/{id}",
                "url.path": "/orders/7",
                "url.scheme": "http",
                "http.response.status_code": 200,
                "network.protocol.version": "1.1",
                "client.address": "127.0.0.1",
                "user_agent.original": "shop/1",
            },
        } == line["span"]
        assert ("POST /orders/{id}", "POST /orders/{id}", "info") == (
            line["message"],
            line["operation"],
            line["level"],
        )
        for name in ("trace_id", "span_id", "trace_flags", "operation"):
            assert line[name] == inside[name]
        assert {"request_id": request_id} == line["context"] == inside["context"]
        assert "parent_span_id" not in line
        assert [] == [*validator.iter_errors(line), *validator.iter_errors(inside)]

    def test_operation_before_the_route(self, sink: Any, drive: Any) -> None:
        """It is the method alone until the framework has found the route, then the route on every line."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            log.info("before")
            scope["path_template"] = "/orders/{id}"
            await plain(scope, receive, send)

        drive(TraceMiddleware(app), "PUT", "/orders/7")

        assert ["PUT", "PUT /orders/{id}", "PUT /orders/{id}"] == [line["operation"] for line in sink.lines()]

    @pytest.mark.parametrize(
        ("method", "name", "attribute"),
        [("QUERY", "QUERY", "QUERY"), ("x" * 999, "HTTP", "_OTHER"), ("get", "HTTP", "_OTHER")],
    )
    def test_methods(self, sink: Any, drive: Any, method: str, name: str, attribute: str) -> None:
        """A method that isn't one of the known ones doesn't become a name, of which there must be few."""
        drive(TraceMiddleware(plain), method)

        assert [name, name] == [line["operation"] for line in sink.lines()]
        assert attribute == sink.end()["span"]["attributes"]["http.request.method"]

    @pytest.mark.parametrize(
        ("status", "level"),
        [(200, "info"), (304, "info"), (404, "info"), (499, "info"), (500, "error"), (503, "error")],
    )
    def test_status(self, sink: Any, drive: Any, status: int, level: str, playing: Any) -> None:
        """What the server did wrong is an error; what the client did isn't."""
        drive(TraceMiddleware(playing(status, b"done")))
        line = sink.end()

        assert level == line["level"]
        assert ("error" if level == "error" else "ok") == line["span"]["status"]
        assert status == line["span"]["attributes"]["http.response.status_code"]
        assert (str(status) if level == "error" else None) == line["span"]["attributes"].get("error.type")
        assert "error" not in line

    def test_status_as_an_enum(self, sink: Any, drive: Any, playing: Any) -> None:
        """A status may be any whole number."""
        drive(TraceMiddleware(playing(HTTPStatus.NOT_FOUND, b"done")))

        assert 404 == sink.end()["span"]["attributes"]["http.response.status_code"]

    def test_background_task(self, sink: Any, drive: Any) -> None:
        """The line is written when the response is complete; what the application does then is still its request's."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await plain(scope, receive, send)
            log.info("afterwards")

        drive(TraceMiddleware(app))

        assert ["inside", "GET", "afterwards"] == sink.messages()
        assert 1 == len({(line["trace_id"], line["span_id"], line["operation"]) for line in sink.lines()})

    @pytest.mark.parametrize("level", ["warning", "error"])
    def test_filtered(self, sink: Any, drive: Any, level: str) -> None:
        """Where its level isn't logged there is no line, and the ids are on the response all the same."""
        structlog.configure(wrapper_class=bound_logger(level))
        exchange = drive(TraceMiddleware(plain))

        assert [] == sink.lines()
        assert {"traceresponse", "x-request-id"} < dict(exchange.headers).keys()

    def test_the_path_as_requested(self, sink: Any, drive: Any) -> None:
        """A framework that mounts an application may cut the path; the line, and `quiet`, know the whole."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["path"], scope["path_template"] = "/rest", ""
            await plain(scope, receive, send)

        drive(TraceMiddleware(app), "GET", "/mounted/rest")
        drive(TraceMiddleware(app, quiet=["/mounted/rest"]), "GET", "/mounted/rest")
        (line,) = (line for line in sink.lines() if "span" in line)

        assert ("/mounted/rest", "GET") == (line["span"]["attributes"]["url.path"], line["operation"])

    @pytest.mark.parametrize("quiet", [["/health"], {"/health"}, ("/ready", "/health")])
    def test_quiet(self, sink: Any, drive: Any, quiet: Any) -> None:
        """A quiet path has no request line when it goes well; lines of its own and its ids stay."""
        app = TraceMiddleware(plain, quiet=quiet)
        exchange = drive(app, "GET", "/health")
        drive(app, "GET", "/healthy")

        assert ["inside", "inside", "GET"] == sink.messages()
        assert {"traceresponse", "x-request-id"} < dict(exchange.headers).keys()

    @pytest.mark.parametrize(
        "steps",
        [[503, b"done"], [], [200, LookupError("cut off")]],
        ids=["503", "no answer", "mid-stream"],
    )
    def test_quiet_until_it_fails(self, sink: Any, drive: Any, steps: Any, playing: Any) -> None:
        """A quiet path that fails has its line."""
        drive(TraceMiddleware(playing(*steps), quiet=["/health"]), "GET", "/health")

        assert "error" == sink.end()["level"]

    def test_logger(self, sink: Any, drive: Any, collect: Any) -> None:
        """A logger of its own writes the request lines, also of what fails after the response."""
        collected = collect()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await plain(scope, receive, send)
            raise RuntimeError("late")

        drive(TraceMiddleware(app, logger=collected.log))

        assert ["inside"] == sink.messages()
        assert ["info", "error"] == [line["level"] for line in collected.lines()]

    def test_twice(self, sink: Any, drive: Any) -> None:
        """Of the same middleware twice the outer one works."""
        exchange = drive(TraceMiddleware(TraceMiddleware(plain, trust="link")))

        assert ["inside", "GET"] == sink.messages()
        assert ["content-type", "x-request-id", "traceresponse"] == [name for name, _ in exchange.headers]

    def test_requests_of_the_same_scope(self, sink: Any, drive: Any) -> None:
        """Nothing of a request stays in its scope, so one that is used again is a new request."""
        app = TraceMiddleware(plain)
        before = drive(app).scope
        again = drive(app, **before)

        assert before == again.scope
        assert 2 == len(sink.ends(2))
        assert 2 == len({line["trace_id"] for line in sink.lines()})


class TestOverSockets:
    """What a server and a framework make of it."""

    @pytest.fixture
    def app(self) -> Starlette:
        """Return an application with an endpoint of each kind."""

        def sync(request: Any) -> PlainTextResponse:
            log.info("in a thread")
            return PlainTextResponse("sync")

        async def streamed(request: Any) -> StreamingResponse:
            def parts() -> Iterator[str]:
                for each in "abc":
                    log.info("part")
                    yield each

            return StreamingResponse(parts())

        async def empty(request: Any) -> PlainTextResponse:
            return PlainTextResponse("", 204)

        return Starlette(routes=[Route("/sync/{id}", sync), Route("/streamed", streamed), Route("/empty", empty)])

    @pytest.mark.parametrize("by", ["uvicorn", "hypercorn"])
    @pytest.mark.parametrize(
        ("method", "path", "operation", "status", "lines"),
        [
            ("GET", "/sync/7?q=1", "GET /sync/{id}", 200, 1),
            ("HEAD", "/sync/7", "HEAD /sync/{id}", 200, 1),
            ("GET", "/streamed", "GET /streamed", 200, 3),
            ("GET", "/empty", "GET /empty", 204, 0),
            ("GET", "/nothing/7", "GET", 404, 0),
            ("DELETE", "/sync/7", "DELETE /sync/{id}", 405, 0),
            ("GET", "/empty/", "GET", 307, 0),
        ],
    )
    def test_kinds_of_request(
        self, sink: Any, serve: Any, app: Any, by: str, method: str, path: str, operation: str, status: int, lines: int
    ) -> None:
        """Every request has one line, its other lines carry the same ids and operation, and the response has them."""
        with serve(TraceMiddleware(app), by=by) as address:
            response = httpx.request(method, f"http://{address}{path}", headers={"X-Request-ID": "req-1"})
            line = sink.end()

        assert status == response.status_code == line["span"]["attributes"]["http.response.status_code"]
        assert (operation, operation) == (line["operation"], line["message"])
        assert ("req-1", traceresponse(line)) == (response.headers["x-request-id"], response.headers["traceresponse"])
        assert path.partition("?")[0] == line["span"]["attributes"]["url.path"]
        assert lines + 1 == len(sink.lines())
        assert {(line["trace_id"], line["span_id"], operation)} == {
            (each["trace_id"], each["span_id"], each["operation"]) for each in sink.lines()
        }

    def test_added_and_wrapped(self, sink: Any, serve: Any, app: Any) -> None:
        """Of the same middleware twice the outer one works."""
        app.add_middleware(TraceMiddleware, trust="link")
        with serve(TraceMiddleware(app)) as address:
            response = httpx.get(f"http://{address}/sync/7")

            assert traceresponse(sink.end()) in response.headers.get_list("traceresponse")
        assert 2 == len(sink.lines())
        assert 1 == len(response.headers.get_list("traceresponse"))

    def test_added(self, sink: Any, serve: Any) -> None:
        """In a framework's list it works, too, with its own settings."""
        added = Middleware(TraceMiddleware, request_id_header="X-Correlation-ID")
        app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))], middleware=[added])
        with serve(app) as address:
            response = httpx.get(f"http://{address}/", headers={"x-correlation-id": "c-1"})

            assert "GET /" == sink.end()["operation"]
        assert "c-1" == response.headers["x-correlation-id"] == sink.end()["context"]["request_id"]


class TestOtherScopes:
    """What is neither a request nor a connection passes untouched."""

    def test_lifespan(self, sink: Any, serve: Any) -> None:
        """The application's start and end belong to the process, and its state reaches its requests."""
        seen = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                seen.append(scope["state"])
                await plain(scope, receive, send)
                return
            seen.append(current_trace())
            while (message := await receive())["type"] != "lifespan.shutdown":
                scope["state"]["pool"] = "open"
                log.info("start")
                await send({"type": f"{message['type']}.complete"})
            log.info("stop")
            await send({"type": "lifespan.shutdown.complete"})

        with serve(TraceMiddleware(app), lifespan="on") as address:
            httpx.get(f"http://{address}/")

        assert [None, {"pool": "open"}] == seen
        assert ["start", "inside", "GET", "stop"] == sink.messages()
        for line in (sink.lines()[0], sink.lines()[-1]):
            assert line["boot_id"] == line["span_id"]
            assert "operation" not in line

    @pytest.mark.parametrize("kind", ["zero-mq", ""])
    def test_unknown(self, sink: Any, kind: str) -> None:
        """The very scope, receive and send are handed on."""
        given = ({"type": kind}, object(), object())
        seen: list[Any] = []

        async def app(*passed: Any) -> None:
            seen.extend(passed)

        with pytest.raises(StopIteration):
            TraceMiddleware(app)(*given).send(None)  # type: ignore[arg-type]

        assert all(one is other for one, other in zip(given, seen, strict=True))
        assert ({"type": kind}, []) == (given[0], sink.lines())
