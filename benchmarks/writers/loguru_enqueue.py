"""loguru with `enqueue=True`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

NAME: Final = "loguru"
ABOUT: Final = "`enqueue=True`, the message alone as its format."


def start(fd: int) -> Callable[[bytes], object]:
    """Start what writes to *fd*, and return what hands it a line."""
    from loguru import logger  # noqa: PLC0415 (of the group bench)

    logger.remove()
    logger.add(os.fdopen(fd, "w", closefd=False), enqueue=True, format="{message}")
    return logger.info
