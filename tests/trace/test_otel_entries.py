"""Where a trace begins with OpenTelemetry: entries of our own, and those that another instrumentation began."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import baggage, propagate
from opentelemetry import context as contexts
from opentelemetry import trace as api

from structlog_enrich import TraceContext, bind_contextvars, entry, span
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import Iterator

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CARRIER = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01", "tracestate": "rojo=00f067aa0ba902b7"}


class TestEntries:
    """`entry()` begins a trace, or goes on with the caller's."""

    def test_carrier(self, service: Any) -> None:
        """The caller's span is the parent, and known to be remote."""
        with entry("job", kind="consumer", carrier=CARRIER):
            service.log.info("here")

        service.agree()
        assert (TRACE_ID, SPAN_ID) == (service.line["trace_id"], service.line["parent_span_id"])
        assert service.exported.parent.is_remote

    def test_no_carrier(self, service: Any, ids_on: Any, ids_of: Any) -> None:
        """It is no child of the active span."""
        with service.theirs.start_as_current_span("theirs") as theirs:
            with entry("job") as job:
                service.log.info("here")
            service.log.info("there")
        here, _, there = service.lines

        service.agree()
        assert (job.trace.trace_id, "") == (here["trace_id"], ids_on(here)[2])
        assert ids_of(theirs) == ids_on(there)
        assert here["trace_id"] != there["trace_id"]

    def test_link(self, service: Any) -> None:
        """A caller that isn't trusted is linked to."""
        with entry("job", carrier=CARRIER, trust="link"):
            pass
        (link,) = service.exported.links

        service.agree()
        assert TRACE_ID != service.line["trace_id"]
        assert (None, int(TRACE_ID, 16)) == (service.exported.parent, link.context.trace_id)

    def test_hostile_tracestate(self, service: Any) -> None:
        """Whatever came along, the entry begins."""
        with entry("job", carrier={**CARRIER, "tracestate": "foo@=1,bar=2"}):
            service.log.info("here")

        service.agree()
        assert TRACE_ID == service.line["trace_id"]

    def test_nested(self, service: Any) -> None:
        """An entry inside one of ours is one of its own, of whatever kind."""
        with entry("outer", kind="server") as outer, entry("inner", kind="server") as inner:
            service.log.info("here")

        service.agree()
        assert outer.trace.trace_id != inner.trace.trace_id
        assert ["inner", "inner", "outer"] == [each["operation"] for each in service.lines]

    def test_a_request(self, service: Any, ids_of: Any) -> None:
        """A request's server span is exported, with the name and the attributes of the line that ends it."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["path_template"] = "/orders/{id}"
            with service.theirs.start_as_current_span("theirs"):
                service.log.info("here")
            await send({"type": "http.response.start", "status": 503})
            await send({"type": "http.response.body"})

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            pass

        headers = [(name.encode(), value.encode()) for name, value in CARRIER.items()]
        scope = {"type": "http", "method": "GET", "path": "/orders/7", "headers": headers}
        asyncio.run(TraceMiddleware(app)(scope, receive, send))
        theirs, request = service.spans

        service.agree()
        assert (TRACE_ID, SPAN_ID) == ids_of(request)[::2][:2]
        assert ids_of(request)[1] == ids_of(theirs)[2]
        assert service.line["span"]["attributes"] == dict(request.attributes)

    def test_baggage_stays(self, service: Any) -> None:
        """What the active context holds besides the span is there inside, too."""
        contexts.attach(baggage.set_baggage("tenant", "t-1"))
        with entry("job", carrier=CARRIER), span("work"):
            inside = baggage.get_baggage("tenant")
        after = baggage.get_baggage("tenant")
        contexts.attach(contexts.Context())

        assert ("t-1", "t-1") == (inside, after)

    def test_what_was_left_attached(self, service: Any, ids_on: Any, boot_ids: Any) -> None:
        """Nothing that someone attached inside and forgot stays after it."""
        with entry("job"):
            contexts.attach(api.set_span_in_context(service.theirs.start_span("forgotten")))
            service.log.info("here")
        service.log.info("after")

        assert "job" == service.lines[0]["operation"]
        assert boot_ids() == ids_on(service.line)

    def test_what_a_span_left_attached(self, service: Any) -> None:
        """Another value attached inside a span of ours, and forgotten, doesn't keep it active."""
        with entry("job") as job, span("work"):
            contexts.attach(baggage.set_baggage("tenant", "t-1"))
        with entry("job") as job:
            with span("work"):
                contexts.attach(baggage.set_baggage("tenant", "t-1"))
            service.log.info("in job")

        assert job.trace.span_id == service.lines[-2]["span_id"]

    def test_bound_names(self, service: Any) -> None:
        """What is bound under another library's span in a thread is on the line that ends the entry."""

        def work() -> None:
            with service.theirs.start_as_current_span("theirs"):
                service.log.info("in theirs")
                bind_contextvars(order_id="o-1")

        with entry("job"):
            thread = threading.Thread(target=copy_context().run, args=(work,))
            thread.start()
            thread.join()

        assert {"order_id": "o-1"} == service.line["context"]


