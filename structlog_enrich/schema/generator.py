"""How the models become JSON Schema; here, because only the schema knows pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

__all__ = ["WireSchema"]


class WireSchema(GenerateJsonSchema):
    """Leave out what the wire doesn't have: null defaults, and titles that only repeat the name."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])
