"""What stands around an ASGI application: one adapter a file.

What isn't ours is imported by the adapter when it is asked for: it belongs to the group `bench`, and to no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

import structlog

from benchmarks.workload import RESOURCE
from structlog_enrich import bound_logger, preset

if TYPE_CHECKING:
    from benchmarks.traffic import Application

__all__ = ["Middleware", "configure_ours"]


class Middleware(Protocol):
    """Describe what an adapter module offers."""

    @property
    def NAME(self) -> str:  # noqa: N802 (a constant of the module)
        """The middleware's name in the tables."""

    @property
    def ABOUT(self) -> str:  # noqa: N802 (likewise)
        """What it is, for the page."""

    @property
    def ON_RESPONSE(self) -> tuple[bytes, ...]:  # noqa: N802 (likewise)
        """The headers that it puts on each response."""

    def configure(self, file: BinaryIO) -> None:
        """Set what is global, before each block: lines go to *file*."""

    def wrap(self, app: Application) -> Application:
        """Return *app* with the middleware around it."""


def configure_ours(level: str, file: BinaryIO) -> None:
    """Configure structlog as a service does, with lines from *level* up."""
    structlog.configure(
        processors=preset(resource=RESOURCE, renderer="json"),
        wrapper_class=bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(file),
        cache_logger_on_first_use=True,
    )
