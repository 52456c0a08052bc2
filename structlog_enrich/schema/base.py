"""What every model of the wire has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from structlog_enrich.schema.values import renderable

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["Maybe", "WireModel"]

T = TypeVar("T")


class _NeverNull:
    """Take None for the default, which pydantic doesn't validate, and refuse it as a value."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        nullable: Any = handler(source)
        inner: CoreSchema = nullable["schema"]
        return inner


Maybe = Annotated[T | None, _NeverNull()]
"""A field that may be absent: None in Python, left out on the wire, where null is an error."""


class WireModel(BaseModel):
    """Hold one JSON object of a line: frozen, nothing coerced, unknown names kept for whoever knows them."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _unknown_but_renderable(self) -> Self:
        renderable(self.model_extra)
        return self
