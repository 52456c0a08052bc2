"""`preset()` under structlog's filtering bound logger."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import structlog

from benchmarks.workload import RESOURCE
from structlog_enrich import preset

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "preset(), structlog's logger"
ABOUT: Final = "The same chain with structlog's filtering bound logger."


def build(workload: Workload, file: BinaryIO) -> Any:
    """Return the logger, assembled once as a cached one is."""
    chain = preset(resource=RESOURCE, limits=workload.limits)
    return structlog.wrap_logger(
        structlog.BytesLogger(file),
        processors=chain,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ).bind()
