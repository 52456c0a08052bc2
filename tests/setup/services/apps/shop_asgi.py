"""A service that configures its logging when it is imported, or has had it configured by whoever imports it."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from witness import is_ours, testify

from structlog_enrich import configure
from structlog_enrich.integrations.asgi import TraceMiddleware

if is_ours("after"):
    testify()
    configure(service="shop", renderer="json")


async def order(request: Any) -> PlainTextResponse:
    """Say so twice, by structlog and by the standard library."""
    number = request.path_params["number"]
    structlog.get_logger("shop").info("order placed", number=number)
    logging.getLogger("shop.stock").warning("low: %s", number, extra={"left": 1})
    if number == "fail":
        raise ValueError(number)
    return PlainTextResponse(number)


app = TraceMiddleware(Starlette(routes=[Route("/orders/{number}", order)]))
