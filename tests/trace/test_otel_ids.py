"""What an `OtelIds` is, how it ends spans, and what it activates in any order."""

from __future__ import annotations

import copy
import gc
import logging
import pickle
import weakref
from contextvars import copy_context
from typing import Any

import pytest
from opentelemetry import trace as api
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from structlog_enrich import TraceContext, entry, preset, span
from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.otel import OtelIds

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class TestEnd:
    """`end` never fails, and ends once."""

    def test_an_exporter_that_fails(self, service: Any) -> None:
        """What happens behind the span's end doesn't reach the work, and is named on the span's own line."""

        class Failing(SpanProcessor):
            def on_end(self, span: Any) -> None:
                raise RuntimeError

        service.provider.add_span_processor(Failing())
        with span("work"):
            pass
        service.log.info("after")
        end, after = service.lines

        assert ("span.end", "ok") == (end["event_name"], end["span"]["status"])
        assert ["OtelIds:RuntimeError"] == end["faults"]
        assert "faults" not in after

    def test_an_exception_without_text(self, service: Any) -> None:
        """An exception that can't be described still makes the span an error, and ends it."""

        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError

        with pytest.raises(Mute), span("work"):
            raise Mute

        service.agree()
        assert service.exported.status.description.endswith("Mute")

    def test_ended_by_someone_else(self, service: Any, caplog: pytest.LogCaptureFixture) -> None:
        """A span that was ended inside is ended, without complaints."""
        with caplog.at_level(logging.DEBUG), span("work"):
            api.get_current_span().end()
            service.log.info("here")

        assert [] == caplog.records
        service.agree()

    def test_twice(self, service: Any) -> None:
        """Only the first call counts."""
        ids = OtelIds()
        with service.theirs.start_as_current_span("GET", kind=api.SpanKind.SERVER):
            request, work = entry("GET /", kind="server"), span("work")
            for each in (request, work):
                each.start()
                for amount in (1, 2):
                    ids.end(each.trace, {"amount": amount}, failed=False, error=None)

        assert [{"amount": 1}] * 2 == [dict(each.attributes) for each in service.spans]

    def test_nothing_is_kept(self, service: Any) -> None:
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

    def test_no_entry_keeps_the_one_before(self, service: Any) -> None:
        """A consumer that takes one message after another keeps none of them, though it logs nothing in between."""
        kept = []
        for _ in range(100):
            with entry("consume") as one:
                kept.append(weakref.ref(one))
            del one
        gc.collect()

        assert 100 == len(service.spans)
        assert [] == [each for each in kept if each() is not None]

    def test_of_a_trace_that_was_not_started(self, service: Any) -> None:
        """A trace made by hand has nothing to end."""
        OtelIds().end(TraceContext(TRACE_ID, SPAN_ID), {}, failed=True, error=LookupError())

        assert [] == service.spans


class TestActivate:
    """`activate` and `restore`, which take any trace and any order."""

    def test_a_trace_made_by_hand(self, service: Any, ids_on: Any) -> None:
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

    def test_our_own_variable(self, service: Any) -> None:
        """The variable that everyone else reads follows."""
        with entry("job") as job:
            assert job.trace is CURRENT.get()
        assert None is CURRENT.get()

    def test_in_another_context(self, service: Any, caplog: pytest.LogCaptureFixture) -> None:
        """What was activated in one context is put back in another, and nobody complains."""
        job = entry("job")
        job.start()
        copy_context().run(job.activate)
        with caplog.at_level(logging.DEBUG):
            job.end()
            job.deactivate()

        assert [] == caplog.records
        service.agree()


class TestIdentity:
    """What an `OtelIds` is."""

    def test_pickles(self, service: Any, ids_of: Any) -> None:
        """It can be pickled and copied, alone and in a chain, and works where it arrives."""
        for each in (pickle.loads(pickle.dumps(OtelIds())), copy.deepcopy(OtelIds())):
            with service.theirs.start_as_current_span("theirs") as theirs:
                assert ids_of(theirs)[1] == each.current().span_id
        chain = pickle.loads(pickle.dumps(preset(ids="otel")))

        assert "OtelIds()" == repr(chain[2].ids)

    def test_a_trace_pickles(self, service: Any) -> None:
        """Its traces travel without their spans."""
        with span("work") as work:
            assert work.trace == pickle.loads(pickle.dumps(work.trace))

    def test_ids_of_their_own_generator(self, start_service: Any, ids_on: Any) -> None:
        """Ids of a generator of the service's own are the lines' ids."""

        class Counting(RandomIdGenerator):
            def generate_span_id(self) -> int:
                return 7

            def generate_trace_id(self) -> int:
                return 9

        counted = start_service(id_generator=Counting())
        with entry("job"):
            pass

        assert ("0" * 31 + "9", "0" * 15 + "7") == ids_on(counted.line)[:2]
