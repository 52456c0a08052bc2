"""The public face as a type checker sees it: `make types` checks this file, and nothing ever runs it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import Token
from typing import Any, Literal, assert_type

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

import structlog_enrich
from structlog_enrich import (
    DEFAULT_POLICY,
    BoundLogger,
    ConfigurationError,
    Limits,
    RedactionPolicy,
    Resource,
    StructlogEnrichError,
    TraceContext,
    bind_contextvars,
    bound_contextvars,
    bound_logger,
    clear_contextvars,
    current_trace,
    get_contextvars,
    preset,
    reset_contextvars,
    unbind_contextvars,
)
from structlog_enrich.processors import (
    DEFAULT_LIMITS,
    HEADER,
    ConsoleRenderer,
    Envelope,
    ErrorDetails,
    Guarded,
    JSONRenderer,
    MergeContext,
    Redact,
    SchemaVersion,
)
from structlog_enrich.schema import json_schema
from structlog_enrich.schema.models import Error, Line
from structlog_enrich.schema.typed import ErrorDict, LineDict


def chain() -> None:
    """A chain is an ordinary list, whatever is given."""

    def region(logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
        return event_dict

    assert_type(preset(), list[Processor])
    assert_type(
        preset(
            service="checkout",
            version="1.4.2",
            environment="production",
            resource=Resource(region="eu-west-1"),
            extra=[region, structlog.processors.CallsiteParameterAdder()],
            tags={"team": "payments", "tier": 1, "ratio": 0.5, "beta": True},
            feature_flags={"new_cart": True},
            redaction=RedactionPolicy(keys={"iban"}),
            schema="1.0",
            limits=Limits(max_string=1_000, max_items=10, max_depth=8, max_stack=10_000, max_line=65_536),
            renderer="json",
            stream="audit",
        ),
        list[Processor],
    )
    preset(redaction=None, extra=(region,), resource=None, tags=None)
    preset(renderer="yaml")  # type: ignore[arg-type]
    preset("checkout")  # type: ignore[call-arg]
    preset(tags={"team": ["payments"]})  # type: ignore[dict-item]


def configured() -> None:
    """The chain and the logger class fit structlog's own configuration."""
    structlog.configure(processors=preset(), wrapper_class=bound_logger("info"))
    structlog.configure(
        processors=preset(service="checkout"),
        wrapper_class=bound_logger(logging.DEBUG),
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.wrap_logger(structlog.BytesLogger(), processors=preset(), wrapper_class=bound_logger())
    assert_type(bound_logger("info"), type[BoundLogger])


def logged() -> None:
    """Every method takes any message and any keywords."""
    log: BoundLogger = structlog.get_logger()
    assert_type(log.min_level, int)
    log.debug("paid")
    log.info("paid", order_id="o-1", event="e-1", level="gold", method_name="m")
    log.warning("paid %s of %d", "o-1", 3)
    log.error({"not": "text"})
    log.critical()
    log.exception("declined", exc_info=ValueError("no funds"))  # noqa: LOG004 (only its type is looked at)
    log.warn("old spelling")  # noqa: G010 (structlog has it too)
    log.fatal("old spelling")
    log.msg("old spelling")
    log.log(logging.INFO, "paid", amount=9.9)
    log.log("info", "paid")
    assert_type(log.is_enabled_for(logging.INFO), bool)
    assert_type(log.get_effective_level(), int)
    log.bind(order_id="o-1", self="any name").info("paid")
    log.new(order_id="o-1").info("paid")
    log.unbind("order_id").info("paid")
    log.try_unbind("order_id").info("paid")


async def logged_from_a_coroutine() -> None:
    """The methods that start with `a` are awaited, and otherwise alike."""
    log: BoundLogger = structlog.get_logger()
    await log.adebug("paid")
    await log.ainfo("paid", order_id="o-1")
    await log.awarning("paid")
    await log.aerror("paid")
    await log.acritical("paid")
    await log.aexception("declined")
    await log.awarn("old spelling")
    await log.afatal("old spelling")
    await log.amsg("old spelling")
    await log.alog("info", "paid")


def context() -> None:
    """What structlog has for its context is there under the same names."""
    tokens = bind_contextvars(request_id="req-1")
    assert_type(tokens, Mapping[str, Token[Any]])
    reset_contextvars(**tokens)
    assert_type(get_contextvars(), dict[str, Any])
    with bound_contextvars(user_id="u-1"):
        unbind_contextvars("user_id")
    clear_contextvars()


def values() -> None:
    """The values a configuration is made of."""
    assert_type(structlog_enrich.__version__, str)
    assert_type(current_trace(), TraceContext | None)
    trace = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", trace_flags="01")
    assert_type(trace.trace_id, str)
    assert_type(trace.parent_span_id, str | None)
    assert_type(trace.operation, str | None)
    assert_type(Resource(service="checkout").service, str)
    assert_type(Resource().region, str | None)
    assert_type(Resource().header(), dict[str, str])
    assert_type(Limits().max_line, int)
    assert_type(DEFAULT_POLICY, RedactionPolicy)
    assert_type(DEFAULT_POLICY.keys, frozenset[str])
    assert_type(DEFAULT_POLICY.rule_for("password"), str | None)


def errors() -> None:
    """Every exception is the library's, and a wrong value is a ValueError too."""
    try:
        preset(service="")
    except ConfigurationError as error:
        assert_type(error.parameter, str)
        assert_type(error.rule, str)
        assert_type(error.received, str)
        assert_type(error.remedy, str)
        base: StructlogEnrichError = error
        value: ValueError = error
        del base, value


def stages() -> None:
    """Each stage is a processor by itself."""
    by_hand: list[Processor] = [
        MergeContext(),
        Guarded(structlog.processors.CallsiteParameterAdder()),
        ErrorDetails(key="error"),
        Envelope(Resource(service="checkout"), tags={"team": "payments"}, stream="audit"),
        Redact(DEFAULT_POLICY, limits=DEFAULT_LIMITS, trusted=HEADER),
        SchemaVersion("1.0"),
        JSONRenderer("bytes", terminal=ConsoleRenderer()),
    ]
    structlog.configure(processors=by_hand)
    assert_type(HEADER, frozenset[str])
    assert_type(DEFAULT_LIMITS, Limits)


def read(text: bytes, line: LineDict) -> None:
    """A line is read by the models or by the types alone."""
    model = Line.model_validate_json(text)
    assert_type(model.service, str)
    assert_type(model.seq, int)
    assert_type(model.error, Error | None)
    assert_type(line["seq"], int)
    assert_type(line["level"], Literal["debug", "info", "warning", "error", "critical"])
    assert_type(line.get("error"), ErrorDict | None)
    assert_type(json_schema(), dict[str, Any])
