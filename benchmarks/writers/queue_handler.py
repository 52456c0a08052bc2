"""The standard library's `QueueHandler` and `QueueListener`."""

from __future__ import annotations

import logging
import os
from logging.handlers import QueueHandler, QueueListener
from queue import Queue
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

NAME: Final = "`QueueHandler`"
ABOUT: Final = "the standard library's, with a queue without bound; a record is made for each line, as a logger does."


def start(fd: int) -> Callable[[bytes], object]:
    """Start what writes to *fd*, and return what hands it a line."""
    queue: Queue[Any] = Queue()
    handler = QueueHandler(queue)
    stream = os.fdopen(fd, "w", closefd=False)
    QueueListener(queue, logging.StreamHandler(stream)).start()
    make, emit = logging.LogRecord, handler.emit

    def hand_over(line: bytes) -> None:
        emit(make("shop", logging.INFO, "shop.py", 1, line, (), None))

    return hand_over
