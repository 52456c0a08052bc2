"""Lines and OpenTelemetry's spans, with the same ids."""

from __future__ import annotations

import asyncio
import copy
import gc
import io
import logging
import pickle
import threading
import weakref
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import baggage, propagate
from opentelemetry import context as contexts
from opentelemetry import trace as api
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler

from structlog_enrich import TraceContext, bind_contextvars, bound_logger, current_trace, entry, inject, preset, span
from structlog_enrich import process as own_process
from structlog_enrich.integrations.asgi import TraceMiddleware
from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.otel import OtelIds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CARRIER = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01", "tracestate": "rojo=00f067aa0ba902b7"}
KINDS = ("server", "client", "producer", "consumer", "internal")

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
"""

FORK = """
import io, os, orjson, structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from structlog_enrich import bound_logger, entry, preset, span
trace.set_tracer_provider(TracerProvider())
receive, send = os.pipe()
class Sink:
    accepts_bytes = True
    def info(self, line): os.write(send, line + b"\\n")
structlog.configure(preset(ids="otel"), bound_logger(), logger_factory=Sink)
log = structlog.get_logger()
log.info("outside")
with entry("job"):
    log.info("inside")
    if (pid := os.fork()) == 0:
        log.info("inside")
        with span("work"):
            log.info("deeper")
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
if (pid := os.fork()) == 0:
    log.info("outside")
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
os.close(send)
with open(receive, "rb") as lines:
    print(orjson.dumps([orjson.loads(line) for line in lines]).decode())
"""


class Service:
    """Export spans and write lines, both into memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        self._sink = io.BytesIO()
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False, **options)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        # A process has one provider, set once; each test has its own.
        monkeypatch.setattr(api, "_TRACER_PROVIDER", self.provider)
        self.theirs = self.provider.get_tracer("theirs")
        structlog.configure(preset(ids="otel"), bound_logger(), logger_factory=structlog.BytesLoggerFactory(self._sink))
        self.log = structlog.get_logger()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines written so far."""
        return [orjson.loads(line) for line in self._sink.getvalue().splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        """The line written last."""
        return self.lines[-1]

    @property
    def spans(self) -> list[ReadableSpan]:
        """The spans exported so far."""
        return [*self._exporter.get_finished_spans()]

    @property
    def exported(self) -> ReadableSpan:
        """The one span exported so far."""
        (only,) = self.spans
        return only

    def agree(self) -> None:
        """Assert that each span of ours has exactly one line that ends it, and says the same."""
        ours = [each for each in self.spans if each.instrumentation_scope.name == "structlog_enrich"]
        ended = [each for each in self.lines if each.get("event_name") == "span.end"]

        assert sorted(map(_of_span, ours)) == sorted(map(_of_line, ended))


def _of_span(each: ReadableSpan) -> tuple[str, ...]:
    failed = each.status.status_code is api.StatusCode.ERROR
    return (*ids_of(each), each.name, each.kind.name.lower(), "error" if failed else "ok")


def _of_line(each: dict[str, Any]) -> tuple[str, ...]:
    facts = each["span"]
    return (*ids_on(each), facts["name"], facts["kind"], facts["status"])


def ids_on(line: dict[str, Any]) -> tuple[str, str, str, str]:
    """Return the ids of a line; an absent parent or flags are empty."""
    return line["trace_id"], line["span_id"], line.get("parent_span_id", ""), line.get("trace_flags", "")


def ids_of(span: Any) -> tuple[str, str, str, str]:
    """Return the ids of an OpenTelemetry span, in the same form."""
    found, parent = span.get_span_context(), getattr(span, "parent", None)
    return (
        api.format_trace_id(found.trace_id),
        api.format_span_id(found.span_id),
        "" if parent is None else api.format_span_id(parent.span_id),
        f"{found.trace_flags:02x}",
    )


def boot_ids() -> tuple[str, str, str, str]:
    """Return the ids of a line outside any span."""
    state = own_process.current()
    return state.boot_trace_id, state.boot_id, "", ""


def remote_span(**options: Any) -> api.Span:
    """Return a span that isn't recorded, of fixed ids."""
    given = {"trace_id": int(TRACE_ID, 16), "span_id": int(SPAN_ID, 16), "is_remote": True, **options}
    return api.NonRecordingSpan(api.SpanContext(**given))


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Give each test an empty OpenTelemetry context, and check that it leaves one."""
    contexts.attach(contexts.Context())
    yield
    left = contexts.get_current()
    contexts.attach(contexts.Context())

    assert {} == left


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    """Return a service that samples every span."""
    return Service(monkeypatch)


@pytest.fixture
def unsampled(monkeypatch: pytest.MonkeyPatch) -> Service:
    """Return a service that samples none."""
    return Service(monkeypatch, sampler=ALWAYS_OFF)


@pytest.fixture
def without_sdk(monkeypatch: pytest.MonkeyPatch) -> Service:
    """Return a service that has OpenTelemetry's API and no tracer behind it."""
    made = Service(monkeypatch)
    monkeypatch.setattr(api, "_TRACER_PROVIDER", None)
    return made


