"""An application of Flask that has a writer."""

from __future__ import annotations

import logs  # noqa: F401 (it sets up)
import structlog
from flask import Flask

log = structlog.get_logger("shop")
app = Flask(__name__)


@app.get("/orders/<number>")
def order(number: str) -> str:
    """Read an order."""
    log.info("order read", order_id=number)
    if number == "fail":
        raise ValueError(number)
    return number
