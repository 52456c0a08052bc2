"""The standard library's `logging` with ecs-logging."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from benchmarks.contenders import as_text
from benchmarks.records import logger_to

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "ecs-logging, StdlibFormatter"
ABOUT: Final = (
    "The standard library's `logging` with a `StreamHandler` and `StdlibFormatter`: time, level, message, logger, "
    "process, thread and call site, under ECS names. No service, no trace, no masking."
)


def build(workload: Workload, file: BinaryIO) -> Any:
    """Set up the root logger and return the one to call."""
    from ecs_logging import StdlibFormatter  # noqa: PLC0415 (of the group bench)

    handler = logging.StreamHandler(as_text(file))
    handler.setFormatter(StdlibFormatter())
    return logger_to(handler)
