"""OpenTelemetry's instrumentation as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from benchmarks.traffic import Application

__all__ = ["ABOUT", "NAME", "ON_RESPONSE", "configure", "wrap"]

NAME: Final = "opentelemetry-instrumentation-asgi"
ABOUT: Final = (
    "`OpenTelemetryMiddleware` with its defaults and the SDK's `TracerProvider`, without a processor or an exporter of "
    "spans: a server span, and one more for each message sent. No line, no request id, nothing on the response."
)
ON_RESPONSE: Final = ()


def configure(file: BinaryIO) -> None:
    """Set nothing: it writes nothing."""


def wrap(app: Application) -> Application:
    """Return *app* with the middleware around it."""
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware  # noqa: PLC0415 (of the group bench)
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 (likewise)

    return OpenTelemetryMiddleware(app, tracer_provider=TracerProvider())
