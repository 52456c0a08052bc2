"""An application's own start and end, of which a line is written only when they fail."""

from __future__ import annotations

from sys import exception
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.trace.lines import write_error

if TYPE_CHECKING:
    from structlog_enrich.integrations.asgi import Message, Send

__all__ = ["Lifespan"]

_FAILED: Final = {
    "lifespan.startup.failed": "application failed to start",
    "lifespan.shutdown.failed": "application failed to shut down",
}


class Lifespan:
    """Follow what an application says of its start and its end.

    Args:
        send: Passes a message out.
        logger: A structlog logger for the line; None is one of the configured chain.

    Source: ASGI, "Lifespan Protocol", version 2.0.
    """

    __slots__ = ("_is_told", "_logger", "_send", "_started")

    def __init__(self, send: Send, logger: Any) -> None:
        self._send = send
        self._logger = logger
        self._started = False
        self._is_told = False

    async def send(self, message: Message) -> None:
        """Pass a message out, and write a line when it says that something failed."""
        try:
            kind = message["type"]
            self._started = self._started or kind == "lifespan.startup.complete"
            failed = _FAILED.get(kind)
        except Exception:  # noqa: BLE001 (no message)
            failed = None
        if failed is not None:
            error = exception()
            # A framework says it while it handles what went wrong; another may have but a text.
            self._tell(failed, error, {} if error is not None else {"reason": message.get("message")})
        await self._send(message)

    def failed(self, error: BaseException) -> None:
        """Write a line of an application that raised; to raise at once only says that it has no such protocol."""
        if self._started and issubclass(type(error), Exception):
            self._tell(_FAILED["lifespan.shutdown.failed"], error, {})

    def _tell(self, message: str, error: BaseException | None, data: dict[str, Any]) -> None:
        if not self._is_told:
            self._is_told = True
            write_error(self._logger, message, error, data)
