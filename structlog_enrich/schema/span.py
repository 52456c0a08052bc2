"""A stretch of work: what starts, what ends, and what it came from."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from structlog_enrich.schema.base import Maybe, WireModel
from structlog_enrich.schema.classification import INTERNAL, PERSONAL, field
from structlog_enrich.schema.values import Ordinal, Scalars, SpanId, Text, TraceId

__all__ = ["END_ONLY", "END_REQUIRED", "MAX_LINKS", "Link", "Links", "Span"]

END_REQUIRED: Final = ("duration_ms", "status")
"""What a line that ends a span always says."""

END_ONLY: Final = (*END_REQUIRED, "outcome", "queue_ms", "peer", "previous_span_id")
"""What only a line that ends a span can say."""

MAX_LINKS: Final = 128
"""How many links one line may carry."""

_DECIMALS: Final = 3


def _rounded(milliseconds: float) -> float:
    if round(milliseconds, _DECIMALS) != milliseconds:
        msg = f"must have at most {_DECIMALS} decimals"
        raise ValueError(msg)
    return milliseconds


class Link(WireModel):
    """Point at a span of another trace."""

    trace_id: Annotated[TraceId, field("The other trace.", INTERNAL)]
    span_id: Annotated[SpanId, field("The span in it.", INTERNAL)]


Links = Annotated[list[Link], Field(min_length=1, max_length=MAX_LINKS)]
"""The links of one line."""


class Span(WireModel):
    """Say which span a line starts or ends, and at its end how it went."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"phase": {"const": "end"}}},
            "then": {"required": [*END_REQUIRED]},
            "else": {"properties": dict.fromkeys(END_ONLY, False)},
        }
    )

    phase: Annotated[Literal["start", "end"], field("Whether the span starts or ends here.", INTERNAL)]
    name: Annotated[str, field("Low-cardinality name of the work.", INTERNAL)]
    kind: Annotated[
        Literal["server", "client", "producer", "consumer", "internal"],
        field("The part this process plays in it.", INTERNAL),
    ]
    attempt: Annotated[Ordinal, field("Which try this is, from 1.", INTERNAL)]
    duration_ms: Annotated[
        Maybe[Annotated[float, Field(ge=0), AfterValidator(_rounded)]],
        field("How long it took, in milliseconds with at most three decimals.", INTERNAL, when="on `end`"),
    ] = None
    status: Annotated[Maybe[Literal["ok", "error"]], field("How it ended.", INTERNAL, when="on `end`")] = None
    outcome: Annotated[
        Maybe[Text],
        field(
            "A closer word: `timeout`, `cancelled`, `disconnected`, `revoked`, `worker_lost`, `retry`…",
            INTERNAL,
            when="on `end`, when there is one",
        ),
    ] = None
    queue_ms: Annotated[
        Maybe[float],
        field(
            "How long the message waited, in milliseconds; below 0 when the two machines' clocks disagree.",
            INTERNAL,
            when="on `end`, when known",
        ),
    ] = None
    peer: Annotated[Maybe[Text], field("Who is at the other end.", INTERNAL, when="on `end`, when known")] = None
    previous_span_id: Annotated[
        Maybe[SpanId], field("The span of the attempt before this one.", INTERNAL, when="on `end`, after a retry")
    ] = None
    attributes: Annotated[
        Maybe[Scalars],
        field("Facts under the names of OpenTelemetry's semantic conventions.", PERSONAL, when="when there are any"),
    ] = None

    @model_validator(mode="after")
    def _phase_decides(self) -> Self:
        if self.phase == "end":
            missing = [name for name in END_REQUIRED if name not in self.model_fields_set]
            if missing:
                msg = f"a span that ends must have {', '.join(missing)}"
                raise ValueError(msg)
        else:
            early = [name for name in END_ONLY if name in self.model_fields_set]
            if early:
                msg = f"a span that starts can't have {', '.join(early)}"
                raise ValueError(msg)
        return self
