"""`configure()` as a service calls it, and the logger that structlog then gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final

import structlog

import structlog_enrich
from benchmarks.workload import RESOURCE

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "configure()"
ABOUT: Final = (
    '`configure(level="info", sink=…, framed=False)` and the `structlog.get_logger()` that a module keeps: the whole '
    "envelope, masked."
)


def build(workload: Workload, file: BinaryIO) -> Any:
    """Set up the process and return structlog's logger, which keeps what it finds at the first call."""
    structlog_enrich.configure(level="info", sink=file, resource=RESOURCE, limits=workload.limits, framed=False)
    return structlog.get_logger()