class TestMissing:
    """Without opentelemetry-api."""

    def test_says_what_to_install(self, run_python: Callable[..., Any]) -> None:
        """Asking for it raises at once, with the command that helps."""
        program = (
            BLOCKED
            + """
from structlog_enrich import MissingExtraError, preset
try:
    preset(ids="otel")
except MissingExtraError as error:
    print(error, error.package, error.extra, type(error.__cause__).__name__, sep="|")
"""
        )

        assert (
            "preset(ids=\"otel\") needs opentelemetry-api: pip install 'structlog-enrich[otel]'"
            "|opentelemetry-api|otel|ModuleNotFoundError\n"
        ) == run_python(program).stdout

    def test_nobody_else_needs_it(self, run_python: Callable[..., Any]) -> None:
        """Lines and spans with ids of our own work where it can't be imported, and load nothing of it where it can."""
        program = """
import sys
import structlog
from structlog_enrich import entry, preset, span
structlog.configure(preset(service="shop"), logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer))
with entry("job"), span("work"):
    structlog.get_logger().info("done")
print([each for each in sys.modules if each.startswith("opentelemetry")])
"""

        assert ["[]\n", "[]\n"] == [run_python(each + program).stdout for each in ("", BLOCKED)]


class TestLines:
    """Lines take the ids of the active span, whoever started it."""

    def test_of_their_span(self, service: Service) -> None:
        """Ids, parent and flags are those of the span that is active at the time."""
        service.log.info("before")
        with service.theirs.start_as_current_span("outer") as outer:
            service.log.info("outer")
            with service.theirs.start_as_current_span("inner") as inner:
                service.log.info("inner")
            service.log.info("outer again")
        service.log.info("after")

        assert [boot_ids(), ids_of(outer), ids_of(inner), ids_of(outer), boot_ids()] == [*map(ids_on, service.lines)]

    def test_found_once(self, service: Service) -> None:
        """As long as nothing changes, the very same object is found."""
        with service.theirs.start_as_current_span("outer"):
            found = current_trace()

            assert found is not None
            assert all(current_trace() is found for _ in range(3))

    def test_leading_zeros(self, service: Service) -> None:
        """Ids keep their leading zeros."""
        contexts.attach(api.set_span_in_context(remote_span(trace_id=1, span_id=2, trace_flags=api.TraceFlags(1))))
        service.log.info("here")
        contexts.attach(contexts.Context())

        assert ("0" * 31 + "1", "0" * 15 + "2", "", "01") == ids_on(service.line)

    def test_of_a_remote_span(self, service: Service) -> None:
        """What a propagator attached is the active span, before anything starts one."""
        contexts.attach(propagate.extract(CARRIER))
        service.log.info("here")
        found = current_trace()
        contexts.attach(contexts.Context())

        assert (TRACE_ID, SPAN_ID, "", "01") == ids_on(service.line)
        assert CARRIER["tracestate"] == found.tracestate

    def test_of_an_ended_span(self, service: Service) -> None:
        """A span that ended is the active one until another is."""
        with service.theirs.start_as_current_span("outer", end_on_exit=False) as outer:
            outer.end()
            service.log.info("late")

        assert ids_of(outer) == ids_on(service.line)

    def test_of_one_that_is_not_sampled(self, unsampled: Service) -> None:
        """It has ids, and flags that say so."""
        with unsampled.theirs.start_as_current_span("outer") as outer:
            unsampled.log.info("here")

        assert ids_of(outer) == ids_on(unsampled.line)
        assert unsampled.line["trace_flags"] in {"00", "02"}

    @pytest.mark.parametrize("broken", ["no context", "raises", "invalid"])
    def test_of_a_broken_span(self, service: Service, broken: str, validator: Any) -> None:
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

    def test_a_strange_parent(self, service: Service) -> None:
        """A parent that isn't one is left out."""
        for parent in (None, 5, remote_span(), api.INVALID_SPAN_CONTEXT, api.SpanContext(1, 1 << 64, is_remote=False)):
            strange = remote_span()
            strange.parent = parent
            contexts.attach(api.set_span_in_context(strange))
            service.log.info("here")
        contexts.attach(contexts.Context())

        assert [(TRACE_ID, SPAN_ID, "", "00")] * 5 == [*map(ids_on, service.lines)]

    def test_validates(self, service: Service, validator: Any) -> None:
        """Every line obeys the published schema."""
        with entry("job", carrier=CARRIER, attributes={"messaging.message.id": "m-1"}), span("work", start_line=True):
            service.log.info("here")

        assert 4 == len(service.lines)
        for each in service.lines:
            validator.validate(each)


