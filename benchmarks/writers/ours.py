"""This project's `Writer`."""

from __future__ import annotations

from typing import Final

from benchmarks.writers import Started, as_it_is
from structlog_enrich.delivery import Writer

NAME: Final = "`Writer`"
ABOUT: Final = "as it comes, with its default policy and budget."


def start(fd: int) -> Started:
    """Start what writes to *fd*."""
    writer = Writer(fd)
    return Started(ready=as_it_is, hand_over=writer().info, finish=writer.close)
