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
        ConfigurationError: It is no writer, or a closed one, or both are given, or the sink is one or a writer's.
    """
    if writer is None:
        if hasattr(sink, "frame_with"):
            # Else it couldn't tell in the stream what it loses.
            raise ConfigurationError(
                "sink", "must be no writer", received=f"{sink!r:.80}", remedy="Pass it as `writer`"
            )
        if any(each.__module__.startswith("structlog_enrich.delivery.sinks") for each in type(sink).__mro__):
            remedy = "Pass `writer=Writer(…)` of it"
            raise ConfigurationError("sink", "must be no writer's sink", received=f"{sink!r:.80}", remedy=remedy)
        return sink
    if sink is not None:
        rule = "must be left out where a writer is given, which has a sink of its own"
        raise ConfigurationError("sink", rule, received=f"{sink!r:.80}")
    from structlog_enrich.delivery.options import writer_given  # noqa: PLC0415 (who has no writer needs none of it)

    given = writer_given(writer)
    if any(each.stats().state == "closed" for each in getattr(given, "writers", (given,))):
        raise ConfigurationError("writer", "must not be closed", received=f"{given!r:.80}", remedy="Make another")
    return given
