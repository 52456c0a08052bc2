"""Lines and OpenTelemetry's spans, with the same ids."""

from __future__ import annotations

import asyncio
import io
from contextlib import ExitStack
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import context as contexts
from opentelemetry import propagate
from opentelemetry import trace as api
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler

from structlog_enrich import TraceContext, bound_logger, current_trace, entry, inject, preset, span

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CARRIER = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01", "tracestate": "rojo=00f067aa0ba902b7"}
KINDS = ("server", "client", "producer", "consumer", "internal")
HOW = ("span", "entry", "continued", "theirs")
NODES = st.recursive(
    st.just(()),
    lambda children: st.lists(
        st.tuples(st.sampled_from(HOW), st.sampled_from(KINDS), st.booleans(), children),
        max_size=3,
    ),
    max_leaves=8,
)


class TestLines:
    """Lines take the ids of the active span, whoever started it."""

    def test_of_their_span(self, service: Any, ids_on: Any, ids_of: Any, boot_ids: Any) -> None:
        """Ids, parent and flags are those of the span that is active at the time."""
        service.log.info("before")
        with service.theirs.start_as_current_span("outer") as outer:
            service.log.info("outer")
            with service.theirs.start_as_current_span("inner") as inner:
                service.log.info("inner")
            service.log.info("outer again")
        service.log.info("after")

        assert [boot_ids(), ids_of(outer), ids_of(inner), ids_of(outer), boot_ids()] == [*map(ids_on, service.lines)]

    def test_found_once(self, service: Any) -> None:
        """As long as nothing changes, the very same object is found."""
        with service.theirs.start_as_current_span("outer"):
            found = current_trace()

            assert found is not None
            assert all(current_trace() is found for _ in range(3))

    def test_leading_zeros(self, service: Any, ids_on: Any, remote_span: Any) -> None:
        """Ids keep their leading zeros."""
        contexts.attach(api.set_span_in_context(remote_span(trace_id=1, span_id=2, trace_flags=api.TraceFlags(1))))
        service.log.info("here")
        contexts.attach(contexts.Context())

        assert ("0" * 31 + "1", "0" * 15 + "2", "", "01") == ids_on(service.line)

    def test_of_a_remote_span(self, service: Any, ids_on: Any) -> None:
        """What a propagator attached is the active span, before anything starts one."""
        contexts.attach(propagate.extract(CARRIER))
        service.log.info("here")
        found = current_trace()
        contexts.attach(contexts.Context())

        assert (TRACE_ID, SPAN_ID, "", "01") == ids_on(service.line)
        assert CARRIER["tracestate"] == found.tracestate

    def test_of_an_ended_span(self, service: Any, ids_on: Any, ids_of: Any) -> None:
        """A span that ended is the active one until another is."""
        with service.theirs.start_as_current_span("outer", end_on_exit=False) as outer:
            outer.end()
            service.log.info("late")

        assert ids_of(outer) == ids_on(service.line)

    def test_of_one_that_is_not_sampled(self, unsampled: Any, ids_on: Any, ids_of: Any) -> None:
        """It has ids, and flags that say so."""
        with unsampled.theirs.start_as_current_span("outer") as outer:
            unsampled.log.info("here")

        assert ids_of(outer) == ids_on(unsampled.line)
        assert unsampled.line["trace_flags"] in {"00", "02"}

    @pytest.mark.parametrize("broken", ["no context", "raises", "invalid"])
    def test_of_a_broken_span(self, service: Any, broken: str, validator: Any, ids_on: Any, boot_ids: Any) -> None:
        """A span that can't say its ids costs the ids, and nothing else."""

        class Broken(api.NonRecordingSpan):
            def get_span_context(self) -> Any:
                if broken == "raises":
                    raise RuntimeError("hunter2")
                return None if broken == "no context" else api.INVALID_SPAN_CONTEXT

        contexts.attach(api.set_span_in_context(Broken(api.INVALID_SPAN_CONTEXT)))
        service.log.info("here")
        service.log.info("here")
        contexts.attach(contexts.Context())
        first, second = service.lines

        validator.validate(first)
        assert [boot_ids()] * 2 == [ids_on(first), ids_on(second)]
        assert (["OtelIds:RuntimeError"] if broken == "raises" else None) == first.get("faults")
        assert "faults" not in second

    def test_a_strange_parent(self, service: Any, ids_on: Any, remote_span: Any) -> None:
        """A parent that isn't one is left out."""
        for parent in (None, 5, remote_span(), api.INVALID_SPAN_CONTEXT, api.SpanContext(1, 1 << 64, is_remote=False)):
            strange = remote_span()
            strange.parent = parent
            contexts.attach(api.set_span_in_context(strange))
            service.log.info("here")
        contexts.attach(contexts.Context())

        assert [(TRACE_ID, SPAN_ID, "", "00")] * 5 == [*map(ids_on, service.lines)]

    def test_validates(self, service: Any, validator: Any) -> None:
        """Every line obeys the published schema."""
        with entry("job", carrier=CARRIER, attributes={"messaging.message.id": "m-1"}), span("work", start_line=True):
            service.log.info("here")

        assert 4 == len(service.lines)
        for each in service.lines:
            validator.validate(each)


