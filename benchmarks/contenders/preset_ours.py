"""`preset()` under the project's own bound logger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final

import structlog

from benchmarks.workload import RESOURCE
from structlog_enrich import bound_logger, preset

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "preset(), our logger"
ABOUT: Final = '`preset()` with `wrapper_class=bound_logger("info")`.'


def build(workload: Workload, file: BinaryIO) -> Any:
    """Return the logger, assembled once as a cached one is."""
    chain = preset(resource=RESOURCE, limits=workload.limits)
    return structlog.wrap_logger(
        structlog.BytesLogger(file), processors=chain, wrapper_class=bound_logger("info")
    ).bind()
