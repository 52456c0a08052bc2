"""Which trace a line belongs to, and what the library says of its own lines."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from structlog.exceptions import DropEvent

from structlog_enrich import TraceContext, preset, process
from structlog_enrich.processors import Envelope, JSONRenderer
from structlog_enrich.said import SAID, Facts, Said
from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.ids import OwnIds
from tests.processors.envelope.making import SPAN, TRACE, line_of


class TestTrace:
    """Which trace the line belongs to."""

    def test_the_active_one(self, trace: TraceContext) -> None:
        """Ids, parent, flags and operation of the active trace are on every line."""
        line = line_of(preset())

        assert (trace.trace_id, trace.span_id, trace.parent_span_id, trace.trace_flags, trace.operation) == tuple(
            line[name] for name in ("trace_id", "span_id", "parent_span_id", "trace_flags", "operation")
        )

    def test_the_boot_trace(self) -> None:
        """Outside any, the process's own; its span is the boot id."""
        line = line_of(preset())
        state = process.current()

        assert (state.boot_trace_id, state.boot_id, state.boot_id) == (
            line["trace_id"],
            line["span_id"],
            line["boot_id"],
        )
        assert {"parent_span_id", "trace_flags", "operation"}.isdisjoint(line)

    def test_the_least_trace(self) -> None:
        """What a trace doesn't have isn't written."""
        token = CURRENT.set(TraceContext(TRACE.trace_id, TRACE.span_id))
        line = line_of(preset())
        CURRENT.reset(token)

        assert {"parent_span_id", "trace_flags", "operation"}.isdisjoint(line)

    def test_it_comes_and_goes(self, trace: TraceContext) -> None:
        """One chain follows the trace from line to line, in and out."""
        chain, boot = preset(), process.current().boot_trace_id
        ids = []
        for each in (trace, None, TraceContext("1" * 32, "2" * 16), trace, None):
            CURRENT.set(each)
            ids.append(line_of(chain)["trace_id"])

        assert [trace.trace_id, boot, "1" * 32, trace.trace_id, boot] == ids

    def test_several_chains_share_one(self, trace: TraceContext) -> None:
        """Each chain has its own header for the same trace."""
        chains = [preset(service=name, tags={"n": name}) for name in ("one", "two", "one")]

        assert ["one", "two", "one"] == [line_of(chain)["service"] for chain in chains]
        assert {trace.trace_id} == {line_of(chain)["trace_id"] for chain in chains}


class TestOwnLines:
    """Lines of which the library says something besides."""

    def test_only_the_next(self, trace: TraceContext) -> None:
        """What is said is said of one line, and the template that others share knows nothing of it."""
        chain = preset()
        names = []
        for facts in (None, Facts("span.start", SPAN, []), None):
            SAID.set(None if facts is None else Said(facts=facts))
            names.append(line_of(chain).keys() & {"event_name", "span", "links"})

        assert [set(), {"event_name", "span"}, set()] == names
        assert SAID.get() is None

    def test_with_faults(self) -> None:
        """Both are said of the same line."""

        def broken(*_: Any) -> Any:
            raise ValueError

        SAID.set(Said(("before:A",), Facts("span.start", SPAN, [])))
        line = line_of(preset(extra=[broken]), "notalevel")

        assert ("before:A", SPAN) == (line["faults"][0], line["span"])
        assert (3, "Envelope:UnknownLevel") == (len(line["faults"]), line["faults"][2])

    def test_dropped(self) -> None:
        """A line that its logger doesn't want takes what was said of it along."""
        logger = logging.getLogger("tests.quiet")
        logger.setLevel(logging.ERROR)
        SAID.set(Said(facts=Facts("span.start", SPAN, [])))
        with pytest.raises(DropEvent):
            Envelope()(logger, "info", {"event": "x"})

        assert "span" not in line_of(preset())

    def test_another_source_of_ids(self) -> None:
        """It gives the ids, and travels with the stage."""

        class Fixed(OwnIds):
            current = staticmethod(lambda: TRACE)

        line = line_of([Envelope(ids=Fixed()), JSONRenderer()])

        assert (TRACE.trace_id, TRACE.operation) == (line["trace_id"], line["operation"])
