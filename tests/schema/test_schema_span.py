"""The span and the links of a line."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from structlog_enrich.schema.span import END_ONLY, END_REQUIRED, MAX_LINKS, Links, Span

LATE = {
    "duration_ms": 0.001,
    "status": "error",
    "outcome": "timeout",
    "queue_ms": -2.5,
    "peer": "ledger",
    "previous_span_id": "53995c3f42cd8ad8",
}


class TestSpan:
    """`Span`, whose phase decides what else it says."""

    def test_an_end_may_say_everything(self, span: dict[str, Any]) -> None:
        """At its end a span has a duration, a status and more."""
        attributes = {"http.route": "/", "http.response.status_code": 200}

        read = Span.model_validate(span | LATE | {"attributes": attributes})

        assert ("timeout", attributes) == (read.outcome, read.attributes)

    @pytest.mark.parametrize("name", END_REQUIRED)
    def test_an_end_always_says_how_it_went(self, span: dict[str, Any], name: str) -> None:
        """A span that ends without duration or status is refused, and the message names what is missing."""
        del span[name]

        with pytest.raises(ValidationError, match=f"a span that ends must have {name}"):
            Span.model_validate(span)

    def test_a_start_knows_no_end(self, span: dict[str, Any]) -> None:
        """At its start a span has its name, kind and attempt."""
        start = {name: span[name] for name in ("name", "kind", "attempt")}

        assert "start" == Span.model_validate(start | {"phase": "start"}).phase

    @pytest.mark.parametrize("name", END_ONLY)
    def test_a_start_says_nothing_of_its_end(self, span: dict[str, Any], name: str) -> None:
        """What only an end can know is refused at the start, and the message names it."""
        start = {name: span[name] for name in ("name", "kind", "attempt")}

        with pytest.raises(ValidationError, match=f"a span that starts can't have {name}"):
            Span.model_validate(start | {"phase": "start", name: LATE[name]})

    @pytest.mark.parametrize("duration", [0.0001, -0.001, "1", True, float("inf")])
    def test_a_duration_is_milliseconds_with_three_decimals(self, span: dict[str, Any], duration: object) -> None:
        """A duration has at most three decimals, is a number, and isn't negative."""
        with pytest.raises(ValidationError, match="duration_ms"):
            Span.model_validate(span | {"duration_ms": duration})

    def test_attempts_count_from_one(self, span: dict[str, Any]) -> None:
        """There is no attempt 0."""
        with pytest.raises(ValidationError, match="greater than or equal to 1"):
            Span.model_validate(span | {"attempt": 0})


class TestLinks:
    """`Links`, the spans of other traces."""

    def test_as_many_as_there_may_be(self) -> None:
        """A line carries from 1 to 128 links."""
        link = {"trace_id": "a" * 32, "span_id": "b" * 16}
        links = TypeAdapter(Links)

        assert MAX_LINKS == len(links.validate_python([link] * MAX_LINKS))
        for refused in ([], [link] * (MAX_LINKS + 1)):
            with pytest.raises(ValidationError):
                links.validate_python(refused)
