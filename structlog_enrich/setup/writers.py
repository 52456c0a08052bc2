"""Set up a writer for the whole process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from structlog_enrich.delivery import Writer

__all__ = ["as_sink"]


def as_sink(sink: Any, writer: Writer | None) -> Any:
    """Return what makes loggers: *writer* where one is given.

    Raises:
        ConfigurationError: It is no writer, or both are given.
    """
    if writer is None:
        return sink
    if sink is not None:
        rule = "can't be given together with a sink, which the writer has by itself"
        raise ConfigurationError("writer", rule, received=type(writer).__name__, remedy="Leave `sink` out")
    if not callable(getattr(writer, "frame_with", None)):
        raise ConfigurationError("writer", "must be a Writer", received=type(writer).__name__)
    return writer
