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
        ConfigurationError: It is no writer, or both are given, or the sink is one.
    """
    if writer is None:
        if hasattr(sink, "frame_with"):
            # Else it couldn't tell in the stream what it loses.
            raise ConfigurationError(
                "sink", "must be no writer", received=f"{sink!r:.80}", remedy="Pass it as `writer`"
            )
        return sink
    if sink is not None:
        rule = "can't be given together with a sink, which the writer has by itself"
        raise ConfigurationError("writer", rule, received=type(writer).__name__, remedy="Leave `sink` out")
    from structlog_enrich.delivery.options import writer_given  # noqa: PLC0415 (who has no writer needs none of it)

    return writer_given(writer)
