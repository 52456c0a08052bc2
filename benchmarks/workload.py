"""What is logged, by whom, and in which request."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import structlog

from structlog_enrich import Limits, Resource, TraceContext
from structlog_enrich.processors import DEFAULT_LIMITS
from structlog_enrich.trace.context import CURRENT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CONTEXT", "RESOURCE", "TRACE", "Workload", "active", "silent"]

RESOURCE: Final = Resource(
    service="checkout",
    version="1.4.2",
    environment="production",
    host="node-17",
    region="eu-west-1",
    release_channel="stable",
)
TRACE: Final = TraceContext(
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00f067aa0ba902b7",
    parent_span_id="53995c3f42cd8ad8",
    trace_flags="01",
    operation="POST /orders/{id}",
)
CONTEXT: Final = {"request_id": "req-8812", "user_id": "u-4211", "tenant_id": "t-17", "session_id": "s-991"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Hold the calls that every contender makes, in the same order.

    Args:
        calls: The keywords of each call: the same names, other values.
        message: The event of each call.
        method: The logger's method that is called.
        limits: Where `preset()` cuts.
    """

    calls: list[dict[str, Any]]
    message: str = "payment captured"
    method: str = "info"
    limits: Limits = DEFAULT_LIMITS


@contextmanager
def active() -> Iterator[None]:
    """Stand inside a request: four names bound, a trace with its operation active."""
    token = CURRENT.set(TRACE)
    try:
        with structlog.contextvars.bound_contextvars(**CONTEXT):
            yield
    finally:
        CURRENT.reset(token)


@contextmanager
def silent() -> Iterator[BinaryIO]:
    """Open the sink: one unbuffered write to the null device for each line."""
    with Path(os.devnull).open("wb", buffering=0) as file:
        yield file
