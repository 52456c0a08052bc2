"""`route_of`, through the frameworks that put a route into the scope: one name for all requests of a route."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor  # codespell:ignore
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles

from structlog_enrich.integrations.asgi import TraceMiddleware
from structlog_enrich.integrations.routes import route_of

if TYPE_CHECKING:
    from pathlib import Path

log = structlog.get_logger()


class _Roman(Convertor[Any]):  # codespell:ignore
    """Read a number whose text can't be told from its value."""

    regex = "[ivx]+"

    def convert(self, value: str) -> Any:
        return {"ivx": value}

    def to_string(self, value: Any) -> str:
        return str(value["ivx"])


register_url_convertor("roman", _Roman())


def endpoint(request: Any) -> PlainTextResponse:
    """Log a line in a thread of the pool, and answer."""
    log.info("inside")
    return PlainTextResponse("here")


async def raw(scope: Any, receive: Any, send: Any) -> None:
    """Be an application without routes."""
    log.info("inside")
    await PlainTextResponse("raw")(scope, receive, send)


INNER = [
    Route("/orders/{id:int}", endpoint),
    Route("/", endpoint),
    Mount("/lines/{line}", routes=[Route("/{id}", endpoint)]),
]
ROUTES = [
    Route("/", endpoint),
    Route("/orders/{id}", endpoint, methods=["GET", "POST"]),
    Route("/files/{path:path}", endpoint),
    Mount("/api", routes=[*INNER, Mount("/v2", routes=INNER)]),
    Mount("/shops/{shop:int}", routes=INNER),
    Mount("/tenants/{tenant:uuid}/eu", routes=INNER),
    Mount("/chapters/{chapter:roman}", routes=INNER),
    Mount("/same/{id}", routes=INNER),
    Mount("/router", app=Router(INNER)),
    Mount("/raw/{name}", app=raw),
    Host("{customer}.example.org", app=Router([Route("/hosted/{id}", endpoint)])),
]