class TestSpans:
    """`span()` and `entry()` start spans of OpenTelemetry."""

    def test_outside_any(self, service: Any, ids_on: Any, ids_of: Any) -> None:
        """A span outside any begins a trace, as OpenTelemetry has it."""
        with span("charge") as charge:
            service.log.info("here")

        service.agree()
        assert "" == ids_of(service.exported)[2]
        assert [ids_of(service.exported)] * 2 == [*map(ids_on, service.lines)]
        assert charge.trace.trace_id == service.line["trace_id"]

    @pytest.mark.parametrize("kind", KINDS)
    def test_kind(self, service: Any, kind: Any) -> None:
        """Each kind is OpenTelemetry's of that name."""
        with span("charge", kind=kind):
            pass

        service.agree()
        assert api.SpanKind[kind.upper()] is service.exported.kind

    def test_alternating(self, service: Any, ids_on: Any, ids_of: Any) -> None:
        """Ours inside theirs inside ours: each is the child of the one around it."""
        with entry("job") as job:
            with service.theirs.start_as_current_span("theirs") as theirs:
                service.log.info("in theirs")
                with span("work") as work:
                    service.log.info("in work")
                service.log.info("in theirs again")
            service.log.info("in job")
        in_theirs, in_work, end_of_work, again, in_job, end_of_job = service.lines

        service.agree()
        assert {"job"} == {each["operation"] for each in service.lines}
        assert (ids_of(theirs), ids_of(theirs)) == (ids_on(in_theirs), ids_on(again))
        assert job.trace.span_id == in_theirs["parent_span_id"]
        assert in_theirs["span_id"] == in_work["parent_span_id"]
        assert work.trace.span_id == in_work["span_id"] == end_of_work["span_id"]
        assert ids_on(in_job) == ids_on(end_of_job)
        assert current_trace() is None

    def test_attributes(self, service: Any) -> None:
        """All that was set by the end is exported, in types that OpenTelemetry has."""
        with span("charge", attributes={"peer.service": "bank", "gone": None}) as charge:
            charge.set_attributes({"retries": 2, "items": ["a", "b"], "amount": 1 << 70})

        assert {"peer.service": "bank", "retries": 2, "items": ("a", "b"), "amount": str(1 << 70)} == dict(
            service.exported.attributes
        )

    def test_attributes_for_the_sampler(self, start_service: Any) -> None:
        """A sampler decides with what is known at the start: name, kind, attributes and links."""
        seen: list[Any] = []

        class Curious(Sampler):
            def should_sample(self, parent_context: Any, trace_id: int, name: str, *given: Any, **kw: Any) -> Any:
                seen.append((name, *given, *kw.values()))
                return ALWAYS_ON.should_sample(parent_context, trace_id, name, *given, **kw)

            def get_description(self) -> str:
                return "curious"

        start_service(sampler=Curious())
        with span("GET", kind="client", attributes={"url.path": "/health"}, links=[TraceContext(TRACE_ID, SPAN_ID)]):
            pass
        ((name, kind, attributes, links, *_),) = seen

        assert ("GET", api.SpanKind.CLIENT, {"url.path": "/health"}) == (name, kind, attributes)
        assert [int(SPAN_ID, 16)] == [each.context.span_id for each in links]

    def test_links(self, service: Any) -> None:
        """Links of the start and later ones are exported, and stand on the line."""
        with span("batch", links=[TraceContext(TRACE_ID, SPAN_ID, trace_flags="01")]) as batch:
            batch.add_link(TraceContext(TRACE_ID, "1" * 16))

        assert [SPAN_ID, "1" * 16] == [api.format_span_id(each.context.span_id) for each in service.exported.links]
        assert [SPAN_ID, "1" * 16] == [each["span_id"] for each in service.line["links"]]
        assert {True} == {each.context.is_remote for each in service.exported.links}

    def test_name_found_later(self, service: Any) -> None:
        """A closer name is the exported span's, too."""
        with span("GET") as request:
            request.update_name("GET /orders/{id}")

        service.agree()
        assert "GET /orders/{id}" == service.exported.name

    def test_failed(self, service: Any) -> None:
        """An exception is recorded; the status names its type and never its message."""
        with pytest.raises(LookupError), span("charge"):
            raise LookupError("hunter2")
        (event,) = service.exported.events

        service.agree()
        assert (api.StatusCode.ERROR, "LookupError") == (
            service.exported.status.status_code,
            service.exported.status.description,
        )
        assert ("exception", "LookupError") == (event.name, event.attributes["exception.type"])

    def test_failed_without_exception(self, service: Any) -> None:
        """A status that was set counts, with an exception or without."""
        with span("refused") as refused:
            refused.status = "error"
        expected = span("expected")
        expected.status = "ok"
        with pytest.raises(LookupError), expected:
            raise LookupError
        first, second = service.spans

        service.agree()
        assert (api.StatusCode.ERROR, None, 0) == (
            first.status.status_code,
            first.status.description,
            len(first.events),
        )
        assert (api.StatusCode.UNSET, 1) == (second.status.status_code, len(second.events))

    def test_cancelled(self, service: Any) -> None:
        """A cancellation is no failure here either."""
        with pytest.raises(asyncio.CancelledError), span("charge"):
            raise asyncio.CancelledError

        service.agree()
        assert (api.StatusCode.UNSET, ()) == (service.exported.status.status_code, service.exported.events)

    def test_not_sampled(self, unsampled: Any, ids_on: Any) -> None:
        """Lines carry ids and parents of spans that are never exported."""
        with entry("job") as job, span("work") as work:
            unsampled.log.info("here")
        here, end_of_work, end_of_job = unsampled.lines

        assert [] == unsampled.spans
        assert ids_on(here) == ids_on(end_of_work)
        assert (job.trace.span_id, work.trace.span_id) == (here["parent_span_id"], here["span_id"])
        assert ("", work.trace.trace_id) == (ids_on(end_of_job)[2], end_of_job["trace_id"])
        assert {"0"} == {str(int(each["trace_flags"]) & 1) for each in unsampled.lines}

    def test_children_of_theirs_not_sampled(self, unsampled: Any, ids_of: Any) -> None:
        """A span of ours knows its parent where OpenTelemetry doesn't keep it."""
        with unsampled.theirs.start_as_current_span("theirs") as theirs, span("work"):
            unsampled.log.info("here")

        assert ids_of(theirs)[:2] == (unsampled.line["trace_id"], unsampled.line["parent_span_id"])

    def test_tracestate(self, start_service: Any) -> None:
        """What the caller sent goes on to children, and out again."""
        start_service(sampler=ParentBased(ALWAYS_ON))
        ours: dict[str, str] = {}
        theirs: dict[str, str] = {}
        with entry("job", carrier=CARRIER), span("work") as work:
            inject(ours)
            propagate.inject(theirs)

        assert CARRIER["tracestate"] == work.trace.tracestate
        assert ours == theirs
        assert f"00-{TRACE_ID}-{work.trace.span_id}-01" == ours["traceparent"]

    def test_two_chains(self, service: Any, ids_on: Any) -> None:
        """Two chains with such ids share what they know."""
        audit = io.BytesIO()
        second = structlog.wrap_logger(structlog.BytesLogger(audit), preset(ids="otel", stream="audit"), bound_logger())
        with entry("job"):
            second.info("here")

        assert ids_on(service.line) == ids_on(orjson.loads(audit.getvalue()))


