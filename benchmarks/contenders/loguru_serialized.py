"""loguru, which writes each record as JSON."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from benchmarks.contenders import as_text
from benchmarks.workload import CONTEXT

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "loguru"
ABOUT: Final = (
    '`add(sink, serialize=True, format="{message}", backtrace=False, diagnose=False)` and `contextualize()`: time, '
    "level, message, process, thread and call site. No service, no trace, no masking."
)

# For the life of the process, which nobody shares.
_ENTERED: Final = ExitStack()


def build(workload: Workload, file: BinaryIO) -> Any:
    """Set up the one logger that there is and return it."""
    from loguru import logger  # noqa: PLC0415 (of the group bench)

    logger.remove()
    logger.add(
        as_text(file), level="INFO", serialize=True, format="{message}", colorize=False, backtrace=False, diagnose=False
    )
    _ENTERED.enter_context(logger.contextualize(**CONTEXT))
    return logger
