"""This project's `Writer`, set up to use all of its budget."""

from __future__ import annotations

from typing import Final

from benchmarks.writers import Started, as_it_is
from structlog_enrich.delivery import Writer

NAME: Final = "`Writer`, full"
ABOUT: Final = (
    '`on_full="drop_oldest"` and `max_records=1_000_000_000`, so that every line is taken in and the budget of 64 MiB '
    "alone bounds them. As it comes it takes less: a fifth is kept for warnings and errors, and 200,000 short lines "
    "don't fill the rest."
)


def start(fd: int) -> Started:
    """Start what writes to *fd*."""
    writer = Writer(fd, max_records=1_000_000_000, on_full="drop_oldest")
    return Started(ready=as_it_is, hand_over=writer().info, finish=writer.close)
