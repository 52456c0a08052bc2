"""What every model of the wire has in common."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from structlog_enrich.schema.values import Value

__all__ = ["Maybe", "WireModel"]

T = TypeVar("T")


def _refuse_null(value: T | None) -> T:
    # A default isn't validated, so None comes here only when the line says `null`.
    if value is None:
        msg = "must be left out when there is no value, never null"
        raise ValueError(msg)
    return value


Maybe = Annotated[T | SkipJsonSchema[None], AfterValidator(_refuse_null)]
"""A field that may be absent: None in Python, left out on the wire, where null is an error."""


class WireModel(BaseModel):
    """Hold one JSON object of a line: frozen, nothing coerced, unknown names kept for whoever knows them."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, allow_inf_nan=False)

    __pydantic_extra__: dict[str, Value] = Field(init=False)
