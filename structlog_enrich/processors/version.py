"""Say which version of the contract a line obeys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.schema.fields import SCHEMA_VERSION, SCHEMA_VERSIONS

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["SchemaVersion"]


class SchemaVersion:
    """Write `schema_version`, in the place `Envelope` reserved or, without one, in front.

    Args:
        version: The version of the envelope to write, `MAJOR.MINOR`. A value the event already has is overwritten.

    Raises:
        ConfigurationError: A version this release can't write.

    >>> SchemaVersion()(None, "info", {"event": "paid"})
    {'schema_version': '1.0', 'event': 'paid'}
    """

    __slots__ = ("version",)

    version: str

    def __init__(self, version: str = SCHEMA_VERSION) -> None:
        if version not in SCHEMA_VERSIONS:
            rule = f"must be one of {', '.join(SCHEMA_VERSIONS)}"
            raise ConfigurationError("schema", rule, received=f"{version!r:.80}")
        self.version = version

    def __repr__(self) -> str:
        return f"SchemaVersion({self.version!r})"

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
        if "schema_version" in event_dict:
            event_dict["schema_version"] = self.version
            return event_dict
        return {"schema_version": self.version, **event_dict}
