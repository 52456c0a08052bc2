"""Lines that were lost, told in the stream that lost them."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from structlog_enrich.schema.base import WireModel
from structlog_enrich.schema.classification import INTERNAL, field
from structlog_enrich.schema.values import Count, Level, Ordinal, SpanId, Text

__all__ = ["MAX_RANGES", "Gap"]

MAX_RANGES: Final = 64
"""How many ranges one gap lists."""


def _ascending(pair: list[int]) -> list[int]:
    first, last = pair
    if first > last:
        msg = "a range must not end before it starts"
        raise ValueError(msg)
    return pair


_Range = Annotated[list[Count], Field(min_length=2, max_length=2), AfterValidator(_ascending)]


class Gap(WireModel):
    """Say how many lines were lost, which, and why."""

    reason: Annotated[Text, field("Why they were lost.", INTERNAL)]
    count: Annotated[Ordinal, field("How many were lost.", INTERNAL)]
    levels: Annotated[dict[Level, Count], field("How many of each level.", INTERNAL)]
    ranges: Annotated[
        Annotated[list[_Range], Field(max_length=MAX_RANGES)],
        field("First and last `seq` of each run of lost lines.", INTERNAL),
    ]
    complete: Annotated[bool, field("Whether `ranges` name every lost line.", INTERNAL)]
    boot_id: Annotated[SpanId, field("The process whose lines were lost.", INTERNAL)]
