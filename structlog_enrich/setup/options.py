"""What `configure()` passes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from structlog.typing import Processor

    from structlog_enrich.processors.limits import Limits
    from structlog_enrich.redaction import RedactionPolicy
    from structlog_enrich.resource import Detection, Resource, Scalar

__all__ = ["PresetOptions"]


class PresetOptions(TypedDict, total=False):
    """The parameters of `preset()` but `renderer`, which `configure()` has by itself."""

    service: str | None
    version: str | None
    environment: str | None
    resource: Resource | Detection | None
    extra: Sequence[Processor]
    tags: Mapping[str, Scalar] | None
    feature_flags: Mapping[str, Scalar] | None
    redaction: RedactionPolicy | None
    schema: str | None
    limits: Limits
    stream: str | None
    ids: Literal["own", "otel"]
