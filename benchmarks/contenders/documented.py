"""The chain that structlog's documentation calls as fast as it gets."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import orjson
import structlog

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "structlog's documented chain"
ABOUT: Final = (
    "structlog's [best-performance example](https://www.structlog.org/en/stable/performance.html): context, level, "
    "exception, timestamp. No identity, no trace, no masking."
)


def build(workload: Workload, file: BinaryIO) -> Any:
    """Return the logger, assembled once as a cached one is."""
    return structlog.wrap_logger(
        structlog.BytesLogger(file),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ).bind()