class TestSpans:
    """`span()` and `entry()` start spans of OpenTelemetry."""

    def test_outside_any(self, service: Service) -> None:
        """A span outside any begins a trace, as OpenTelemetry has it."""
        with span("charge") as charge:
            service.log.info("here")

        service.agree()
        assert "" == ids_of(service.exported)[2]
        assert [ids_of(service.exported)] * 2 == [*map(ids_on, service.lines)]
        assert charge.trace.trace_id == service.line["trace_id"]

    @pytest.mark.parametrize("kind", KINDS)
    def test_kind(self, service: Service, kind: Any) -> None:
        """Each kind is OpenTelemetry's of that name."""
        with span("charge", kind=kind):
            pass

        service.agree()
        assert api.SpanKind[kind.upper()] is service.exported.kind

    def test_alternating(self, service: Service) -> None:
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

    def test_attributes(self, service: Service) -> None:
        """All that was set by the end is exported, in types that OpenTelemetry has."""
        with span("charge", attributes={"peer.service": "bank", "gone": None}) as charge:
            charge.set_attributes({"retries": 2, "items": ["a", "b"], "amount": 1 << 70})

        assert {"peer.service": "bank", "retries": 2, "items": ("a", "b"), "amount": str(1 << 70)} == dict(
            service.exported.attributes
        )

    def test_attributes_for_the_sampler(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A sampler decides with what is known at the start: name, kind, attributes and links."""
        seen: list[Any] = []

        class Curious(Sampler):
            def should_sample(self, parent_context: Any, trace_id: int, name: str, *given: Any, **kw: Any) -> Any:
                seen.append((name, *given, *kw.values()))
                return ALWAYS_ON.should_sample(parent_context, trace_id, name, *given, **kw)

            def get_description(self) -> str:
                return "curious"

        Service(monkeypatch, sampler=Curious())
        with span("GET", kind="client", attributes={"url.path": "/health"}, links=[TraceContext(TRACE_ID, SPAN_ID)]):
            pass
        ((name, kind, attributes, links, *_),) = seen

        assert ("GET", api.SpanKind.CLIENT, {"url.path": "/health"}) == (name, kind, attributes)
        assert [int(SPAN_ID, 16)] == [each.context.span_id for each in links]

    def test_links(self, service: Service) -> None:
        """Links of the start and later ones are exported, and stand on the line."""
        with span("batch", links=[TraceContext(TRACE_ID, SPAN_ID, trace_flags="01")]) as batch:
            batch.add_link(TraceContext(TRACE_ID, "1" * 16))

        assert [SPAN_ID, "1" * 16] == [api.format_span_id(each.context.span_id) for each in service.exported.links]
        assert [SPAN_ID, "1" * 16] == [each["span_id"] for each in service.line["links"]]
        assert {True} == {each.context.is_remote for each in service.exported.links}

    def test_name_found_later(self, service: Service) -> None:
        """A closer name is the exported span's, too."""
        with span("GET") as request:
            request.update_name("GET /orders/{id}")

        service.agree()
        assert "GET /orders/{id}" == service.exported.name

    def test_failed(self, service: Service) -> None:
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

    def test_failed_without_exception(self, service: Service) -> None:
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

    def test_cancelled(self, service: Service) -> None:
        """A cancellation is no failure here either."""
        with pytest.raises(asyncio.CancelledError), span("charge"):
            raise asyncio.CancelledError

        service.agree()
        assert (api.StatusCode.UNSET, ()) == (service.exported.status.status_code, service.exported.events)

    def test_not_sampled(self, unsampled: Service) -> None:
        """Lines carry ids and parents of spans that are never exported."""
        with entry("job") as job, span("work") as work:
            unsampled.log.info("here")
        here, end_of_work, end_of_job = unsampled.lines

        assert [] == unsampled.spans
        assert ids_on(here) == ids_on(end_of_work)
        assert (job.trace.span_id, work.trace.span_id) == (here["parent_span_id"], here["span_id"])
        assert ("", work.trace.trace_id) == (ids_on(end_of_job)[2], end_of_job["trace_id"])
        assert {"0"} == {str(int(each["trace_flags"]) & 1) for each in unsampled.lines}

    def test_children_of_theirs_not_sampled(self, unsampled: Service) -> None:
        """A span of ours knows its parent where OpenTelemetry doesn't keep it."""
        with unsampled.theirs.start_as_current_span("theirs") as theirs, span("work"):
            unsampled.log.info("here")

        assert ids_of(theirs)[:2] == (unsampled.line["trace_id"], unsampled.line["parent_span_id"])

    def test_tracestate(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the caller sent goes on to children, and out again."""
        Service(monkeypatch, sampler=ParentBased(ALWAYS_ON))
        ours: dict[str, str] = {}
        theirs: dict[str, str] = {}
        with entry("job", carrier=CARRIER), span("work") as work:
            inject(ours)
            propagate.inject(theirs)

        assert CARRIER["tracestate"] == work.trace.tracestate
        assert ours == theirs
        assert f"00-{TRACE_ID}-{work.trace.span_id}-01" == ours["traceparent"]

    def test_two_chains(self, service: Service) -> None:
        """Two chains with such ids share what they know."""
        audit = io.BytesIO()
        second = structlog.wrap_logger(structlog.BytesLogger(audit), preset(ids="otel", stream="audit"), bound_logger())
        with entry("job"):
            second.info("here")

        assert ids_on(service.line) == ids_on(orjson.loads(audit.getvalue()))


class TestEntries:
    """`entry()` begins a trace, or goes on with the caller's."""

    def test_carrier(self, service: Service) -> None:
        """The caller's span is the parent, and known to be remote."""
        with entry("job", kind="consumer", carrier=CARRIER):
            service.log.info("here")

        service.agree()
        assert (TRACE_ID, SPAN_ID) == (service.line["trace_id"], service.line["parent_span_id"])
        assert service.exported.parent.is_remote

    def test_no_carrier(self, service: Service) -> None:
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

    def test_link(self, service: Service) -> None:
        """A caller that isn't trusted is linked to."""
        with entry("job", carrier=CARRIER, trust="link"):
            pass
        (link,) = service.exported.links

        service.agree()
        assert TRACE_ID != service.line["trace_id"]
        assert (None, int(TRACE_ID, 16)) == (service.exported.parent, link.context.trace_id)

    def test_hostile_tracestate(self, service: Service) -> None:
        """Whatever came along, the entry begins."""
        with entry("job", carrier={**CARRIER, "tracestate": "foo@=1,bar=2"}):
            service.log.info("here")

        service.agree()
        assert TRACE_ID == service.line["trace_id"]

    def test_nested(self, service: Service) -> None:
        """An entry inside one of ours is one of its own, of whatever kind."""
        with entry("outer", kind="server") as outer, entry("inner", kind="server") as inner:
            service.log.info("here")

        service.agree()
        assert outer.trace.trace_id != inner.trace.trace_id
        assert ["inner", "inner", "outer"] == [each["operation"] for each in service.lines]

    def test_a_request(self, service: Service) -> None:
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

    def test_baggage_stays(self, service: Service) -> None:
        """What the active context holds besides the span is there inside, too."""
        contexts.attach(baggage.set_baggage("tenant", "t-1"))
        with entry("job", carrier=CARRIER), span("work"):
            inside = baggage.get_baggage("tenant")
        after = baggage.get_baggage("tenant")
        contexts.attach(contexts.Context())

        assert ("t-1", "t-1") == (inside, after)

    def test_what_was_left_attached(self, service: Service) -> None:
        """Nothing that someone attached inside and forgot stays after it."""
        with entry("job"):
            contexts.attach(api.set_span_in_context(service.theirs.start_span("forgotten")))
            service.log.info("here")
        service.log.info("after")

        assert "job" == service.lines[0]["operation"]
        assert boot_ids() == ids_on(service.line)

    def test_what_a_span_left_attached(self, service: Service) -> None:
        """Another value attached inside a span of ours, and forgotten, doesn't keep it active."""
        with entry("job") as job, span("work"):
            contexts.attach(baggage.set_baggage("tenant", "t-1"))
        with entry("job") as job:
            with span("work"):
                contexts.attach(baggage.set_baggage("tenant", "t-1"))
            service.log.info("in job")

        assert job.trace.span_id == service.lines[-2]["span_id"]

    def test_bound_names(self, service: Service) -> None:
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
    def instrumented(self, service: Service, kind: str = "SERVER", **carrier: str) -> Iterator[api.Span]:
        """Do as an instrumentation around ours does."""
        before = contexts.get_current()
        context = propagate.extract(carrier)
        with service.theirs.start_as_current_span("GET", context, api.SpanKind[kind]) as outer:
            yield outer

        assert before is contexts.get_current()

    @pytest.mark.parametrize("carrier", [{}, CARRIER], ids=["first", "called"])
    @pytest.mark.parametrize("kind", ["server", "consumer"])
    def test_one_span(self, service: Service, kind: Any, carrier: dict[str, str]) -> None:
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

    def test_who_started_it_ends_it(self, service: Service) -> None:
        """It gets our status and links, and goes on."""
        with self.instrumented(service) as outer:
            with entry("GET /", kind="server", links=[TraceContext("1" * 32, SPAN_ID)]) as request:
                request.status = "error"

            assert outer.is_recording()
            assert [] == service.spans
        assert (api.StatusCode.ERROR, 1) == (outer.status.status_code, len(outer.links))

    def test_exception_recorded_once(self, service: Service) -> None:
        """Who started it records the exception that passes through."""
        with (
            pytest.raises(LookupError),
            self.instrumented(service) as outer,
            entry("GET /", kind="server"),
        ):
            raise LookupError

        assert (1, "error") == (len(outer.events), service.line["span"]["status"])

    @pytest.mark.parametrize("carrier", [{}, CARRIER], ids=["first", "called"])
    def test_not_sampled(self, unsampled: Service, carrier: dict[str, str]) -> None:
        """Whether it is sampled changes nothing: the sampled share of traces stays what it is."""
        with self.instrumented(unsampled, **carrier) as outer, entry("GET /", kind="server", carrier=carrier):
            unsampled.log.info("here")

        assert [ids_of(outer)[:2]] * 2 == [ids_on(each)[:2] for each in unsampled.lines]
        assert {SPAN_ID if carrier else None} == {each.get("parent_span_id") for each in unsampled.lines}

    def test_once(self, service: Service) -> None:
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
    def test_another_kind(self, service: Service, kind: Any) -> None:
        """A span of another kind is something else."""
        with self.instrumented(service, "PRODUCER") as outer, entry("job", kind=kind):
            service.log.info("here")

        assert ids_of(outer)[0] != service.line["trace_id"]

    def test_another_trace(self, service: Service) -> None:
        """A carrier that names another trace wins."""
        with self.instrumented(service), entry("GET /", kind="server", carrier=CARRIER):
            service.log.info("here")

        assert (TRACE_ID, SPAN_ID) == (service.line["trace_id"], service.line["parent_span_id"])

    def test_the_caller_itself(self, service: Service) -> None:
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

    def test_linked_only(self, service: Service) -> None:
        """A caller we don't trust doesn't choose our trace by way of someone who does."""
        with (
            self.instrumented(service, **CARRIER),
            entry("GET /", kind="server", carrier=CARRIER, trust="link"),
        ):
            service.log.info("here")

        assert TRACE_ID != service.lines[0]["trace_id"]
        assert TRACE_ID == service.lines[1]["links"][0]["trace_id"]

    def test_ended(self, service: Service) -> None:
        """A span that has ended isn't begun again."""
        with self.instrumented(service) as outer:
            outer.end()
            with entry("GET /", kind="server") as request:
                pass

        assert ids_of(outer)[1] != request.trace.span_id

    @pytest.mark.parametrize("carrier", [{}, CARRIER], ids=["first", "called"])
    def test_a_caller_that_is_only_attached(self, service: Service, carrier: dict[str, str]) -> None:
        """A remote span isn't one that was started here."""
        contexts.attach(propagate.extract(CARRIER))
        with entry("GET /", kind="server", carrier=carrier) as request:
            pass
        contexts.attach(contexts.Context())

        service.agree()
        assert SPAN_ID != request.trace.span_id

    @pytest.mark.parametrize("strange", ["silent", "unhashable"])
    def test_a_strange_span(self, service: Service, strange: str) -> None:
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


class TestWithoutSdk:
    """With OpenTelemetry's API alone, ids are our own."""

    def test_ids(self, without_sdk: Service) -> None:
        """Traces, children and flags are made as with `ids="own"`."""
        with entry("job") as job, span("work") as work:
            without_sdk.log.info("here")
        here, end_of_work, end_of_job = without_sdk.lines

        assert (job.trace.trace_id, work.trace.span_id, job.trace.span_id, "03") == ids_on(here) == ids_on(end_of_work)
        assert (job.trace.trace_id, job.trace.span_id, "", "03") == ids_on(end_of_job)
        assert {"job"} == {each["operation"] for each in without_sdk.lines}

    def test_outside_any(self, without_sdk: Service) -> None:
        """A span outside any is a child of the boot span, like the lines there."""
        with span("work"):
            pass

        assert boot_ids()[:2] == (without_sdk.line["trace_id"], without_sdk.line["parent_span_id"])

    def test_carrier(self, without_sdk: Service) -> None:
        """The caller's trace goes on, through OpenTelemetry's own propagators too."""
        out: dict[str, str] = {}
        with entry("job", carrier=CARRIER) as job:
            propagate.inject(out)

        assert (TRACE_ID, SPAN_ID, "01") == ids_on(without_sdk.line)[::2] + ids_on(without_sdk.line)[3:]
        assert {**CARRIER, "traceparent": f"00-{TRACE_ID}-{job.trace.span_id}-01"} == out

    def test_child_of_what_was_attached(self, without_sdk: Service) -> None:
        """A remote span that a propagator attached is the parent."""
        contexts.attach(propagate.extract(CARRIER))
        with span("work"):
            without_sdk.log.info("here")
        contexts.attach(contexts.Context())

        assert (TRACE_ID, SPAN_ID) == (without_sdk.line["trace_id"], without_sdk.line["parent_span_id"])
        assert SPAN_ID != without_sdk.line["span_id"]

    def test_their_spans_inside(self, without_sdk: Service) -> None:
        """Their tracer makes no span, so our span stays the active one."""
        theirs = api.get_tracer("theirs")
        with entry("job") as job, theirs.start_as_current_span("theirs"):
            without_sdk.log.info("here")

        assert job.trace.span_id == without_sdk.line["span_id"]

    def test_a_provider_set_later(self, without_sdk: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        """From when a provider is there, spans are exported; the chain may be older."""
        with entry("early"):
            pass
        monkeypatch.setattr(api, "_TRACER_PROVIDER", without_sdk.provider)
        with entry("late"):
            pass

        assert ["late"] == [each.name for each in without_sdk.spans]
        assert ids_of(without_sdk.exported) == ids_on(without_sdk.line)

    def test_another_provider(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        """A provider that is replaced, as tests do, is followed by a chain that is older."""
        with entry("first"):
            pass
        monkeypatch.setattr(api, "_TRACER_PROVIDER", TracerProvider(shutdown_on_exit=False))
        with entry("second"):
            pass

        assert "first" == service.exported.name

    def test_switched_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`OTEL_SDK_DISABLED` leaves lines their ids."""
        monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
        disabled = Service(monkeypatch)
        with entry("job") as job:
            disabled.log.info("here")

        assert (job.trace.trace_id, job.trace.span_id, "", "03") == ids_on(disabled.line)

    def test_a_tracer_that_fails(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        """A tracer that raises costs its spans, not the work and not the ids, and is named on the next line."""

        class Failing(SpanProcessor):
            def on_start(self, span: Any, parent_context: Any = None) -> None:
                raise RuntimeError

        service.provider.add_span_processor(Failing())
        with entry("job") as job, span("work"):
            service.log.info("here")

        assert job.trace.span_id == service.line["span_id"] == service.lines[0]["parent_span_id"]
        assert ["OtelIds:RuntimeError"] * 2 == service.lines[0]["faults"]


class TestEnd:
    """`end` never fails, and ends once."""

    def test_an_exporter_that_fails(self, service: Service) -> None:
        """What happens behind the span's end doesn't reach the work, and is named on the next line."""

        class Failing(SpanProcessor):
            def on_end(self, span: Any) -> None:
                raise RuntimeError

        service.provider.add_span_processor(Failing())
        with span("work"):
            pass
        service.log.info("after")
        end, after = service.lines

        assert ("span.end", "ok") == (end["event_name"], end["span"]["status"])
        assert ["OtelIds:RuntimeError"] == after["faults"]

    def test_an_exception_without_text(self, service: Service) -> None:
        """An exception that can't be described still makes the span an error, and ends it."""

        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError

        with pytest.raises(Mute), span("work"):
            raise Mute

        service.agree()
        assert service.exported.status.description.endswith("Mute")

    def test_ended_by_someone_else(self, service: Service, caplog: pytest.LogCaptureFixture) -> None:
        """A span that was ended inside is ended, without complaints."""
        with caplog.at_level(logging.DEBUG), span("work"):
            api.get_current_span().end()
            service.log.info("here")

        assert [] == caplog.records
        service.agree()

    def test_twice(self, service: Service) -> None:
        """Only the first call counts."""
        ids = OtelIds()
        with service.theirs.start_as_current_span("GET", kind=api.SpanKind.SERVER):
            request, work = entry("GET /", kind="server"), span("work")
            for each in (request, work):
                each.start()
                for amount in (1, 2):
                    ids.end(each.trace, {"amount": amount}, failed=False, error=None)

        assert [{"amount": 1}] * 2 == [dict(each.attributes) for each in service.spans]

    def test_nothing_is_kept(self, service: Service) -> None:
        """A span that has ended goes without the help of the garbage collector."""
        gc.disable()
        try:
            with span("work") as work:
                pass
            kept = weakref.ref(work)
            del work
        finally:
            gc.enable()

        assert None is kept()

    def test_of_a_trace_that_was_not_started(self, service: Service) -> None:
        """A trace made by hand has nothing to end."""
        OtelIds().end(TraceContext(TRACE_ID, SPAN_ID), {}, failed=True, error=LookupError())

        assert [] == service.spans


class TestActivate:
    """`activate` and `restore`, which take any trace and any order."""

    def test_a_trace_made_by_hand(self, service: Service) -> None:
        """A trace that OpenTelemetry never saw becomes a span of its that isn't recorded."""
        ids = OtelIds()
        made = TraceContext(TRACE_ID, SPAN_ID, parent_span_id="1" * 16, trace_flags="01", operation="GET /")
        before = ids.activate(made)
        service.log.info("here")
        with span("work"):
            pass
        found = ids.current()
        ids.restore(before)

        assert made is found
        assert (TRACE_ID, SPAN_ID, "1" * 16, "01") == ids_on(service.lines[0])
        assert (SPAN_ID, "GET /") == (service.line["parent_span_id"], service.line["operation"])
        assert ids.current() is None

    def test_our_own_variable(self, service: Service) -> None:
        """The variable that everyone else reads follows."""
        with entry("job") as job:
            assert job.trace is CURRENT.get()
        assert None is CURRENT.get()

    def test_in_another_context(self, service: Service, caplog: pytest.LogCaptureFixture) -> None:
        """What was activated in one context is put back in another, and nobody complains."""
        job = entry("job")
        job.start()
        copy_context().run(job.activate)
        with caplog.at_level(logging.DEBUG):
            job.end()
            job.deactivate()

        assert [] == caplog.records
        service.agree()


class TestContexts:
    """Threads, tasks and generators."""

    def test_threads(self, service: Service) -> None:
        """A copied context has the trace, and what is started in it stays in it."""
        seen: list[TraceContext | None] = []

        def work() -> None:
            with span("work"):
                service.log.info("here")
                seen.append(current_trace())

        with entry("job") as job:
            threads = [threading.Thread(target=copy_context().run, args=(work,)) for _ in range(8)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            service.log.info("in job")

        service.agree()
        assert {job.trace.span_id} == {each.parent_span_id for each in seen}
        assert 8 == len({each.span_id for each in seen})
        assert job.trace.span_id == service.lines[-2]["span_id"]

    def test_a_thread_that_got_their_context_only(self, service: Service) -> None:
        """Where only OpenTelemetry's context was handed on, its span comes with our operation."""

        def work(context: contexts.Context) -> None:
            contexts.attach(context)
            service.log.info("here")
            with service.theirs.start_as_current_span("theirs"):
                service.log.info("in theirs")

        with entry("job") as job:
            thread = threading.Thread(target=work, args=(contexts.get_current(),))
            thread.start()
            thread.join()
        here, in_theirs, _ = service.lines

        assert (job.trace.span_id, job.trace.span_id) == (here["span_id"], in_theirs["parent_span_id"])
        assert {"job"} == {each["operation"] for each in service.lines}

    def test_one_thread_for_many(self, service: Service) -> None:
        """A thread that takes over one context after another takes nothing along."""
        made = []
        for name in ("first", "second"):
            with entry(name):
                made.append(contexts.get_current())
        for context in (*made, contexts.Context(), *made):
            contexts.attach(context)
            service.log.info("here")
        contexts.attach(contexts.Context())

        assert ["first", "second", None, "first", "second"] == [each.get("operation") for each in service.lines[2:]]

    def test_their_span_under_two_entries(self, service: Service) -> None:
        """One span of theirs, made the active one under two entries, has each one's operation."""
        shared = service.theirs.start_span("shared")
        for name in ("first", "second"):
            with entry(name), api.use_span(shared):
                service.log.info("here")
        with api.use_span(shared):
            service.log.info("here")

        assert ["first", "second", None] == [
            each.get("operation") for each in service.lines if each["message"] == "here"
        ]

    def test_tasks(self, service: Service) -> None:
        """Each task has its own, whatever the others do in between."""

        async def handle(number: int) -> tuple[str, set[str]]:
            seen = set()
            async with entry("job", carrier=CARRIER if number % 2 else None) as job:
                for _ in range(3):
                    await asyncio.sleep(0)
                    with service.theirs.start_as_current_span("theirs"):
                        await asyncio.sleep(0)
                        async with span("work"):
                            await asyncio.sleep(0)
                            service.log.info("here", number=number)
                    seen.add(current_trace().span_id)
            return job.trace.span_id, seen

        async def main() -> list[tuple[str, set[str]]]:
            return await asyncio.gather(*map(handle, range(20)))

        for span_id, seen in asyncio.run(main()):
            assert {span_id} == seen
        service.agree()
        of = {each["payload"]["number"]: each["trace_id"] for each in service.lines if "payload" in each}
        assert 11 == len({*of.values()})
        for each in service.lines:
            assert "payload" not in each or of[each["payload"]["number"]] == each["trace_id"]

    def test_generators(self, service: Service) -> None:
        """A generator's span is active while it runs, and not in the code that takes its items."""

        @span("items")
        def items() -> Iterator[int]:
            for number in range(2):
                service.log.info("inside")
                yield number

        with entry("job") as job:
            for _ in items():
                service.log.info("outside")
        inside = {ids_on(each)[1:3] for each in service.lines if each["message"] == "inside"}
        outside = {each["span_id"] for each in service.lines if each["message"] == "outside"}

        service.agree()
        assert [{job.trace.span_id}] * 2 == [outside, {parent for _, parent in inside}]
        assert 1 == len(inside)

    def test_spans_across_items(self, service: Service, caplog: pytest.LogCaptureFixture) -> None:
        """A span that is open inside a generator between two items isn't active outside, and is again inside."""

        @span("items")
        def items() -> Iterator[int]:
            with service.theirs.start_as_current_span("theirs") as theirs, span("ours") as ours:
                for number in range(3):
                    yield number
                    assert ours.trace is current_trace()
            with service.theirs.start_as_current_span("theirs") as theirs:
                yield 3
                assert ids_of(theirs)[1] == current_trace().span_id

        with caplog.at_level(logging.DEBUG), entry("job") as job:
            for _ in items():
                assert job.trace is current_trace()
            assert job.trace is current_trace()

        service.agree()
        assert [] == caplog.records

    def test_an_asynchronous_generator_closed_elsewhere(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        """One that another task closes ends its span, and neither task keeps it."""

        @span("items")
        async def items() -> AsyncIterator[int]:
            try:
                yield 1
                yield 2
            finally:
                service.log.info("closing")

        async def main() -> tuple[Any, ...]:
            made = items()
            await anext(made)

            async def close() -> Any:
                with entry("other") as other:
                    await made.aclose()
                    return current_trace() is other.trace

            return await asyncio.create_task(close()), current_trace()

        with caplog.at_level(logging.DEBUG, logger="opentelemetry"):
            found = asyncio.run(main())

        service.agree()
        assert (True, None) == found
        assert [] == caplog.records

    def test_fork(self, run_python: Callable[..., Any]) -> None:
        """A child goes on with the span it was born in; outside any it has a boot trace of its own."""
        outside, inside, *child, end, childs_outside = orjson.loads(run_python(FORK).stdout)
        childs_inside, deeper, _ = child

        assert ids_on(inside) == ids_on(childs_inside) == ids_on(end)
        assert inside["span_id"] == deeper["parent_span_id"]
        assert 1 == len({each["trace_id"] for each in (inside, *child, end)})
        assert 3 == len({each["boot_id"] for each in (inside, deeper, childs_outside)})
        assert [outside["boot_id"], childs_outside["boot_id"]] == [outside["span_id"], childs_outside["span_id"]]
        assert outside["trace_id"] != childs_outside["trace_id"]


class TestIdentity:
    """What an `OtelIds` is."""

    def test_pickles(self, service: Service) -> None:
        """It can be pickled and copied, alone and in a chain, and works where it arrives."""
        for each in (pickle.loads(pickle.dumps(OtelIds())), copy.deepcopy(OtelIds())):
            with service.theirs.start_as_current_span("theirs") as theirs:
                assert ids_of(theirs)[1] == each.current().span_id
        chain = pickle.loads(pickle.dumps(preset(ids="otel")))

        assert "OtelIds()" == repr(chain[2].ids)

    def test_a_trace_pickles(self, service: Service) -> None:
        """Its traces travel without their spans."""
        with span("work") as work:
            assert work.trace == pickle.loads(pickle.dumps(work.trace))

    def test_ids_of_their_own_generator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ids of a generator of the service's own are the lines' ids."""

        class Counting(RandomIdGenerator):
            def generate_span_id(self) -> int:
                return 7

            def generate_trace_id(self) -> int:
                return 9

        counted = Service(monkeypatch, id_generator=Counting())
        with entry("job"):
            pass

        assert ("0" * 31 + "9", "0" * 15 + "7") == ids_on(counted.line)[:2]


HOW = ("span", "entry", "continued", "theirs")
NODES = st.recursive(
    st.just(()),
    lambda children: st.lists(
        st.tuples(st.sampled_from(HOW), st.sampled_from(KINDS), st.booleans(), children),
        max_size=3,
    ),
    max_leaves=8,
)


class TestEveryTree:
    """Any nesting of ours and theirs."""

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(tree=NODES, sampled=st.booleans())
    def test_agrees(self, monkeypatch: pytest.MonkeyPatch, tree: Any, sampled: bool) -> None:  # noqa: FBT001 (drawn)
        """Every span has its one line, and every line the ids of the span that was active when it was written."""
        made = Service(monkeypatch, sampler=ALWAYS_ON if sampled else ALWAYS_OFF)
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
