"""The standard library's `logging` with structlog's formatter."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import orjson
import structlog

from benchmarks.contenders import as_text
from benchmarks.records import logger_to

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "structlog's ProcessorFormatter"
ABOUT: Final = (
    "The standard library's `logging` with a `StreamHandler` and `ProcessorFormatter`: level, logger, `extra=`, time "
    "and traceback by its `foreign_pre_chain`, and orjson. No identity, no trace, no masking."
)


def build(workload: Workload, file: BinaryIO) -> Any:
    """Set up the root logger and return the one to call."""
    handler = logging.StreamHandler(as_text(file))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_dumps),
            ],
        )
    )
    return logger_to(handler)


def _dumps(event_dict: Any, **options: Any) -> str:
    return orjson.dumps(event_dict, **options).decode()
