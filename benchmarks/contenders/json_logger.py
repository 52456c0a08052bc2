"""The standard library's `logging` with python-json-logger."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from benchmarks.contenders import as_text
from benchmarks.records import logger_to

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "python-json-logger, orjson"
ABOUT: Final = (
    "The standard library's `logging` with a `StreamHandler` and `OrjsonFormatter`: level, logger, message, time. No "
    "identity, no trace, no masking."
)


def build(workload: Workload, file: BinaryIO) -> Any:
    """Set up the root logger and return the one to call."""
    from pythonjsonlogger.orjson import OrjsonFormatter  # noqa: PLC0415 (of the group bench)

    handler = logging.StreamHandler(as_text(file))
    handler.setFormatter(OrjsonFormatter(["levelname", "name", "message"], timestamp=True))
    return logger_to(handler)
