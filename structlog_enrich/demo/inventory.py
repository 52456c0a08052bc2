"""The inventory: what is on the shelves. `python -m structlog_enrich.demo.inventory`."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import structlog
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from structlog_enrich import bind_contextvars, span
from structlog_enrich.demo.serving import configure, serve
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["CELLAR", "SHELVES", "SOLD_OUT", "UNREADABLE", "application"]

SHELVES: Final = {
    "biscuit-ginger": "0",
    "coffee-sumatra": "220",
    "coffee-yirgacheffe": "208",
    "cup-stoneware": "172",
    "filter-paper": "300",
    "honey-lime": "195",
    "kettle-gooseneck": "a dozen",
    "pot-cast-iron": "130",
    "tea-assam": "270",
    "tea-earl-grey": "220",
}
"""Pieces of each product, as somebody wrote them on the shelf's label."""

SOLD_OUT: Final = "biscuit-ginger"
"""The product of which there is none."""

UNREADABLE: Final = "kettle-gooseneck"
"""The product whose label no program can read: a deliberate bug, which makes every request for it fail."""

CELLAR: Final = frozenset({"coffee-sumatra", "pot-cast-iron"})
"""Products for which somebody has to go downstairs, which takes its time."""

_STAIRS: Final = 0.18
_STEPS: Final = 0.005
_REACH: Final = 0.003

log = structlog.get_logger()


def application() -> TraceMiddleware:
    """Return the ASGI application."""
    routes = [Route("/stock/{sku}", _stock), Route("/reservations", _reserve, methods=["POST"])]
    return TraceMiddleware(Starlette(routes=routes))


def _stock(request: Request) -> JSONResponse:
    # Synchronous, so it runs in a thread, and so do the spans in it.
    sku = request.path_params["sku"]
    bind_contextvars(sku=sku)
    if sku in CELLAR:
        with span("go to the cellar"):
            time.sleep(_STAIRS)
    if sku not in SHELVES:
        return JSONResponse({"error": "no such product"}, 404)
    return JSONResponse({"sku": sku, "pieces": _count(sku)})


async def _reserve(request: Request) -> JSONResponse:
    wanted = await request.json()
    sku, quantity = wanted["sku"], wanted["quantity"]
    bind_contextvars(sku=sku)
    async with span("walk to the shelf"):
        await asyncio.sleep(_STAIRS if sku in CELLAR else _STEPS)
    left = _count(sku) - quantity
    if left < 0:
        log.warning("sold out", quantity=quantity)
        return JSONResponse({"error": "sold out"}, 409)
    # Nothing was awaited since the label was read, so nobody else has taken any.
    SHELVES[sku] = str(left)
    async with span("take from the shelf"):
        await asyncio.sleep(_REACH)
        log.info("stock reserved", quantity=quantity, left=left)
    return JSONResponse({"sku": sku, "left": left}, 201)


@span("read the label")
def _count(sku: str) -> int:
    return int(SHELVES[sku])


if __name__ == "__main__":
    configure("inventory")
    serve(application())