class TestStarlette:
    """Routes, mounts and hosts of Starlette."""

    @pytest.mark.parametrize(
        ("path", "operation"),
        [
            ("/", "GET /"),
            ("/orders/7", "GET /orders/{id}"),
            ("/files/a/b/c.txt", "GET /files/{path}"),
            ("/api/orders/7", "GET /api/orders/{id}"),
            ("/api/", "GET /api/"),
            ("/api/v2/orders/7", "GET /api/v2/orders/{id}"),
            ("/api/v2/lines/9/7", "GET /api/v2/lines/{line}/{id}"),
            ("/shops/12/orders/7", "GET /shops/{shop}/orders/{id}"),
            ("/shops/007/orders/7", "GET /shops/{shop}/orders/{id}"),
            ("/shops/7/orders/7", "GET /shops/{shop}/orders/{id}"),
            ("/shops/12/lines/12/12", "GET /shops/{shop}/lines/{line}/{id}"),
            (f"/tenants/{uuid.UUID(int=2**127)}/eu/", "GET /tenants/{tenant}/eu/"),
            (
                f"/tenants/{uuid.UUID(int=2**128 - 1)}/eu/".upper().replace("TENANTS", "tenants").replace("EU", "eu"),
                "GET /tenants/{tenant}/eu/",
            ),
            ("/chapters/xiv/orders/7", "GET /chapters/{chapter}/orders/{id}"),
            ("/same/1/orders/2", "GET /same/{id}/orders/{id}"),
            ("/same/same/", "GET /same/{id}/"),
            ("/router/orders/7", "GET /router/orders/{id}"),
        ],
    )
    def test_templates(self, sink: Any, drive: Any, below: Any, path: str, operation: str) -> None:
        """The route's template is on every line, also of a thread, whatever the parameters' values are."""
        exchange = drive(TraceMiddleware(Starlette(routes=ROUTES, middleware=below)), "GET", path)

        assert (None, 200) == (exchange.error, exchange.status)
        assert [operation, operation] == [line["operation"] for line in sink.lines()]
        assert operation == sink.end()["message"]
        assert operation.removeprefix("GET ") == sink.end()["span"]["attributes"]["http.route"]

    @pytest.mark.parametrize(
        ("method", "path", "operation", "status"),
        [
            ("GET", "/nothing", "GET", 404),
            ("GET", "/api/nothing", "GET /api", 404),
            ("GET", "/shops/12/nothing", "GET /shops/{shop}", 404),
            ("DELETE", "/orders/7", "DELETE /orders/{id}", 405),
            ("PURGE", "/orders/7", "HTTP /orders/{id}", 405),
            ("GET", "/orders/7/", "GET", 307),
            ("GET", "/raw/7/x", "GET /raw/{name}", 200),
        ],
    )
    def test_no_endpoint(self, sink: Any, drive: Any, method: str, path: str, operation: str, status: int) -> None:
        """Where no endpoint is found the name is as close as the router came, and never the path."""
        exchange = drive(TraceMiddleware(Starlette(routes=ROUTES)), method, path)

        assert status == exchange.status
        assert (operation, operation) == (sink.end()["operation"], sink.end()["message"])

    def test_host(self, sink: Any, drive: Any) -> None:
        """A host is no part of the route."""
        drive(TraceMiddleware(Starlette(routes=ROUTES)), "GET", "/hosted/7", headers=[(b"host", b"acme.example.org")])

        assert "GET /hosted/{id}" == sink.end()["operation"]

    def test_static_files(self, sink: Any, drive: Any, tmp_path: Path) -> None:
        """Files are one operation, however many there are."""
        (tmp_path / "a.txt").write_text("a")
        app = TraceMiddleware(Starlette(routes=[Mount("/static", StaticFiles(directory=tmp_path))]))
        found, missing = drive(app, "GET", "/static/a.txt"), drive(app, "GET", "/static/b.txt")

        assert (200, 404) == (found.status, missing.status)
        assert ["GET /static", "GET /static"] == [line["operation"] for line in sink.ends(2)]

    @pytest.mark.parametrize(
        ("path", "operation"),
        [("/orders/7", "GET /svc/orders/{id}"), ("/shops/12/orders/7", "GET /svc/shops/{shop}/orders/{id}")],
    )
    def test_root_path(self, sink: Any, drive: Any, path: str, operation: str) -> None:
        """Where the server says the application is mounted belongs to the route, as it does to the path."""
        drive(TraceMiddleware(Starlette(routes=ROUTES)), "GET", f"/svc{path}", root_path="/svc")

        assert operation == sink.end()["operation"]

    def test_websocket(self, sink: Any, drive: Any) -> None:
        """A websocket's route is named likewise."""

        async def talk(websocket: Any) -> None:
            await websocket.accept()
            await websocket.close()

        app = TraceMiddleware(Starlette(routes=[Mount("/rooms/{room}", routes=[WebSocketRoute("/talk/{id}", talk)])]))
        drive(app, "GET", "/rooms/r/talk/7", type="websocket", incoming=[{"type": "websocket.connect"}])

        assert "GET /rooms/{room}/talk/{id}" == sink.end()["operation"]


