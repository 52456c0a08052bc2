"""Which span is the active one, and how the others come back."""

from __future__ import annotations

from contextvars import Context
from typing import Any

import pytest

from structlog_enrich import Span, SpanError, TraceContext, current_trace, entry, span


class TestActivation:
    """Which span is the active one."""

    def test_by_hand(self, written: Any) -> None:
        """A span that is started isn't active before it is activated, and not after it is deactivated."""
        one = span("x")
        one.start()
        seen = [current_trace()]
        one.activate()
        seen.append(current_trace())
        one.deactivate()
        seen.append(current_trace())
        one.end()

        assert [None, one.trace, None] == seen
        assert ["x"] == written.messages()

    def test_only_once(self) -> None:
        """It can't start twice, nor decorate once it has started."""
        one = span("charge card")
        with one:
            pass
        for again in (one.start, one.__enter__, lambda: one(len)):
            with pytest.raises(SpanError, match="span 'charge card' has started already"):
                again()

    @pytest.mark.usefixtures("written")
    def test_exits_in_the_wrong_order(self) -> None:
        """A span that ends takes along what began within it; nothing that has ended becomes active again."""
        before, first, second = span("before"), span("first"), span("second")
        with before:
            first.__enter__()
            second.__enter__()
            first.__exit__(None, None, None)
            assert before.trace is current_trace()
            second.__exit__(None, None, None)
            assert before.trace is current_trace()

    def test_suspended(self, written: Any) -> None:
        """What was active within it is so again when it is activated again; suspending it elsewhere does nothing."""
        one, inner = span("one"), span("inner")
        one.start()
        one.suspend()
        one.activate()
        inner.__enter__()
        one.suspend()
        one.suspend()
        seen = [current_trace()]
        one.activate()
        seen.append(current_trace())
        inner.__exit__(None, None, None)
        seen.append(current_trace())
        one.deactivate()
        one.end()

        assert [None, inner.trace, one.trace] == seen
        assert ["inner", "one"] == written.messages()

    @pytest.mark.usefixtures("written")
    def test_never_deactivated(self) -> None:
        """What was left active inside goes with the span around it."""
        with span("outer"):
            left = span("left")
            left.start()
            left.activate()

        assert None is current_trace()

    @pytest.mark.parametrize("begin", [span, entry])
    @pytest.mark.usefixtures("written")
    def test_exit_in_another_context(self, begin: Any) -> None:
        """Where it was never active its exit changes nothing, and raises nothing; in a copy it is restored there."""

        def foreign(one: Span) -> TraceContext | None:
            with span("theirs") as theirs:
                one.__exit__(None, None, None)
                assert theirs.trace is current_trace()
            return current_trace()

        def copied(one: Span) -> TraceContext | None:
            one.__exit__(None, None, None)
            return current_trace()

        one, two = begin("one"), begin("two")
        Context().run(foreign, Context().run(one.__enter__))
        context = Context()
        context.run(two.__enter__)

        assert None is context.copy().run(copied, two)
        assert two.trace is context.run(current_trace)

    @pytest.mark.parametrize("begin", [span, entry])
    def test_an_interrupt_while_the_line_is_written(self, begin: Any, written: Any) -> None:
        """Even then the span is left."""

        def interrupted(_logger: Any, _name: str, _event: Any) -> Any:
            raise KeyboardInterrupt

        written.configure(extra=[interrupted])
        with pytest.raises(KeyboardInterrupt), begin("x"):
            pass

        assert None is current_trace()

    def test_repr(self) -> None:
        """It names the span and no data."""
        assert "<Span('x', kind='client')>" == repr(span("x", kind="client", attributes={"password": "hunter2"}))
