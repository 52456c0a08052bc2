"""The fields of a line, in the order of the table."""

from __future__ import annotations

from typing import Any

import structlog
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich import Limits, RedactionPolicy, Resource, preset
from structlog_enrich.processors import HEADER
from structlog_enrich.said import SAID, Facts, Said
from structlog_enrich.schema.fields import FIELDS
from structlog_enrich.schema.models import Line
from structlog_enrich.trace.context import CURRENT
from tests.processors.envelope.making import ALWAYS, SPAN, TRACE, Named, line_of


class TestOrder:
    """The order of the fields is the order of the table."""

    @given(
        tags=st.booleans(),
        flags=st.booleans(),
        stream=st.booleans(),
        name=st.booleans(),
        in_trace=st.booleans(),
        whole=st.booleans(),
        error=st.booleans(),
        secret=st.booleans(),
        long=st.booleans(),
        broken=st.booleans(),
        bound=st.booleans(),
        forged=st.booleans(),
        own=st.booleans(),
        linked=st.booleans(),
    )
    def test_always(self, **on: bool) -> None:
        """Whatever is on the line, and whatever isn't."""

        def breaks(*_: Any) -> Any:
            raise ValueError

        optional = ["instance_id", "host_id", "container_id", "service_namespace", "k8s_namespace", "k8s_pod"]
        optional += ["region", "release_channel", "commit"]
        chain = preset(
            tags={"team": "shop"} if on["tags"] else None,
            feature_flags={"new_cart": True} if on["flags"] else None,
            stream="audit" if on["stream"] else None,
            resource=Resource(**dict.fromkeys(optional, "x")) if on["whole"] else None,
            extra=[breaks] if on["broken"] else [],
            limits=Limits(max_string=64),
        )
        keywords: dict[str, Any] = {}
        keywords |= {"exc_info": ValueError("no")} if on["error"] else {}
        keywords |= {"password": "hunter2"} if on["secret"] else {}
        keywords |= {"text": "x" * 100} if on["long"] else {}
        keywords |= {"event": "aside", **dict.fromkeys(FIELDS, 1)} if on["forged"] else {"event": "paid"}
        if on["own"]:
            links = [{"trace_id": TRACE.trace_id, "span_id": TRACE.span_id}] if on["linked"] else []
            facts = Facts("span.start", {**SPAN, "attributes": {"n": 1}}, links)
            facts.message = keywords["event"]
            SAID.set(Said(facts=facts))
        token = CURRENT.set(TRACE if on["in_trace"] else None)
        with structlog.contextvars.bound_contextvars(**({"request_id": "r", "event": "c"} if on["bound"] else {})):
            line = line_of(chain, "info", Named("shop") if on["name"] else None, **keywords)
        CURRENT.reset(token)

        assert [name for name in FIELDS if name in line] == list(line)
        assert line.keys() >= ALWAYS
        Line.model_validate(line)
        assert on == on | {
            "tags": "tags" in line,
            "flags": "feature_flags" in line,
            "stream": "stream" in line,
            "name": "logger" in line,
            "in_trace": "operation" in line,
            "whole": "commit" in line,
            "error": "error" in line,
            "secret": "redacted" in line,
            "long": "truncated" in line,
            "broken": "faults" in line,
            "bound": "context" in line,
            "own": line.keys() >= {"event_name", "span"},
            "linked": "links" in line or (on["linked"] and not on["own"]),
        }

    def test_the_least_line(self) -> None:
        """A line without data has what is always there and nothing else."""
        assert set(line_of(preset(resource=Resource()), event="paid")) == ALWAYS

    def test_the_header(self) -> None:
        """`HEADER` names what holds no data of a call: all before the data but the message, and the faults."""
        assert {
            "extensions",
            "baggage",
            "context",
            "payload",
            "error",
            "span",
            "gap",
            "message",
            "redacted",
        }.isdisjoint(HEADER)
        assert HEADER <= set(FIELDS)
        assert ALWAYS - {"message"} <= HEADER


def test_no_policy() -> None:
    """Nothing of the envelope depends on what is a secret."""
    for policy in (None, RedactionPolicy(keys={"iban"})):
        assert line_of(preset(resource=Resource(), redaction=policy)).keys() == ALWAYS
