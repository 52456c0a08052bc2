"""A service that a worker of gunicorn imports."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import structlog
from witness import is_ours, testify

from structlog_enrich import configure, entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

if is_ours("after"):
    testify()
    configure(service="shop", renderer="json")


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Say so twice, by structlog and by the standard library."""
    number = environ["PATH_INFO"].rpartition("/")[2]
    with entry("GET /orders/{number}", kind="server"):
        structlog.get_logger("shop").info("order placed", number=number)
        logging.getLogger("shop.stock").warning("low: %s", number, extra={"left": 1})
        if number == "fail":
            raise ValueError(number)
    start_response("200 OK", [("content-type", "text/plain")])
    return [number.encode()]