class TestEveryTree:
    """Any nesting of ours and theirs."""

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(tree=NODES, sampled=st.booleans())
    def test_agrees(
        self,
        start_service: Any,
        ids_on: Any,
        ids_of: Any,
        boot_ids: Any,
        tree: Any,
        sampled: bool,  # noqa: FBT001 (drawn)
    ) -> None:
        """Every span has its one line, and every line the ids of the span that was active when it was written."""
        made = start_service(sampler=ALWAYS_ON if sampled else ALWAYS_OFF)
        expected: list[tuple[str, ...]] = []

        def grow(nodes: Any) -> None:
            for how, kind, fails, children in nodes:
                with ExitStack() as stack:
                    stack.enter_context(pytest.raises(LookupError) if fails else ExitStack())
                    if how == "theirs":
                        stack.enter_context(
                            made.theirs.start_as_current_span("theirs", kind=api.SpanKind[kind.upper()])
                        )
                    elif how == "span":
                        stack.enter_context(span("span", kind=kind))
                    else:
                        stack.enter_context(entry("entry", kind=kind, carrier=CARRIER if how == "continued" else None))
                    check()
                    grow(children)
                    check()
                    if fails:
                        raise LookupError
            check()

        def check() -> None:
            active = api.get_current_span()
            made.log.info("here")
            expected.append(ids_of(active)[:2] if active is not api.INVALID_SPAN else boot_ids()[:2])

        grow(tree)

        assert expected == [ids_on(each)[:2] for each in made.lines if each["message"] == "here"]
        ended = [each["span_id"] for each in made.lines if each.get("event_name") == "span.end"]
        assert len(ended) == len({*ended})
        if sampled:
            ours = {ids_of(each) for each in made.spans if each.instrumentation_scope.name == "structlog_enrich"}
            every = {ids_of(each) for each in made.spans}
            assert ours <= {ids_on(each) for each in made.lines if each.get("event_name") == "span.end"} <= every
