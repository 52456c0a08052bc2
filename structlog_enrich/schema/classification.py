"""How sensitive a field is, and how a model says so."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pydantic import Field

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["INTERNAL", "MEANINGS", "PERSONAL", "PUBLIC", "SECRET", "Classification", "field"]


class Classification(StrEnum):
    """Say who may read a value."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SECRET = "secret"  # noqa: S105 (the name of a class of values, not a value of it)


PUBLIC: Final = Classification.PUBLIC
INTERNAL: Final = Classification.INTERNAL
PERSONAL: Final = Classification.PERSONAL
SECRET: Final = Classification.SECRET

MEANINGS: Final = {
    PUBLIC: "Anyone may read it.",
    INTERNAL: "For the organization that runs the service.",
    PERSONAL: "About a person, or able to quote such data: access, retention and deletion follow privacy law.",
    SECRET: "Gives access to something. No field of the envelope is secret: a secret is masked before it is written.",
}
"""What each classification asks of whoever stores a line, mildest first."""


def field(meaning: str, classification: Classification, *, when: str = "", otel_name: str = "") -> FieldInfo:
    """Describe one field of a model, for `Annotated`.

    Args:
        meaning: What the value says, in a sentence or two.
        classification: Who may read it.
        when: When the field is there; empty for a field that always is.
        otel_name: The name OpenTelemetry gives the same fact, if it gives one.
    """
    facts = {"x-classification": classification.value, "x-when": when, "x-otel-name": otel_name}
    described: FieldInfo = Field(
        description=meaning, json_schema_extra={name: fact for name, fact in facts.items() if fact}
    )
    return described
