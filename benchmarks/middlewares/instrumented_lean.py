"""OpenTelemetry's instrumentation with one span a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from benchmarks.traffic import Application

__all__ = ["ABOUT", "NAME", "ON_RESPONSE", "configure", "wrap"]

NAME: Final = "opentelemetry-instrumentation-asgi, server span only"
ABOUT: Final = 'The same with `exclude_spans=["receive", "send"]`: one span a request.'
ON_RESPONSE: Final = ()


def configure(file: BinaryIO) -> None:
    """Set nothing: it writes nothing."""


def wrap(app: Application) -> Application:
    """Return *app* with the middleware around it."""
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware  # noqa: PLC0415 (of the group bench)
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 (likewise)

    return OpenTelemetryMiddleware(app, tracer_provider=TracerProvider(), exclude_spans=["receive", "send"])
