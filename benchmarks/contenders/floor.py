"""The least that a line of this content can cost under structlog."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import orjson
import structlog

from benchmarks.contenders import lines_of, preset_ours

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "floor"
ABOUT: Final = (
    "structlog's filtering bound logger whose only processor is `orjson.dumps` of the finished record, the one that "
    "`preset()` made of the same event beforehand."
)


def build(workload: Workload, file: BinaryIO) -> Any:
    """Return the logger, which writes the finished records in the order of the calls."""
    dumps = orjson.dumps
    records = itertools.cycle([orjson.loads(line) for line in lines_of(preset_ours, workload)])

    def finished(_logger: Any, _method_name: str, _event_dict: Any) -> bytes:
        return dumps(next(records))

    return structlog.wrap_logger(
        structlog.BytesLogger(file),
        processors=[finished],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ).bind()
