"""The schema of a log line: its names, its models and what is published of them.

- `structlog_enrich.schema.fields`: the plain names, for code that must not pay for pydantic.
- `structlog_enrich.schema.models`: the pydantic models, the one executable source of the wire format.
- `structlog_enrich.schema.typed`: the same as `TypedDict`s, for readers that only check types.
- `json_schema()`: the same as JSON Schema, for readers in any language.

This module is on the import path of the plain names, so it imports neither pydantic nor the models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from structlog_enrich.schema.fields import SCHEMA_VERSION

if TYPE_CHECKING:
    from typing import Any

__all__ = ["json_schema"]


def json_schema() -> dict[str, Any]:
    """Return the published JSON Schema (draft 2020-12) of a line.

    It is read from the package's data at each call, so a caller may change what it gets.

    >>> json_schema()["$id"]
    'urn:structlog-enrich:line:1.0'
    """
    from importlib.resources import files  # noqa: PLC0415 (costs an import that only this function needs)

    text = files(__name__).joinpath(f"line-{SCHEMA_VERSION}.schema.json").read_bytes()
    schema: dict[str, Any] = orjson.loads(text)
    return schema