class TestAdopted:
    """A span that another instrumentation started for the entry is the entry's span."""

    @contextmanager
    def instrumented(self, service: Any, kind: str = "SERVER", **carrier: str) -> Iterator[api.Span]:
        """Do as an instrumentation around ours does."""
        before = contexts.get_current()
        context = propagate.extract(carrier)
        with service.theirs.start_as_current_span("GET", context, api.SpanKind[kind]) as outer:
            yield outer

        assert before is contexts.get_current()

    @pytest.mark.parametrize("carrier", [{}, CARRIER], ids=["first", "called"])
    @pytest.mark.parametrize("kind", ["server", "consumer"])
    def test_one_span(self, service: Any, kind: Any, carrier: dict[str, str], ids_on: Any, ids_of: Any) -> None:
        """There is one span and one line that ends it, with the same ids and parent."""
        with self.instrumented(service, kind.upper(), **carrier) as outer:
            with entry("GET /", kind=kind, carrier=carrier, attributes={"http.route": "/"}):
                service.log.info("here")
                with span("work"):
                    pass
            service.log.info("outside")
        here, work, end, outside = service.lines

        assert 2 == len(service.spans)
        assert [ids_of(outer)] * 3 == [ids_on(here), ids_on(end), ids_on(outside)]
        assert here["span_id"] == work["parent_span_id"]
        assert ("GET /", "span.end") == (end["operation"], end["event_name"])
        assert "operation" not in outside
        assert ("GET", "/") == (outer.name, outer.attributes["http.route"])

    def test_who_started_it_ends_it(self, service: Any) -> None:
        """It gets our status and links, and goes on."""
        with self.instrumented(service) as outer:
            with entry("GET /", kind="server", links=[TraceContext("1" * 32, SPAN_ID)]) as request:
                request.status = "error"

            assert outer.is_recording()
            assert [] == service.spans
        assert (api.StatusCode.ERROR, 1) == (outer.status.status_code, len(outer.links))

    def test_exception_recorded_once(self, service: Any) -> None:
        """Who started it records the exception that passes through."""
        with (
            pytest.raises(LookupError),
            self.instrumented(service) as outer,
            entry("GET /", kind="server"),
        ):
            raise LookupError

        assert (1, "error") == (len(outer.events), service.line["span"]["status"])

    @pytest.mark.parametrize("carrier", [{}, CARRIER], ids=["first", "called"])
    def test_not_sampled(self, unsampled: Any, carrier: dict[str, str], ids_on: Any, ids_of: Any) -> None:
        """Whether it is sampled changes nothing: the sampled share of traces stays what it is."""
        with self.instrumented(unsampled, **carrier) as outer, entry("GET /", kind="server", carrier=carrier):
            unsampled.log.info("here")

        assert [ids_of(outer)[:2]] * 2 == [ids_on(each)[:2] for each in unsampled.lines]
        assert {SPAN_ID if carrier else None} == {each.get("parent_span_id") for each in unsampled.lines}

    def test_once(self, service: Any, ids_of: Any) -> None:
        """A second entry under the same span is one of its own, or two lines would end one span."""
        with self.instrumented(service, "CONSUMER") as outer:
            with entry("first", kind="consumer") as first:
                pass
            with entry("second", kind="consumer") as second:
                pass

        assert ids_of(outer)[1] == first.trace.span_id
        assert ids_of(outer)[0] != second.trace.trace_id
        assert 2 == len({each["span_id"] for each in service.lines})

    @pytest.mark.parametrize("kind", ["server", "consumer", "internal"])
    def test_another_kind(self, service: Any, kind: Any, ids_of: Any) -> None:
        """A span of another kind is something else."""
        with self.instrumented(service, "PRODUCER") as outer, entry("job", kind=kind):
            service.log.info("here")

        assert ids_of(outer)[0] != service.line["trace_id"]

    def test_another_trace(self, service: Any) -> None:
        """A carrier that names another trace wins."""
        with self.instrumented(service), entry("GET /", kind="server", carrier=CARRIER):
            service.log.info("here")

        assert (TRACE_ID, SPAN_ID) == (service.line["trace_id"], service.line["parent_span_id"])

    def test_the_caller_itself(self, service: Any, ids_of: Any, remote_span: Any) -> None:
        """A service that calls itself in the same task is called by the active span, and not begun by it."""
        for sampled in (True, False):
            carrier: dict[str, str] = {}
            outer = (
                service.theirs.start_span("GET", kind=api.SpanKind.SERVER) if sampled else remote_span(is_remote=False)
            )
            with api.use_span(outer, end_on_exit=True):
                propagate.inject(carrier)
                with entry("GET /", kind="server", carrier=carrier) as inner:
                    pass

            assert ids_of(outer)[:2] == (inner.trace.trace_id, inner.trace.parent_span_id)
            assert inner.trace.span_id != inner.trace.parent_span_id

    def test_linked_only(self, service: Any) -> None:
        """A caller we don't trust doesn't choose our trace by way of someone who does."""
        with (
            self.instrumented(service, **CARRIER),
            entry("GET /", kind="server", carrier=CARRIER, trust="link"),
        ):
            service.log.info("here")

        assert TRACE_ID != service.lines[0]["trace_id"]
        assert TRACE_ID == service.lines[1]["links"][0]["trace_id"]

    def test_ended(self, service: Any, ids_of: Any) -> None:
        """A span that has ended isn't begun again."""
        with self.instrumented(service) as outer:
            outer.end()
            with entry("GET /", kind="server") as request:
                pass

        assert ids_of(outer)[1] != request.trace.span_id

    @pytest.mark.parametrize("carrier", [{}, CARRIER], ids=["first", "called"])
    def test_a_caller_that_is_only_attached(self, service: Any, carrier: dict[str, str]) -> None:
        """A remote span isn't one that was started here."""
        contexts.attach(propagate.extract(CARRIER))
        with entry("GET /", kind="server", carrier=carrier) as request:
            pass
        contexts.attach(contexts.Context())

        service.agree()
        assert SPAN_ID != request.trace.span_id

    @pytest.mark.parametrize("strange", ["silent", "unhashable"])
    def test_a_strange_span(self, service: Any, strange: str, remote_span: Any) -> None:
        """A span that can't be asked, or can't be kept in mind, is left alone."""

        class Silent(api.NonRecordingSpan):
            def is_recording(self) -> bool:
                raise RuntimeError

        class Unhashable(api.NonRecordingSpan):
            __hash__ = None

        kind = Silent if strange == "silent" else Unhashable
        outer = kind(remote_span(is_remote=False).get_span_context())
        with api.use_span(outer), entry("GET /", kind="server") as request:
            pass

        service.agree()
        assert TRACE_ID != request.trace.trace_id


