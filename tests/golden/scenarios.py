"""What is logged: one function for each golden file."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import decimal
import math
import pathlib
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from structlog.contextvars import bind_contextvars

from structlog_enrich import Limits, RedactionPolicy, Span, TraceContext, entry
from tests.golden.shop import CARRIER, NOW, RESOURCE, TRACE, WHOLE, Colour, Item, Named, Point, broken, nested, shop

if TYPE_CHECKING:
    from collections.abc import Callable


def span_end(log: Any) -> None:
    """End a span that says all it can."""
    charge = Span(
        "charge card",
        kind="client",
        attributes={"server.address": "bank.example", "server.port": 443, "url.full": "https://bank.example/charge"},
        attempt=2,
        previous_span_id="b7ad6b7169203331",
        logger=log,
    )
    with charge:
        charge.peer, charge.queue_ms, charge.outcome = "bank.example:443", 12.5, "retry"
        charge.set_attributes({"authorization": "hunter2", "retries": [1, 2]})


def span_failed(log: Any) -> None:
    """End a span by an exception."""
    module = shop()
    pay = Span("pay", logger=log)
    pay.start()
    pay.end(module["caught"](module["pay"], "o-1"))


def span_start(log: Any) -> None:
    """Start a span with a line, and end it by a cancellation."""
    with suppress(asyncio.CancelledError), Span("wait", start_line=True, attributes={"n": 1}, logger=log):
        raise asyncio.CancelledError


def entry_links(log: Any) -> None:
    """Enter with the trace of a caller who isn't trusted, and bind something."""
    with entry("POST /orders", kind="server", carrier=CARRIER, trust="link", logger=log):
        bind_contextvars(request_id="req-8812")


def entry_continues(log: Any) -> None:
    """Enter with the trace of a caller, and time out."""
    order = entry("POST /orders", kind="server", carrier=CARRIER, logger=log)
    order.start()
    order.end(TimeoutError("no answer within 5 s"))


def minimal(log: Any) -> None:
    """Say as little as can be."""
    log.info("started")


def reference(log: Any) -> None:
    """Log the example of the contract."""
    bind_contextvars(request_id="req-8812", user_id="u-4211")
    log.info("payment captured", order_id="o-118822", amount=129.95, password="hunter2")


def masked(log: Any) -> None:
    """Log secrets at every depth."""
    log.warning(
        "login", user={"name": "ann", "Password": "hunter2", "tokens": 3}, cards=[{"cvv": 123}, {"n": 4}], api_key=b"x"
    )


def error_cause(log: Any) -> None:
    """Log an error with its cause."""
    module = shop()
    log.error("payment failed", order_id="o-1", exc_info=module["caught"](module["pay"], "o-1"))


def error_context(log: Any) -> None:
    """Log an error with its context."""
    module = shop()
    log.error("payment failed", exc=module["caught"](module["retry"], "o-1"), error="theirs")


def error_group(log: Any) -> None:
    """Log a group."""
    module = shop()
    log.critical("shipping failed", exc_info=module["caught"](module["ship"]))


def error_notes(log: Any) -> None:
    """Log an error with a note."""
    module = shop()
    log.error("payment failed", exc_info=module["caught"](module["pay"], "o-1", "second attempt"))


def error_not_raised(log: Any) -> None:
    """Log an error that was never raised."""
    log.error("declined", exception=ValueError("no funds"))


def string_cut(log: Any) -> None:
    """Log a long text."""
    log.info("long", note="0123456789" * 10, short="x" * 64)


def items_cut(log: Any) -> None:
    """Log wide containers."""
    log.info("wide", numbers=list(range(10)), pairs={str(number): number for number in range(10)})


def depth_cut(log: Any) -> None:
    """Log deep objects."""
    log.info("deep", tree=nested(20))


def line_cut(log: Any) -> None:
    """Log more than a line holds."""
    log.info("huge", small="kept", large="x" * 8_000, larger="y" * 8_192)


def cycle(log: Any) -> None:
    """Log a cycle."""
    ring: list[Any] = [1]
    ring.append({"ring": ring})
    log.info("round", ring=ring)


def text(log: Any) -> None:
    """Log every script and the controls."""
    log.info(
        "zażółć gęślą jaźń 日本語 🙂\n\t\x00\x1b[31m",
        separators="\x85\u2028\u2029\x7f\x9b",
        half="\ud800",
        quote='"\\/',
    )


