"""The line as a whole."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from structlog_enrich.schema.fields import FIELDS
from structlog_enrich.schema.models import Gap, Line, Link


class TestLine:
    """`Line`, one log line."""

    def test_the_example(self, example: bytes) -> None:
        """The example of the wire format is read as it is written, line end included."""
        line = Line.model_validate_json(example)

        assert ("info", 18) == (line.level, line.seq)
        assert "u-4211" == getattr(line.context, "user_id", None)
        assert 129.95 == (line.payload or {})["amount"]

    def test_it_is_written_as_it_was_read(self, example: bytes) -> None:
        """Reading and writing loses and adds nothing."""
        written = Line.model_validate_json(example).model_dump_json(exclude_unset=True)

        assert example.decode().removesuffix("\n") == written

    def test_the_example_is_in_order(self, line: dict[str, Any]) -> None:
        """The example has the order of the table."""
        assert [name for name in FIELDS if name in line] == list(line)

    def test_unknown_fields_are_kept(self, line: dict[str, Any]) -> None:
        """A field of a later minor version disturbs nobody."""
        read = Line.model_validate(line | {"schema_version": "1.7", "tide": {"height": 2.5}})

        assert {"tide": {"height": 2.5}} == read.model_extra

    def test_unknown_fields_are_still_json(self, line: dict[str, Any]) -> None:
        """A field nobody knows keeps the rules for values."""
        for refused in (float("nan"), [2**63]):
            with pytest.raises(ValidationError, match="must be a"):
                Line.model_validate(line | {"tide": refused})

    def test_it_is_frozen(self, line: dict[str, Any]) -> None:
        """What was read is a record, not a draft."""
        read = Line.model_validate(line)

        with pytest.raises(ValidationError, match="frozen"):
            read.level = "debug"

    @pytest.mark.parametrize("name", [name for name, fact in Line.model_fields.items() if fact.is_required()])
    def test_what_is_always_there(self, line: dict[str, Any], name: str) -> None:
        """A line without one of the fields that are always there is refused."""
        del line[name]

        with pytest.raises(ValidationError, match=rf"{name}\n  Field required"):
            Line.model_validate_json(orjson.dumps(line))

    @pytest.mark.parametrize("name", [name for name, fact in Line.model_fields.items() if not fact.is_required()])
    def test_nothing_is_null(self, line: dict[str, Any], name: str) -> None:
        """A field without a value is left out."""
        with pytest.raises(ValidationError, match=name):
            Line.model_validate_json(orjson.dumps(line | {name: None}))

    @pytest.mark.parametrize(
        "name",
        [
            "links",
            "feature_flags",
            "tags",
            "extensions",
            "baggage",
            "context",
            "payload",
            "redacted",
            "truncated",
            "faults",
        ],
    )
    def test_nothing_is_empty(self, line: dict[str, Any], span: dict[str, Any], name: str) -> None:
        """An object or list with nothing in it is left out."""
        empty: object = [] if name in {"links", "redacted", "truncated", "faults"} else {}

        with pytest.raises(ValidationError, match=name):
            Line.model_validate(line | {"span": span, name: empty})

    def test_a_gap_is_named(self, line: dict[str, Any], gap: dict[str, Any]) -> None:
        """A gap belongs to `log.gap`, and `log.gap` has a gap."""
        assert Gap.model_validate(gap) == Line.model_validate(line | {"event_name": "log.gap", "gap": gap}).gap
        for refused in ({"event_name": "log.gap"}, {"gap": gap}, {"event_name": "log.start", "gap": gap}):
            with pytest.raises(ValidationError, match=r"gap belongs to lines whose event_name is log\.gap"):
                Line.model_validate(line | refused)

    def test_links_need_a_span(self, line: dict[str, Any], span: dict[str, Any]) -> None:
        """Only a line that starts or ends a span has links."""
        links = [{"trace_id": "a" * 32, "span_id": "b" * 16}]

        assert [Link.model_validate(links[0])] == Line.model_validate(line | {"links": links, "span": span}).links
        with pytest.raises(ValidationError, match="links belong to lines with a span"):
            Line.model_validate(line | {"links": links})
