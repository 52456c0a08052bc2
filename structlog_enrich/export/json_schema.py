"""The JSON Schema of a line, for readers in any language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from structlog_enrich.schema.fields import SCHEMA_VERSION
from structlog_enrich.schema.generator import WireSchema
from structlog_enrich.schema.models import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["definition", "json_schema", "line_schema", "objects", "references"]

_HEAD: Final = {
    "$schema": WireSchema.schema_dialect,
    "$id": f"urn:structlog-enrich:line:{SCHEMA_VERSION}",
    "$comment": (
        "A valid line also keeps what JSON Schema can't say: its timestamp is a date that exists, its integers are "
        "written without a fraction and fit 64 bits, duration_ms has at most three decimals, and no range of a gap "
        "ends before it starts."
    ),
    "title": f"A log line, envelope {SCHEMA_VERSION}",
}


def line_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that the models stand for."""
    schema = Line.model_json_schema(schema_generator=WireSchema)
    definitions = schema.pop("$defs")
    return _HEAD | {name: part for name, part in schema.items() if name not in _HEAD} | {"$defs": definitions}


def json_schema(schema: dict[str, Any]) -> str:
    """Return *schema* as the text that is published: indented, in the order of the models.

    Args:
        schema: What `line_schema()` returns.
    """
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def objects(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return every object of *schema* by name, in reading order: the line, then each where it is first mentioned.

    Args:
        schema: What `line_schema()` returns.
    """
    found = {"Line": schema}
    waiting = list(references(schema["properties"]))
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = schema["$defs"][name]
            waiting.extend(references(found[name]["properties"]))
    return found


def references(schema: object) -> Iterator[str]:
    """Yield the name of every definition that *schema* refers to, in order.

    Args:
        schema: Any part of a JSON Schema.
    """
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield definition(schema)
        for part in schema.values():
            yield from references(part)


def definition(schema: dict[str, Any]) -> str:
    """Return the name of the definition that *schema* refers to.

    Args:
        schema: A JSON Schema with `$ref`.
    """
    name: str = schema["$ref"].removeprefix("#/$defs/")
    return name
