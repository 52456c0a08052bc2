"""Our middleware and its request line."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from benchmarks.middlewares import configure_ours
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from benchmarks.traffic import Application

__all__ = ["ABOUT", "NAME", "ON_RESPONSE", "configure", "wrap"]

NAME: Final = "TraceMiddleware"
ABOUT: Final = (
    "The same with the request line, through all of `preset()` into the null device: the server span's ids, how long "
    "it took, status, path and the rest, under the full header."
)
ON_RESPONSE: Final = (b"x-request-id", b"traceresponse")


def configure(file: BinaryIO) -> None:
    """Let the request line be written to *file*."""
    configure_ours("info", file)


def wrap(app: Application) -> Application:
    """Return *app* with the middleware around it."""
    return TraceMiddleware(app)
