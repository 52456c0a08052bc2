"""The JSON Schema that is generated from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from jsonschema import Draft202012Validator

from structlog_enrich.export.json_schema import definition, json_schema, line_schema, objects, references
from structlog_enrich.schema.fields import FIELDS
from structlog_enrich.schema.models import Classification

if TYPE_CHECKING:
    from collections.abc import Iterator


def parts(schema: object) -> Iterator[dict[str, Any]]:
    """Yield every object inside *schema*, itself included."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(part)


class TestLineSchema:
    """`line_schema()`, the schema as data."""

    def test_it_names_itself(self) -> None:
        """Dialect, identity and title stand first."""
        head = dict(list(line_schema().items())[:4])

        assert ["$schema", "$id", "$comment", "title"] == list(head)
        assert "https://json-schema.org/draft/2020-12/schema" == head["$schema"]
        assert "urn:structlog-enrich:line:1.0" == head["$id"]
        assert "A log line, envelope 1.0" == head["title"]

    def test_its_order_is_that_of_a_line(self) -> None:
        """The properties follow the order in which they are written."""
        assert FIELDS == tuple(line_schema()["properties"])

    def test_every_property_is_described_and_classified(self) -> None:
        """A reader in another language learns the same as a reader of the models."""
        for schema in objects(line_schema()).values():
            for part in schema["properties"].values():
                assert part["description"]
                assert part["x-classification"] in set(Classification)

    def test_it_has_neither_defaults_nor_echoes_of_names(self) -> None:
        """An absent field has no default on the wire, and a property's title would only repeat its name."""
        assert not [part for part in parts(line_schema()["properties"]) if "default" in part or "title" in part]

    def test_it_checks_a_gap_by_itself(self) -> None:
        """The rule between `gap` and `event_name` is part of the schema, not only of the models."""
        rules = {name: line_schema()[name] for name in ("if", "then", "else")}

        assert Draft202012Validator(rules).is_valid({"event_name": "log.gap", "gap": {}})
        assert not Draft202012Validator(rules).is_valid({"event_name": "log.gap"})
        assert not Draft202012Validator(rules).is_valid({"gap": {}})


class TestJsonSchema:
    """`json_schema()`, the schema as text."""

    def test_it_is_the_data(self) -> None:
        """The text decodes to what it was made of."""
        assert line_schema() == orjson.loads(json_schema(line_schema()))

    def test_it_is_indented_and_ends_its_last_line(self) -> None:
        """A person can read it, and a diff of it."""
        assert '{\n  "a": 1\n}\n' == json_schema({"a": 1})

    def test_it_is_always_the_same(self) -> None:
        """Two runs give the same bytes."""
        assert json_schema(line_schema()) == json_schema(line_schema())


class TestObjects:
    """`objects()`, the parts of a schema in reading order."""

    def test_the_line_comes_first_and_each_where_it_is_mentioned(self) -> None:
        """A reader meets each object after the field that holds it."""
        assert ["Line", "Link", "Context", "Error", "Span", "Gap", "Cause", "GroupMember"] == list(
            objects(line_schema())
        )


class TestReferences:
    """`references()` and `definition()`, the names a schema refers to."""

    def test_at_any_depth_in_order(self) -> None:
        """A reference is found inside lists and objects of objects."""
        schema = {"items": {"$ref": "#/$defs/A"}, "additionalProperties": {"items": {"$ref": "#/$defs/B"}}}

        assert ["A", "B"] == list(references(schema))

    def test_a_definition_has_a_plain_name(self) -> None:
        """The name is what stands under `$defs`."""
        assert "A" == definition({"$ref": "#/$defs/A"})
