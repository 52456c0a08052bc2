"""`reset` leaves nothing of one test to the next."""

from __future__ import annotations

import gc
import io
import logging
import sys
from typing import TYPE_CHECKING

import structlog

from structlog_enrich import bind_contextvars, current_trace, entry, preset, process, span
from structlog_enrich.said import SAID, report_fault
from structlog_enrich.setup import configure
from structlog_enrich.testing import captured_lines, reset
from structlog_enrich.trace.abandoned import LATE
from structlog_enrich.trace.activation import ACTIVE
from structlog_enrich.trace.seen import SEEN

if TYPE_CHECKING:
    from collections.abc import Iterator


class TestReset:
    """All that is global."""

    def test_configuration(self) -> None:
        """structlog has its defaults."""
        structlog.configure(processors=preset(), cache_logger_on_first_use=True)
        reset()

        assert not structlog.is_configured()
        assert not structlog.get_config()["cache_logger_on_first_use"]

    def test_what_configure_set_up(self) -> None:
        """Hooks and bridge are gone, and configuring in the same way sets up anew."""
        hook, call_handlers = sys.excepthook, logging.Logger.callHandlers
        sink = io.BytesIO()
        one = configure(service="shop", sink=sink)
        assert hook is not sys.excepthook
        reset()

        assert (hook, call_handlers) == (sys.excepthook, logging.Logger.callHandlers)
        with configure(service="shop", sink=sink) as other:
            assert one is not other

    def test_what_configure_set_up_with_a_sink_that_is_closed(self) -> None:
        """The last line can't be written then, and all is undone nevertheless."""
        hook, call_handlers = sys.excepthook, logging.Logger.callHandlers
        sink = io.BytesIO()
        one = configure(service="shop", sink=sink)
        sink.close()
        reset()

        assert (hook, call_handlers) == (sys.excepthook, logging.Logger.callHandlers)
        assert not structlog.is_configured()
        with configure(service="shop", sink=io.BytesIO()) as other:
            assert one is not other

    def test_context(self) -> None:
        """Nothing is bound, by whomever it was."""
        bind_contextvars(user_id="u-1")
        structlog.contextvars.bind_contextvars(request_id="r-1")
        reset()

        assert {} == structlog.contextvars.get_contextvars()
        with captured_lines() as lines:
            structlog.get_logger().info("paid")
        assert "context" not in lines.line()

    def test_spans(self) -> None:
        """No span is active, and one that was never ended bothers nobody."""
        lost = entry("POST /orders")
        lost.start()
        lost.activate()
        bind_contextvars(user_id="u-1")
        reset()

        assert (None, (), None) == (current_trace(), ACTIVE.get(), SEEN.get())
        with captured_lines() as lines, span("next"):
            pass
        assert process.current().boot_id == lines.line("next")["parent_span_id"]

    def test_faults(self) -> None:
        """What was said of a line that never came isn't said of another."""
        report_fault("Stage", "Broken")
        reset()

        assert SAID.get() is None
        with captured_lines() as lines:
            structlog.get_logger().info("paid")
        assert "faults" not in lines.line()

    def test_spans_to_be_ended_late(self) -> None:
        """A span whose generator the collector closed writes its line in no other test."""

        @span("stream")
        def stream(held: list[object]) -> Iterator[object]:
            yield held

        held: list[object] = []
        held.append(stream(held))
        next(held[0])  # type: ignore[call-overload]
        del held
        gc.collect()
        assert 1 == len(LATE)
        reset()

        assert 0 == len(LATE)
        with captured_lines() as lines, span("next"):
            pass
        assert "next" == lines.line()["message"]

    def test_process(self) -> None:
        """The process has new ids and counts from 0, and a chain made before follows."""
        chain = preset()
        before = process.current()
        with captured_lines(chain):
            structlog.get_logger().info("paid")
        reset()
        with captured_lines(chain) as lines:
            structlog.get_logger().info("paid")

        assert before.boot_id != lines.line()["boot_id"]
        assert 0 == lines.line()["seq"]

    def test_a_process_that_has_none_yet_gets_none(self) -> None:
        """Resetting twice, or at the very start, is as good."""
        before = process.state
        process.state = None
        try:
            reset()
            reset()
            assert process.state is None
        finally:
            process.state = before