class TestFastAPI:
    """Routers with prefixes, included in one another, and mounted applications."""

    @pytest.fixture
    def app(self, tmp_path: Path) -> FastAPI:
        """Return an application with all of them."""
        lines, orders, app, mounted = APIRouter(prefix="/lines"), APIRouter(prefix="/orders"), FastAPI(), FastAPI()

        @lines.get("/{line}")
        def line(id: str, line: int) -> int:  # noqa: A002
            log.info("inside")
            return line

        @orders.get("/{id}")
        async def order(id: int) -> int:  # noqa: A002
            log.info("inside")
            return id

        @app.get("/")
        @mounted.get("/deep/{x}")
        def root(x: int = 0) -> int:
            log.info("inside")
            return x

        orders.include_router(lines, prefix="/{id}")
        app.include_router(orders)
        app.include_router(orders, prefix="/v2")
        mounted.include_router(orders, prefix="/v3")
        app.mount("/shops/{shop}", mounted)
        app.mount("/static", StaticFiles(directory=tmp_path))
        (tmp_path / "a.txt").write_text("a")
        return app

    @pytest.mark.parametrize(
        ("path", "operation"),
        [
            ("/", "GET /"),
            ("/orders/7", "GET /orders/{id}"),
            ("/v2/orders/7", "GET /v2/orders/{id}"),
            ("/v2/orders/7/lines/3", "GET /v2/orders/{id}/lines/{line}"),
            ("/shops/s/deep/7", "GET /shops/{shop}/deep/{x}"),
            ("/shops/s/v3/orders/7", "GET /shops/{shop}/v3/orders/{id}"),
            ("/shops/7/v3/orders/7/lines/7", "GET /shops/{shop}/v3/orders/{id}/lines/{line}"),
        ],
    )
    def test_templates(self, sink: Any, drive: Any, app: FastAPI, path: str, operation: str) -> None:
        """A router's prefix is part of the route, on every line."""
        exchange = drive(TraceMiddleware(app), "GET", path)

        assert (None, 200) == (exchange.error, exchange.status)
        assert [operation, operation] == [line["operation"] for line in sink.lines()]
        assert operation == sink.end()["message"]

    def test_other_routes_of_a_router(self, sink: Any, drive: Any) -> None:
        """A router may also hold routes and mounts of Starlette's; no value of a parameter is in their names."""
        router, app = APIRouter(), FastAPI()
        router.add_route("/plain/{id}", endpoint)
        router.mount("/mounted/{shop}", Starlette(routes=[Route("/orders/{id}", endpoint)]))
        app.include_router(router, prefix="/v2")
        for path in ("/v2/plain/7", "/v2/mounted/5/orders/7"):
            assert 200 == drive(TraceMiddleware(app), "GET", path).status

        assert ["GET /v2/plain/{id}", "GET /v2/mounted/{shop}/orders/{id}"] == [
            line["operation"] for line in sink.ends(2)
        ]

    @pytest.mark.parametrize(
        ("method", "path", "operation", "status"),
        [
            ("GET", "/nothing", "GET", 404),
            ("GET", "/v2/nothing", "GET", 404),
            ("DELETE", "/v2/orders/7", "DELETE /v2/orders/{id}", 405),
            ("GET", "/v2/orders/seven", "GET /v2/orders/{id}", 422),
            ("GET", "/static/a.txt", "GET /static", 200),
            ("GET", "/shops/12/nothing", "GET /shops/{shop}", 404),
            ("GET", "/v2/orders/7/", "GET", 307),
        ],
    )
    def test_no_endpoint(
        self, sink: Any, drive: Any, app: FastAPI, method: str, path: str, operation: str, status: int
    ) -> None:
        """Where no endpoint is called the name is as close as the router came."""
        exchange = drive(TraceMiddleware(app), method, path)

        assert status == exchange.status
        assert operation == sink.end()["operation"]

    def test_root_path(self, sink: Any, drive: Any, app: FastAPI) -> None:
        """Where the server says the application is mounted belongs to its routes, too."""
        drive(TraceMiddleware(app), "GET", "/svc/v2/orders/7", root_path="/svc")

        assert "GET /svc/v2/orders/{id}" == sink.end()["operation"]


class _Hostile:
    """Fail at whatever is asked."""

    def _fail(self, *_: Any) -> Any:
        raise RuntimeError("no")

    __getattr__ = __str__ = __hash__ = __eq__ = __bool__ = _fail  # type: ignore[assignment]


class TestScope:
    """Whatever a framework leaves in the scope."""

    @pytest.mark.parametrize(
        ("scope", "route"),
        [
            ({}, None),
            ({"route": None}, None),
            ({"route": object()}, None),
            ({"path_template": "/orders/{id}"}, "/orders/{id}"),
            ({"path_template": None, "route": None}, None),
            ({"path_template": 5}, None),
            ({"route": Route("/{id}", endpoint), "root_path": None, "path_params": None}, "/{id}"),
            ({"route": Route("/", endpoint), "root_path": "/"}, "/"),
        ],
        ids=["empty", "none", "object", "template", "neither", "number", "no root", "root"],
    )
    def test_given(self, scope: dict[str, Any], route: str | None) -> None:
        """What is no template is no route."""
        assert route == route_of(scope)

    @pytest.mark.parametrize(
        "name", ["route", "path_template", "path_params", "root_path", "app_root_path", "fastapi", "router"]
    )
    def test_hostile(self, sink: Any, drive: Any, name: str) -> None:
        """An object that fails in the scope fails neither a line nor the response."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["route"] = Route("/orders/{id}", endpoint)
            scope |= {
                "path_params": {"id": _Hostile(), "shop": _Hostile()},
                "root_path": "/shops/7",
                "app_root_path": "",
            }
            scope[name] = _Hostile()
            await raw(scope, receive, send)

        exchange = drive(TraceMiddleware(app), "GET", "/shops/7/orders/7")

        assert (None, 200) == (exchange.error, exchange.status)
        assert ["inside", sink.end()["message"]] == sink.messages()
