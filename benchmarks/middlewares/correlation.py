"""asgi-correlation-id as its documentation sets it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from benchmarks.traffic import Application

__all__ = ["ABOUT", "NAME", "ON_RESPONSE", "configure", "wrap"]

NAME: Final = "asgi-correlation-id"
ABOUT: Final = (
    "`CorrelationIdMiddleware` with its defaults: one opaque id, taken from the request or made, kept in a "
    "context variable and put on the response. No trace, no span, no line."
)
ON_RESPONSE: Final = (b"x-request-id",)


def configure(file: BinaryIO) -> None:
    """Set nothing: it writes nothing."""


def wrap(app: Application) -> Application:
    """Return *app* with the middleware around it."""
    from asgi_correlation_id import CorrelationIdMiddleware  # noqa: PLC0415 (of the group bench)

    return CorrelationIdMiddleware(app)
