"""A wrapped logger for the stages to look at, of the kind that the chain will have, writing nowhere."""

from __future__ import annotations

import io
import logging
from typing import Any, Final, NamedTuple

import structlog

__all__ = ["StandIn", "stand_in"]

_NAME: Final = "explain"


class StandIn(NamedTuple):
    """Hold such a logger.

    Attributes:
        logger: The logger.
        is_logging: Whether the real one is a `logging.Logger`; None where that isn't known.
    """

    logger: Any
    is_logging: bool | None


def stand_in(factory: Any, *, wants_logging: bool) -> StandIn:
    """Return a stand-in for what *factory* makes, which isn't called: it may open a file or register a name.

    Args:
        factory: A logger factory of structlog's, `logging.getLogger`, another, or None where nobody knows.
        wants_logging: Which to take where nobody knows: a `logging.Logger`, or a `structlog.PrintLogger`.
    """
    if isinstance(factory, structlog.stdlib.LoggerFactory) or factory is logging.getLogger:
        return StandIn(_unregistered(), is_logging=True)
    if isinstance(factory, structlog.BytesLoggerFactory):
        return StandIn(structlog.BytesLogger(io.BytesIO()), is_logging=False)
    if isinstance(factory, structlog.WriteLoggerFactory):
        return StandIn(structlog.WriteLogger(io.StringIO()), is_logging=False)
    if isinstance(factory, structlog.PrintLoggerFactory):
        return StandIn(structlog.PrintLogger(io.StringIO()), is_logging=False)
    logger = _unregistered() if wants_logging else structlog.PrintLogger(io.StringIO())
    return StandIn(logger, is_logging=None)


def _unregistered() -> logging.Logger:
    # Of the right kind, and known to nobody: `getLogger` would keep the name for good.
    return logging.Logger(_NAME)  # noqa: LOG001
