"""The gateway: takes what shoppers want, and asks the inventory. `python -m structlog_enrich.demo.gateway URL`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx
import structlog
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse
from starlette.routing import Route

from structlog_enrich import bind_contextvars, get_contextvars, span
from structlog_enrich.demo.serving import configure, serve
from structlog_enrich.integrations.asgi import TraceMiddleware
from structlog_enrich.integrations.httpx import AsyncTraceTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

__all__ = ["InventoryError", "application"]

_PATIENCE: Final = 30.0
_PAUSES: Final = (0.02, 0.0)
_BANK: Final = 0.003
_PRINTER: Final = 0.002
_SERVER_ERROR: Final = 500

log = structlog.get_logger()


class InventoryError(Exception):
    """Say that the inventory has no answer."""


def application(inventory: str) -> TraceMiddleware:
    """Return the ASGI application.

    Args:
        inventory: The URL of the inventory.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        # A connection for each request: uvicorn closes one whose request raised, perhaps while the next is being sent.
        wire = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))
        transport = AsyncTraceTransport(wire)
        async with httpx.AsyncClient(base_url=inventory, transport=transport, timeout=_PATIENCE) as client:
            yield {"inventory": client}

    routes = [
        Route("/products/{sku}", _product),
        Route("/orders", _order, methods=["POST"]),
        Route("/sessions/{user_id}", _sign_in, methods=["PUT"]),
    ]
    return TraceMiddleware(Starlette(routes=routes, lifespan=lifespan))


async def _product(request: Request) -> JSONResponse:
    sku = request.path_params["sku"]
    answer = await request.state.inventory.get(f"/stock/{quote(sku, safe='')}", headers=_request_id())
    return JSONResponse(answer.json(), answer.status_code)


async def _order(request: Request) -> JSONResponse:
    order = await request.json()
    bind_contextvars(customer_id=order.pop("customer_id"))
    # Careless on purpose, and common: whatever the shopper sent becomes keywords of the call.
    log.info("order received", **order)
    async with span("check payment"):
        await asyncio.sleep(_BANK)
    try:
        status = await _reserve(request.state.inventory, order)
    except InventoryError:
        log.exception("order lost", payment=order["payment"])
        return JSONResponse({"error": "try again later"}, 502)
    if status != 201:  # noqa: PLR2004
        log.warning("order refused", sku=order["sku"])
        return JSONResponse({"error": "sold out"}, status)
    log.info("order accepted", sku=order["sku"], payment=order["payment"])
    return JSONResponse({"sku": order["sku"]}, status, background=BackgroundTask(_confirm, order["sku"]))


def _sign_in(request: Request) -> JSONResponse:
    # Synchronous, so it runs in a thread with a copy of the context: what structlog's own `bind_contextvars` binds
    # there is lost on whoever writes the request line.
    bind_contextvars(authorization=request.headers["authorization"])
    log.info("signing in", headers=dict(request.headers))
    bind_contextvars(user_id=request.path_params["user_id"])
    return JSONResponse({"user_id": request.path_params["user_id"]})


@span("reserve stock")
async def _reserve(inventory: httpx.AsyncClient, order: dict[str, Any]) -> int:
    wanted = {"sku": order["sku"], "quantity": order["quantity"]}
    request = inventory.build_request("POST", "/reservations", json=wanted, headers=_request_id())
    for pause in _PAUSES:
        answer = await inventory.send(request)
        if answer.status_code < _SERVER_ERROR:
            return answer.status_code
        await asyncio.sleep(pause)
    msg = f"no answer to {len(_PAUSES)} requests"
    raise InventoryError(msg)


@span("print confirmation")
async def _confirm(sku: str) -> None:
    await asyncio.sleep(_PRINTER)
    log.info("confirmation printed", sku=sku)


def _request_id() -> dict[str, str]:
    return {"x-request-id": get_contextvars()["request_id"]}


if __name__ == "__main__":
    configure("gateway")
    serve(application(sys.argv[1]))
