"""What stages before the envelope do that they had better not."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import structlog
from opentelemetry import trace

from structlog_enrich import preset
from structlog_enrich.explaining import explain
from structlog_enrich.processors import JSONRenderer, Redact
from tests.explaining.chains import (
    ENVELOPE,
    ERRORS,
    REDACT,
    RENDERER,
    add_datadogs_ids,
    add_ids,
    add_name,
    add_timestamp,
    chain_with,
    found,
    only,
    rename,
)


class _Tracer:
    def get_log_correlation_context(self) -> dict[str, str]:
        return {}


tracer = _Tracer()


def add_correlation(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Add what Datadog's tracer says."""
    event_dict.update(tracer.get_log_correlation_context())
    return event_dict


def add_open_telemetry_spans(_: Any, __: str, event_dict: Any) -> Any:
    """Add a span's ids, as structlog's documentation does."""
    span = trace.get_current_span()
    if not span.is_recording():
        event_dict["span"] = None
        return event_dict
    context = span.get_span_context()
    event_dict["span"] = {"span_id": format(context.span_id, "016x"), "trace_id": format(context.trace_id, "032x")}
    return event_dict


class TestDuplicateHeader:
    """What the header has needn't be added."""

    @pytest.mark.parametrize(
        ("processor", "field"),
        [
            (structlog.processors.TimeStamper(), "timestamp"),
            (structlog.processors.TimeStamper(key="at"), "timestamp"),
            (structlog.processors.MaybeTimeStamper(), "timestamp"),
            (structlog.processors.add_log_level, "level"),
            (structlog.stdlib.add_log_level, "level"),
            (structlog.stdlib.add_logger_name, "logger"),
            (add_timestamp, "timestamp"),
        ],
        ids=["TimeStamper", "at", "MaybeTimeStamper", "add_log_level", "stdlib", "add_logger_name", "own"],
    )
    def test_duplicate(self, processor: Any, field: str) -> None:
        """Time, level and logger's name are written twice, by whomever."""
        mistake = only(preset(extra=[processor]))

        assert ("duplicate-header", (2,)) == mistake[:2]
        assert f"as {field}:" in mistake.problem

    def test_ids(self) -> None:
        """So are the ids of a trace; the remedy names what takes them from OpenTelemetry."""
        mistakes = explain(preset(extra=[add_ids])).mistakes

        assert ["duplicate-header"] * 2 == [each.rule for each in mistakes]
        assert 'preset(ids="otel")' in mistakes[0].remedy

    def test_ids_of_a_span(self) -> None:
        """So are those that a probe has none of: structlog's documentation shows how to add them."""
        mistake = only(preset(extra=[add_open_telemetry_spans]))

        assert ("duplicate-header", (2,)) == mistake[:2]
        assert 'preset(ids="otel")' in mistake.remedy

    def test_looking_at_a_span(self) -> None:
        """Who only looks whether there is one adds none."""

        def looks(logger: Any, method_name: str, event_dict: Any) -> Any:
            return {**event_dict, "is_sampled": trace.get_current_span().is_recording()}

        assert [] == found(preset(extra=[looks]))

    def test_datadogs_ids(self) -> None:
        """So are Datadog's, which its library puts in front of any chain, and which end where it doesn't look."""
        mistake = only([add_datadogs_ids, *preset()])

        assert ("duplicate-header", (1,)) == mistake[:2]
        assert "DD_LOGS_INJECTION" in mistake.remedy

    def test_datadogs_ids_of_a_span(self) -> None:
        """Neither are those seen that a stage of one's own asks its tracer for."""
        mistake = only(preset(extra=[add_correlation]))

        assert ("duplicate-header", (2,)) == mistake[:2]
        assert "Datadog's ids" in mistake.problem

    @pytest.mark.parametrize("name", ["service", "version", "environment"])
    def test_identity(self, name: str) -> None:
        """So is who logs; the remedy says where to say it."""
        mistake = only(preset(extra=[partial(add_name, name)]))

        assert ("duplicate-header", (2,)) == mistake[:2]
        assert f"preset({name}=…)" in mistake.remedy

    def test_of_a_call(self) -> None:
        """A name that the call itself has is changed and not added, and is no mistake."""
        assert [] == found(preset(extra=[add_timestamp]), probe={"event": "a probe", "timestamp": "then"})

    def test_without_envelope(self) -> None:
        """Where there is no header, nothing is written twice."""
        chain = [structlog.processors.TimeStamper(), structlog.processors.add_log_level, Redact(), JSONRenderer()]

        assert [] == found(chain)


class TestRenamedEvent:
    """The message stays where the envelope looks for it."""

    @pytest.mark.parametrize("processor", [structlog.processors.EventRenamer("msg"), rename], ids=["theirs", "own"])
    def test_before_the_envelope(self, processor: Any) -> None:
        """Renamed before, the line's message is empty."""
        mistake = only(chain_with(ERRORS, processor))

        assert ("renamed-event", (2,)) == mistake[:2]
        assert "message is empty" in mistake.problem

    @pytest.mark.parametrize("place", [REDACT, RENDERER])
    def test_after_the_envelope(self, place: int) -> None:
        """Renamed later, there is nothing to rename, and structlog's renamer fails."""
        mistake = only(chain_with(place, structlog.processors.EventRenamer("msg")))

        assert ("renamed-event", (place + 1,)) == mistake[:2]
        assert "fails" in mistake.problem

    def test_without_envelope(self) -> None:
        """Without an envelope it is what the team wants."""
        chain = [structlog.processors.EventRenamer("msg"), Redact(), JSONRenderer()]

        assert [] == found(chain)


class TestFormattedException:
    """The exception is still there when it is to be described."""

    @pytest.mark.parametrize(
        "processor",
        [
            structlog.processors.format_exc_info,
            structlog.processors.dict_tracebacks,
            structlog.processors.ExceptionRenderer(),
            structlog.processors.ExceptionPrettyPrinter(),
        ],
        ids=["format_exc_info", "dict_tracebacks", "ExceptionRenderer", "ExceptionPrettyPrinter"],
    )
    def test_before(self, processor: Any) -> None:
        """Whoever takes exc_info first leaves nothing to describe."""
        assert [("formatted-exception", (2, 3))] == found(chain_with(ERRORS, processor))
        assert [("formatted-exception", (2, 3))] == found(preset(extra=[processor]))

    def test_name(self) -> None:
        """structlog's own are called as everyone calls them."""
        mistake = only(chain_with(ERRORS, structlog.processors.format_exc_info))

        assert "Take out structlog.processors.format_exc_info." == mistake.remedy

    def test_after(self) -> None:
        """After the description it finds nothing, and does no harm."""
        assert [] == found(chain_with(ENVELOPE, structlog.processors.format_exc_info))
