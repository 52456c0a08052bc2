"""asgi-correlation-id, and inside it the access line that a team would write itself."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any, BinaryIO, Final

if TYPE_CHECKING:
    from benchmarks.traffic import Application

__all__ = ["ABOUT", "NAME", "ON_RESPONSE", "configure", "with_access_line", "wrap", "write_to"]

NAME: Final = "asgi-correlation-id and an access line"
ABOUT: Final = (
    "`CorrelationIdMiddleware`, and inside it a hand-written middleware that logs one line a request through the "
    "standard library, with `CorrelationIdFilter` and a formatter around `json.dumps`: time, level, logger, message, "
    "id, and of the request what our line says of it. No identity, no trace, no masking."
)
ON_RESPONSE: Final = (b"x-request-id",)

_LOG: Final = logging.getLogger("benchmarks.access")
_NANOSECONDS: Final = 1_000_000


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "timestamp": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "correlation_id": record.correlation_id,
            **record.request,
        }
        return json.dumps(line)


class _Stream:
    """One unbuffered write a line, as everybody else's."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write a whole line."""
        self._file.write(text.encode())

    def flush(self) -> None:
        """Do nothing: nothing is held back."""


class _AccessLog:
    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        status = None
        start = time.perf_counter_ns()

        async def sending(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            took = time.perf_counter_ns() - start
            request = {
                "method": scope["method"],
                "path": scope["path"],
                "scheme": scope["scheme"],
                "status": status,
                "http_version": scope["http_version"],
                "client": scope["client"][0],
                "user_agent": dict(scope["headers"]).get(b"user-agent", b"").decode("latin-1"),
                "duration_ms": round(took / _NANOSECONDS, 3),
            }
            _LOG.info("%s %s", scope["method"], scope["path"], extra={"request": request})


def with_access_line(app: Application) -> Application:
    """Return *app* with one line logged for each request."""
    return _AccessLog(app)


def write_to(file: BinaryIO, identify: logging.Filter) -> None:
    """Let the access line be written to *file*, one write a line.

    Args:
        file: Where to.
        identify: Puts `correlation_id` on each record.
    """
    handler = logging.StreamHandler(_Stream(file))
    handler.setFormatter(_Formatter())
    handler.addFilter(identify)
    _LOG.handlers[:] = [handler]
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False


def configure(file: BinaryIO) -> None:
    """Let the access line be written to *file*, with the id."""
    from asgi_correlation_id import CorrelationIdFilter  # noqa: PLC0415 (of the group bench)

    write_to(file, CorrelationIdFilter())


def wrap(app: Application) -> Application:
    """Return *app* with the access line around it, and the middleware around that."""
    from asgi_correlation_id import CorrelationIdMiddleware  # noqa: PLC0415 (of the group bench)

    return CorrelationIdMiddleware(with_access_line(app))
