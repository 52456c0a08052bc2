"""structlog with ecs-logging's formatter as its last processor."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import structlog

from benchmarks.contenders import as_text

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "ecs-logging, StructlogFormatter"
ABOUT: Final = (
    "structlog's `get_logger()`, cached, with `merge_contextvars`, `format_exc_info` and `StructlogFormatter` over a "
    "`WriteLogger`: time, level, message, under ECS names. No identity, no trace, no masking."
)


def build(workload: Workload, file: BinaryIO) -> Any:
    """Set up the process and return structlog's logger, which keeps what it finds at the first call."""
    from ecs_logging import StructlogFormatter  # noqa: PLC0415 (of the group bench)

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            StructlogFormatter(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(as_text(file)),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger()
