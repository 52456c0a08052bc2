"""loguru with `enqueue=True`."""

from __future__ import annotations

import os
from typing import Final

from benchmarks.writers import Started

NAME: Final = "loguru"
ABOUT: Final = "`enqueue=True`, the message alone as its format."


def start(fd: int) -> Started:
    """Start what writes to *fd*."""
    from loguru import logger  # noqa: PLC0415 (of the group bench)

    logger.remove()
    logger.add(os.fdopen(fd, "w", closefd=False), enqueue=True, format="{message}")
    return Started(ready=bytes.decode, hand_over=logger.info, finish=logger.remove)
