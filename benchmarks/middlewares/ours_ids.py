"""Our middleware where its lines aren't wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from benchmarks.middlewares import configure_ours
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from benchmarks.traffic import Application

__all__ = ["ABOUT", "NAME", "ON_RESPONSE", "configure", "wrap"]

NAME: Final = "TraceMiddleware, ids only"
ABOUT: Final = (
    '`TraceMiddleware` under `bound_logger("warning")`, where the request line isn\'t wanted: an id and a trace, both '
    "continued or begun, for every line within and on the response."
)
ON_RESPONSE: Final = (b"x-request-id", b"traceresponse")


def configure(file: BinaryIO) -> None:
    """Let nothing below a warning be written."""
    configure_ours("warning", file)


def wrap(app: Application) -> Application:
    """Return *app* with the middleware around it."""
    return TraceMiddleware(app)
