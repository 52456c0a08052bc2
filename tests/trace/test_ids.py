"""Where a line's ids come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from structlog_enrich import TraceContext, entry, process, span
from structlog_enrich.trace.context import CURRENT, Remote
from structlog_enrich.trace.ids import NEW_FLAGS, OWN, IdSource, OwnIds

if TYPE_CHECKING:
    import pytest

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def begun(one: Any) -> TraceContext:
    """Return the ids that a span starts with."""
    one.start()
    trace: TraceContext = one.trace
    return trace


class TestOwnIds:
    """`OwnIds`, random ones."""

    def test_well_formed(self) -> None:
        """They are what W3C asks for, and no two are the same."""
        traces = [begun(entry("x")) for _ in range(200)]

        assert all(re.fullmatch("[0-9a-f]{32}", each.trace_id) for each in traces)
        assert all(re.fullmatch("[0-9a-f]{16}", each.span_id) for each in traces)
        assert 200 == len({each.trace_id for each in traces}) == len({each.span_id for each in traces})

    def test_never_all_zero(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Zeros are drawn again."""
        drawn = [bytes(16), bytes([1]) * 16, bytes(8), bytes(8), bytes([2]) * 8]
        monkeypatch.setattr("os.urandom", lambda _length: drawn.pop(0))
        trace = begun(entry("x"))

        assert ("01" * 16, "02" * 8) == (trace.trace_id, trace.span_id)

    def test_where_a_span_begins(self) -> None:
        """At the remote span, at nothing, at the current one, at the boot span: in this order."""
        remote = Remote(TRACE_ID, SPAN_ID, "00", "a=1")
        state = process.current()
        continued = entry("x", carrier={"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-00", "tracestate": "a=1"})
        inside = TraceContext(TRACE_ID, "1" * 16, trace_flags="00", tracestate="b=2", operation="job")

        assert (remote.trace_id, remote.span_id, "00", "a=1", "x") == (
            (trace := begun(continued)).trace_id,
            trace.parent_span_id,
            trace.trace_flags,
            trace.tracestate,
            trace.operation,
        )
        assert (state.boot_trace_id, state.boot_id, NEW_FLAGS, None) == (
            (trace := begun(span("x"))).trace_id,
            trace.parent_span_id,
            trace.trace_flags,
            trace.operation,
        )
        before = OWN.activate(inside)
        child, new = begun(span("x")), begun(entry("y"))
        OWN.restore(before)
        assert (TRACE_ID, "1" * 16, "00", "b=2", "job") == (
            child.trace_id,
            child.parent_span_id,
            child.trace_flags,
            child.tracestate,
            child.operation,
        )
        assert (None, NEW_FLAGS, None, "y") == (new.parent_span_id, new.trace_flags, new.tracestate, new.operation)
        assert None is CURRENT.get()

    def test_another_source(self) -> None:
        """What gives ids can be told from what doesn't."""
        assert isinstance(OwnIds(), IdSource)
        assert not isinstance((1, 2), IdSource)
        assert "OwnIds()" == repr(OWN)