class TestInTheContextOfAnother:
    """A request that a server begins in the context of the one before it."""

    def test_an_instrumentation_around_it(self, service: Any) -> None:
        """The span that it started for this request is adopted, and what it carries along stays."""
        kept: list[Any] = []
        seen = []

        def request(number: int) -> None:
            with service.theirs.start_as_current_span(
                "GET", kind=api.SpanKind.SERVER, context=api.set_span_in_context(api.INVALID_SPAN)
            ) as theirs:
                contexts.attach(baggage.set_baggage("number", str(number)))
                with entry("GET", kind="server") as ours:
                    bind_contextvars(**{f"n{number}": number})
                    seen.append((ours.trace.span_id, f"{theirs.get_span_context().span_id:016x}"))
                    seen.append((baggage.get_baggage("number"), str(number)))
                    kept.append(copy_context())

        copy_context().run(request, 0)
        kept[0].run(request, 1)

        assert all(one == other for one, other in seen)
        assert [{"n0": 0}, {"n1": 1}] == [line["context"] for line in service.lines]

    def test_without_one(self, service: Any) -> None:
        """It begins a trace of its own, without what the other carried along."""
        kept: list[Any] = []
        seen = []

        def request() -> None:
            with entry("GET", kind="server") as ours:
                seen.append((baggage.get_baggage("user"), ours.trace.parent_span_id))
                contexts.attach(baggage.set_baggage("user", "alice"))
                kept.append(copy_context())

        copy_context().run(request)
        kept[0].run(request)

        assert [(None, None)] * 2 == seen
        assert 2 == len({line["trace_id"] for line in service.lines})
