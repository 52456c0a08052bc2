"""The standard library's `logging` under `configure()`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from benchmarks.contenders import configured
from benchmarks.records import LOGGER

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "configure(), records"
ABOUT: Final = (
    "A logger of the standard library under the same `configure()`: the whole envelope, masked, and the logger's name."
)


def build(workload: Workload, file: BinaryIO) -> Any:
    """Set up the process and return the standard library's logger."""
    configured.build(workload, file)
    return logging.getLogger(LOGGER)
