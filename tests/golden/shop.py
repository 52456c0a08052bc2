"""The shop that is logged: its errors, its values and its resource, the same on every machine."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from typing import Any, NamedTuple

import structlog

from structlog_enrich import Resource, TraceContext

NOW = datetime.datetime(2026, 11, 22, 4, 48, 0, 123, datetime.UTC)
RESOURCE = Resource(
    service="checkout", version="1.4.2", environment="production", host="node-17", runtime="CPython 3.13.0"
)
TRACE = TraceContext(
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00f067aa0ba902b7",
    parent_span_id="53995c3f42cd8ad8",
    trace_flags="01",
    operation="POST /orders/{id}",
)

CARRIER = {
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-53995c3f42cd8ad8-01",
    "tracestate": "rojo=00f067aa0ba902b7",
}

SHOP = """
class Declined(Exception):
    pass

def charge(order):
    raise KeyError(order)

def pay(order, note=None):
    try:
        charge(order)
    except KeyError as error:
        declined = Declined(f"no funds for {order}")
        if note:
            declined.add_note(note)
        raise declined from error

def ship():
    raise ExceptionGroup("two parcels", [ValueError("too heavy"), Declined("no address")])

def retry(order):
    try:
        charge(order)
    except KeyError:
        raise Declined("again")

def caught(function, *given):
    try:
        function(*given)
    except Exception as error:
        return error
"""


class Colour(enum.Enum):
    """An enum."""

    RED = "red"


@dataclasses.dataclass
class Item:
    """A dataclass."""

    sku: str
    password: str


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: int


def shop() -> Any:
    """Return the module whose errors are logged, at the same place on every machine."""
    module: dict[str, Any] = {"__name__": "shop.checkout"}
    exec(compile(SHOP, "/srv/shop/checkout.py", "exec"), module)
    return module


def broken(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Fail after half its work."""
    del event["event"]
    raise LookupError(event)


broken.__module__, broken.__qualname__ = "shop.logging", "add_region"


class Named(structlog.BytesLogger):
    """A wrapped logger with a name."""

    def __init__(self, file: Any = None) -> None:
        """Take the name after structlog, which sets its own from 26.1 on."""
        super().__init__(file)
        self.name = "shop.cart"


def nested(depth: int) -> dict[str, Any]:
    """Return objects in objects."""
    return {"deeper": nested(depth - 1)} if depth else {}


WHOLE = dataclasses.replace(
    RESOURCE,
    instance_id="i-1",
    host_id="h-1",
    container_id="c-1",
    service_namespace="shop",
    k8s_namespace="prod",
    k8s_pod="checkout-7",
    region="eu-west-1",
    release_channel="stable",
    commit="9289d8e",
)
