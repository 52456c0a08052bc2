"""The data dictionary: a page that says what each field means and who may read it."""

from __future__ import annotations

from typing import Any, Final

from structlog_enrich.export.json_schema import definition, objects
from structlog_enrich.schema.classification import MEANINGS

__all__ = ["data_dictionary"]

_PREAMBLE: Final = """\
<!-- Generated from the models by `python -m structlog_enrich.export`; change those, not this page. -->

# Data dictionary

What a log line may hold, in the order it is written. A field that has nothing to say is left out; none is ever null.
Readers ignore names they don't know.

Each field has a classification, which tells whoever stores lines how to treat it:
"""

_HEAD: Final = """\
| field | type | present | classification | meaning |
| --- | --- | --- | --- | --- |
"""


def data_dictionary(schema: dict[str, Any]) -> str:
    """Return the page as Markdown.

    Args:
        schema: What `line_schema()` returns.
    """
    classes = "".join(f"- `{name}`: {meaning}\n" for name, meaning in MEANINGS.items())
    sections = [_section(name, part) for name, part in objects(schema).items()]
    return "\n".join([_PREAMBLE, classes, *sections])


def _section(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = "".join(_row(field, part, required=field in required) for field, part in schema["properties"].items())
    return f"## {name}\n\n{schema['description']}\n\n{_HEAD}{rows}"


def _row(field: str, schema: dict[str, Any], *, required: bool) -> str:
    present = "always" if required else schema["x-when"]
    meaning = schema["description"]
    if "x-otel-name" in schema:
        meaning += f" OpenTelemetry: `{schema['x-otel-name']}`."
    return f"| `{field}` | {_type(schema)} | {present} | {schema['x-classification']} | {meaning} |\n"


def _type(schema: dict[str, Any]) -> str:
    match schema:
        case {"$ref": _}:
            name = definition(schema)
            return f"[{name}](#{name.lower()})"
        case {"enum": values}:
            return " ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            return f"list{_size(schema)} of {_type(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"object of {_type(values)}"
    names = schema["type"]
    return " or ".join([names] if isinstance(names, str) else names) + _rule(schema)


def _size(schema: dict[str, Any]) -> str:
    if "maxItems" not in schema:
        return ""
    exact = schema["maxItems"] == schema.get("minItems")
    return f" ({'' if exact else '≤ '}{schema['maxItems']})"


def _rule(schema: dict[str, Any]) -> str:
    if "pattern" in schema:
        # A bar would end the table's cell, even in code.
        return f" `{schema['pattern']}`".replace("|", r"\|")
    return f" ≥ {schema['minimum']}" if "minimum" in schema else ""
