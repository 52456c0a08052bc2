"""The generated page about the fields of a line."""

from __future__ import annotations

from typing import Any

import pytest

from structlog_enrich.export.data_dictionary import data_dictionary
from structlog_enrich.export.json_schema import line_schema, objects
from structlog_enrich.schema.models import Classification

FACTS = {"description": "A field.", "x-classification": "internal", "x-when": "at times"}


def row_of(part: dict[str, Any], **line: Any) -> str:
    """Return the row of a line's only field, which has the schema *part*."""
    schema = {"description": "A line.", "properties": {"field": FACTS | part}} | line
    return data_dictionary(schema).splitlines()[-1]


class TestDataDictionary:
    """`data_dictionary()`."""

    def test_every_field_has_its_row(self) -> None:
        """The rows of each section are the fields of the object, in order."""
        sections = data_dictionary(line_schema()).split("\n## ")[1:]

        assert [[name, *schema["properties"]] for name, schema in objects(line_schema()).items()] == [
            [section.split("\n")[0], *(row.split("`")[1] for row in section.split("\n") if row.startswith("| `"))]
            for section in sections
        ]

    def test_classifications_are_explained(self) -> None:
        """The page says what each classification asks for."""
        page = data_dictionary(line_schema())

        assert list(Classification) == [name for name in Classification if f"\n- `{name}`: " in page]

    def test_it_ends_its_last_line_once(self) -> None:
        """The page ends as a text file does."""
        page = data_dictionary(line_schema())

        assert page.endswith("|\n")

    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            ({"type": "string"}, "string"),
            ({"type": "string", "pattern": "^a|b$"}, r"string `^a\|b$`"),
            ({"type": "integer", "minimum": 0, "maximum": 9}, "integer ≥ 0"),
            ({"type": ["string", "boolean"]}, "string or boolean"),
            ({"type": "string", "enum": ["a", "b"]}, "`a` `b`"),
            ({"type": "array", "items": {"type": "string"}}, "list of string"),
            ({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 4}, "list (≤ 4) of string"),
            ({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}, "list (2) of string"),
            ({"type": "object", "additionalProperties": {"type": "string"}}, "object of string"),
            ({"type": "object", "additionalProperties": True}, "object"),
        ],
    )
    def test_types(self, part: dict[str, Any], expected: str) -> None:
        """Each kind of schema is named with the limits a reader needs."""
        assert f"| `field` | {expected} | at times | internal | A field. |" == row_of(part)

    def test_objects_are_linked(self) -> None:
        """An object's row leads to its own section."""
        assert "| `span` | [Span](#span) |" in data_dictionary(line_schema())

    def test_what_is_always_there(self) -> None:
        """A required field is always there."""
        assert "| `field` | string | always | internal | A field. |" == row_of({"type": "string"}, required=["field"])

    def test_opentelemetry_names(self) -> None:
        """A field that OpenTelemetry knows says under which name."""
        row = row_of({"type": "string", "x-otel-name": "service.name"})

        assert "| `field` | string | at times | internal | A field. OpenTelemetry: `service.name`. |" == row
