"""The standard library's `QueueHandler` and `QueueListener`."""

from __future__ import annotations

import logging
import os
from logging.handlers import QueueHandler, QueueListener
from queue import Queue
from typing import Any, Final

from benchmarks.writers import Started

NAME: Final = "`QueueHandler`"
ABOUT: Final = "the standard library's, with a queue without bound; a record is made for each line, as a logger does."


def start(fd: int) -> Started:
    """Start what writes to *fd*."""
    queue: Queue[Any] = Queue()
    handler = QueueHandler(queue)
    stream = os.fdopen(fd, "w", closefd=False)
    listener = QueueListener(queue, logging.StreamHandler(stream))
    listener.start()
    make, emit = logging.LogRecord, handler.emit

    def hand_over(text: str) -> None:
        emit(make("shop", logging.INFO, "shop.py", 1, text, (), None))

    return Started(ready=bytes.decode, hand_over=hand_over, finish=listener.stop)