def values(log: Any) -> None:
    """Log a value of every kind."""
    log.info(
        "every kind",
        nothing=None,
        yes=True,
        floats=[1.5, -0.0, 1e300, math.nan, math.inf, -math.inf],
        integers=[2**63 - 1, -(2**63), 2**63, 2**80],
        data=[b"text", b"\xff\x00", bytearray(b"more")],
        unordered={3, 1, 2},
        mixed=frozenset({"b", 1, "a"}),
        pair=(1, "x"),
        when=NOW,
        naive=datetime.datetime(2026, 11, 22, 4, 48),  # noqa: DTZ001 (naive is the point)
        there=datetime.datetime(2026, 11, 22, 4, 48, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
        day=datetime.date(2026, 11, 22),
        clock=datetime.time(4, 48),
        took=datetime.timedelta(minutes=1, milliseconds=5),
        price=decimal.Decimal("9.90"),
        id=uuid.UUID(int=1),
        path=pathlib.PurePosixPath("/srv/shop"),
        colour=Colour.RED,
        item=Item("s-1", "hunter2"),
        point=Point(1, 2),
        failure=ValueError("no"),
    )


def keys(log: Any) -> None:
    """Log keys that aren't text."""
    log.info(
        "keys", table={1: "number", "1": "text", None: "none", b"k": "bytes", (1, 2): "pair", "a.b": {"password": 1}}
    )


def faults(log: Any) -> None:
    """Log past a broken processor."""
    log.info("kept", order_id="o-1")


def labels(log: Any) -> None:
    """Log under labels."""
    log.info("labelled")


def trace_operation(log: Any) -> None:
    """Log within a request."""
    log.debug("inside a request")


def empty(log: Any) -> None:
    """Log nothing."""
    log.info()


def forged(log: Any) -> None:
    """Claim to be someone else."""
    bind_contextvars(service="theirs", boot_id="bound", event="bound")
    log.bind(trace_id="mine").info(
        "x", event="said", level="gold", seq=-1, span={"phase": "end"}, error="none", context=1
    )


def context_and_payload(log: Any) -> None:
    """Log what was bound, said and bound to the logger."""
    bind_contextvars(request_id="bound", tenant_id="t-1")
    log.bind(cart="c-1").info("both", request_id="said", amount=5)


def unknown_level(log: Any) -> None:
    """Log at no level."""
    log.bind()._proxy_to_logger("loud", "what was that")  # noqa: SLF001 (how a subclass logs)


def arguments(log: Any) -> None:
    """Log arguments that fit, then some that don't."""
    log.warning("%d of %d", 1, 2)
    log.error("%d of", "x", n=1)


SCENARIOS: dict[str, tuple[Callable[[Any], None], dict[str, Any]]] = {
    "minimal": (minimal, {}),
    "reference": (
        reference,
        {"resource": dataclasses.replace(RESOURCE, region="eu-west-1", release_channel="stable"), "trace": TRACE},
    ),
    # A key that a team adds is a rule of its own, spelled as the team does.
    "masked": (masked, {"tags": {"team": "shop", "token": "x"}, "redaction": RedactionPolicy(keys={"api_key"})}),
    "error-cause": (error_cause, {"trace": TRACE}),
    "error-context": (error_context, {}),
    "error-group": (error_group, {}),
    "error-notes": (error_notes, {}),
    "error-not-raised": (error_not_raised, {}),
    "string-cut": (string_cut, {"limits": Limits(max_string=64)}),
    "stack-cut": (error_cause, {"limits": Limits(max_stack=64)}),
    "items-cut": (items_cut, {"limits": Limits(max_items=3)}),
    "depth-cut": (depth_cut, {}),
    "line-cut": (line_cut, {"limits": Limits(max_line=8_192)}),
    "cycle": (cycle, {}),
    "text": (text, {}),
    "values": (values, {}),
    "keys": (keys, {}),
    "faults": (faults, {"extra": [broken]}),
    "labels": (labels, {"tags": {"team": "shop", "shard": 3}, "feature_flags": {"new_cart": True, "ratio": 0.5}}),
    "stream": (minimal, {"stream": "audit"}),
    "logger-name": (minimal, {"logger": Named}),
    "trace-operation": (trace_operation, {"trace": TRACE}),
    "trace-least": (trace_operation, {"trace": TraceContext(TRACE.trace_id, TRACE.span_id)}),
    "resource": (minimal, {"resource": WHOLE}),
    "empty-message": (empty, {}),
    "forged": (forged, {"trace": TRACE}),
    "context-and-payload": (context_and_payload, {}),
    "unknown-level": (unknown_level, {}),
    "arguments": (arguments, {}),
    "span-end": (span_end, {"trace": TRACE}),
    "span-failed": (span_failed, {"trace": TRACE}),
    "span-start": (span_start, {}),
    "entry-links": (entry_links, {}),
    "entry-continues": (entry_continues, {}),
}

LINES = {"arguments": 2, "span-start": 2}
"""How many lines a scenario writes, where it isn't one."""
