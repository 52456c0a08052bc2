"""Golden lines of envelope 1.0: frozen, rebuilt byte for byte, and valid.

They are never regenerated: a reader of tomorrow must read what was written today. A change that breaks one breaks the
contract of `docs/wire-format.md`. Before the release that freezes them, `regenerate()` writes them anew; then `SEAL`
must be set by hand, so that it can't happen unseen.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import decimal
import enum
import hashlib
import io
import itertools
import math
import os
import pathlib
import re
import sys
import time
import uuid
from contextlib import contextmanager, suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import pytest
import structlog
import time_machine
from structlog.contextvars import bind_contextvars

from structlog_enrich import Limits, Resource, Span, TraceContext, bound_logger, entry, preset, process
from structlog_enrich.schema.fields import FIELDS
from structlog_enrich.schema.models import Line
from structlog_enrich.trace.context import CURRENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEAL = "39215c18b279c6769be35b130a61ef9d32a3b470c6cd43bceddb2f5693ba0b59"
"""SHA-256 of the manifest."""

FOLDER = pathlib.Path(__file__).parent / "1.0"
MANIFEST = FOLDER / "SHA256SUMS"
CONTEXT = re.compile(rb'"context":\{([^{}]*)\}')

NOW = datetime.datetime(2026, 11, 22, 4, 48, 0, 123, datetime.UTC)
BOOT_ID, BOOT_TRACE_ID = "9f1c2ab4d07e6613", "0af7651916cd43dd8448eb211c80319c"
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
SCENARIOS: dict[str, tuple[Callable[[Any], None], dict[str, Any]]] = {
    "minimal": (minimal, {}),
    "reference": (
        reference,
        {"resource": dataclasses.replace(RESOURCE, region="eu-west-1", release_channel="stable"), "trace": TRACE},
    ),
    "masked": (masked, {"tags": {"team": "shop", "token": "x"}}),
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


class _Loud(structlog.BytesLogger):
    """A wrapped logger with a method that is no level."""

    loud = structlog.BytesLogger.msg


@contextmanager
def fixed() -> Iterator[None]:
    """Fix all that differs between two runs: clock, ids, process, thread and configuration."""
    envelope, chain = sys.modules["structlog_enrich.processors.envelope"], sys.modules["structlog_enrich.preset"]
    # The process draws first, then each span and each trace.
    spans = itertools.chain([bytes.fromhex(BOOT_ID)], (bytes([0xB9, *range(6), each]) for each in itertools.count(1)))
    traces = iter([bytes.fromhex(BOOT_TRACE_ID), bytes.fromhex("5bd66ef5095369c7b0d1f8f4bd33716a")])
    with pytest.MonkeyPatch.context() as patch, time_machine.travel(NOW, tick=False):
        patch.setattr(os, "urandom", lambda length: next({8: spans, 16: traces}[length]))
        patch.setattr(time, "perf_counter_ns", itertools.count(0, 18_421_337).__next__)
        patch.setattr(os, "getpid", lambda: 4121)
        patch.setattr(envelope, "get_ident", lambda: 140213)
        patch.setattr(chain, "fingerprint", lambda *_parts: "a41f09c27be3")
        state = process.ProcessState()
        object.__setattr__(state, "next_seq", itertools.count(18).__next__)
        patch.setattr(process, "state", state)
        yield


def build(name: str) -> bytes:
    """Return the lines of a scenario."""
    scenario, options = SCENARIOS[name]
    options = {"resource": RESOURCE, **options}
    trace, logger = options.pop("trace", None), options.pop("logger", _Loud)
    sink = io.BytesIO()

    def run() -> None:
        CURRENT.set(trace)
        scenario(structlog.wrap_logger(logger(sink), preset(**options), bound_logger(), context_class=dict).bind())

    with fixed():
        Context().run(run)
    return CONTEXT.sub(_in_order, sink.getvalue())


def _in_order(match: re.Match[bytes]) -> bytes:
    # The contract leaves the order inside `context` open, and it differs between runs.
    return b'"context":{%b}' % b",".join(sorted(match[1].split(b",")))


def manifest() -> str:
    """Return the manifest of the frozen files, as `sha256sum` writes it."""
    files = sorted(FOLDER.glob("*.json"))
    return "".join(f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in files)


def regenerate() -> str:
    """Write every golden line and the manifest anew and return the new `SEAL`; only before they are released."""
    FOLDER.mkdir(exist_ok=True)
    for each in FOLDER.glob("*.json"):
        each.unlink()
    for name in SCENARIOS:
        (FOLDER / f"{name}.json").write_bytes(build(name))
    MANIFEST.write_text(manifest())
    return hashlib.sha256(MANIFEST.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", SCENARIOS)
class TestGolden:
    """Each frozen scenario."""

    def test_it_is_still_written(self, name: str) -> None:
        """The library of today writes the same bytes."""
        assert (FOLDER / f"{name}.json").read_bytes().decode() == build(name).decode()

    def test_it_is_valid(self, name: str, validator: Any) -> None:
        """Models and JSON Schema of today still take it."""
        for line in (FOLDER / f"{name}.json").read_bytes().splitlines():
            Line.model_validate_json(line)
            decoded = orjson.loads(line)
            validator.validate(decoded)
            assert [field for field in FIELDS if field in decoded] == list(decoded)

    def test_it_is_one_line(self, name: str) -> None:
        """Every splitter sees the lines that were written and no more."""
        frozen = (FOLDER / f"{name}.json").read_bytes()

        assert frozen.endswith(b"}\n")
        assert frozen.count(b"\n") == len(frozen.decode().splitlines()) == LINES.get(name, 1)

    def test_it_keeps_secrets(self, name: str) -> None:
        """None holds the password that was logged."""
        assert b"hunter2" not in (FOLDER / f"{name}.json").read_bytes()


class TestManifest:
    """The manifest of all of them."""

    def test_nothing_was_changed(self) -> None:
        """Files, manifest and seal agree: no line is regenerated unseen."""
        assert manifest() == MANIFEST.read_text()
        assert hashlib.sha256(MANIFEST.read_bytes()).hexdigest() == SEAL

    def test_nothing_is_missing(self) -> None:
        """Every scenario is frozen and every frozen file has its scenario."""
        assert sorted(f"{name}.json" for name in SCENARIOS) == sorted(each.name for each in FOLDER.glob("*.json"))


def test_the_reference_is_the_example_of_the_contract() -> None:
    """The example that the wire format shows is what the library writes."""
    example = (
        b'{"schema_version":"1.0","timestamp":"2026-11-22T04:48:00.000123Z","level":"info",'
        b'"message":"payment captured","service":"checkout","version":"1.4.2","environment":"production",'
        b'"operation":"POST /orders/{id}","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",'
        b'"span_id":"00f067aa0ba902b7","parent_span_id":"53995c3f42cd8ad8","trace_flags":"01",'
        b'"boot_id":"9f1c2ab4d07e6613","seq":18,"host":"node-17","process_id":4121,"thread_id":140213,'
        b'"runtime":"CPython 3.13.0","region":"eu-west-1","release_channel":"stable","enrichment":"a41f09c27be3",'
        b'"context":{"request_id":"req-8812","user_id":"u-4211"},"payload":{"order_id":"o-118822","amount":129.95,'
        b'"password":"[REDACTED:password]"},"redacted":["payload.password:password"]}\n'
    )

    assert example == (FOLDER / "reference.json").read_bytes()
