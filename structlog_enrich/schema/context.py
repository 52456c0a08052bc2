"""What a request or a task is about: the well-known names inside `context`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, model_validator

from structlog_enrich.schema.base import WireModel
from structlog_enrich.schema.classification import INTERNAL, PERSONAL, field
from structlog_enrich.schema.values import Plain

__all__ = ["Context"]


class Context(WireModel):
    """Hold what was bound for this request or task: the names below where they apply, and any others.

    A service may bind its ids as text or as numbers, so readers get a scalar; an object bound under one of these names
    arrives as JSON text.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    request_id: Annotated[Plain, field("The request, as its caller knows it.", INTERNAL, when="when bound")] = None
    user_id: Annotated[Plain, field("Who asked.", PERSONAL, when="when bound")] = None
    tenant_id: Annotated[Plain, field("The customer on whose behalf.", INTERNAL, when="when bound")] = None
    session_id: Annotated[Plain, field("The session, by an id that opens nothing.", PERSONAL, when="when bound")] = None
    client_address: Annotated[Plain, field("Where the request came from.", PERSONAL, when="when bound")] = None
    user_agent: Annotated[Plain, field("The program that sent it.", PERSONAL, when="when bound")] = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.model_fields_set:
            msg = "context must be left out when nothing is bound"
            raise ValueError(msg)
        return self
