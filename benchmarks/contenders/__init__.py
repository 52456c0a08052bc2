"""Who is measured: one adapter a file, each building a logger ready to be called."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from benchmarks.workload import active

if TYPE_CHECKING:
    from benchmarks.workload import Workload

__all__ = ["Contender", "as_text", "lines_of", "log_all"]


class Contender(Protocol):
    """Describe what an adapter module offers."""

    @property
    def NAME(self) -> str:  # noqa: N802 (a constant of the module)
        """The contender's name in the tables."""

    @property
    def ABOUT(self) -> str:  # noqa: N802 (likewise)
        """What it is, for the page."""

    def build(self, workload: Workload, file: BinaryIO) -> Any:
        """Return a logger that writes to *file*, assembled and cached."""


def log_all(logger: Any, workload: Workload) -> None:
    """Make every call of *workload* as a service does: the method looked up, the keywords put together each time.

    The standard library's logger takes them as `extra=`.
    """
    message, calls = workload.message, workload.calls
    if isinstance(logger, logging.Logger):
        for call in calls:
            logger.info(message, extra={**call})
    else:
        for call in calls:
            logger.info(message, **call)


def lines_of(contender: Contender, workload: Workload) -> list[bytes]:
    """Return the lines that *contender* writes for *workload*, inside the request."""
    file = io.BytesIO()
    with active():
        log = getattr(contender.build(workload, file), workload.method)
        for message, call in workload.each():
            log(message, **call)
    return file.getvalue().splitlines()


def as_text(file: BinaryIO) -> io.TextIOWrapper:
    """Return a stream of text whose every write is one write to *file*, as standard output is in a container."""
    return io.TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True)
