"""What is logged, by whom, and in which request."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import structlog

from structlog_enrich import Limits, Resource, entry
from structlog_enrich.processors import DEFAULT_LIMITS
from structlog_enrich.trace.context import Remote
from structlog_enrich.trace.w3c import format_traceparent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["CALLER", "CONTEXT", "OPERATION", "RESOURCE", "Workload", "active", "silent"]

RESOURCE: Final = Resource(
    service="checkout",
    version="1.4.2",
    environment="production",
    host="node-17",
    region="eu-west-1",
    release_channel="stable",
)
OPERATION: Final = "POST /orders/{id}"
CALLER: Final = Remote("4bf92f3577b34da6a3ce929d0e0e4736", "53995c3f42cd8ad8", "01", None)
CONTEXT: Final = {"request_id": "req-8812", "user_id": "u-4211", "tenant_id": "t-17", "session_id": "s-991"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Hold the calls that every contender makes, in the same order.

    Args:
        calls: The keywords of each call: the same names, other values.
        message: The event of each call.
        messages: The event of each call, where they differ.
        method: The logger's method that is called.
        limits: Where `preset()` cuts.
    """

    calls: list[dict[str, Any]]
    message: str = "payment captured"
    messages: Sequence[str] = ()
    method: str = "info"
    limits: Limits = DEFAULT_LIMITS

    def each(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the event and the keywords of each call."""
        return zip(self.messages or repeat(self.message, len(self.calls)), self.calls, strict=True)


@contextmanager
def active() -> Iterator[None]:
    """Stand inside a request: an entry that goes on with a caller's trace, and four names bound in it."""
    request = entry(OPERATION, kind="server", carrier={"traceparent": format_traceparent(*CALLER[:3])})
    request.start()
    request.activate()
    try:
        with structlog.contextvars.bound_contextvars(**CONTEXT):
            yield
    finally:
        # It never ends: the line that would end it is none of those that are compared.
        request.deactivate()


@contextmanager
def silent() -> Iterator[BinaryIO]:
    """Open the sink: one unbuffered write to the null device for each line."""
    with Path(os.devnull).open("wb", buffering=0) as file:
        yield file
