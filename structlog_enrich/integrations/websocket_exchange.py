"""One websocket connection, from its handshake to the line that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.integrations.exchanges import SERVER_ERROR, Exchange

if TYPE_CHECKING:
    from structlog_enrich.integrations.asgi import Message

__all__ = ["Connection"]

_SWITCHING: Final = 101
_FORBIDDEN: Final = 403
_NORMAL: Final = 1000
_NO_CODE: Final = 1005
_ABNORMAL: Final = 1006
_FAILURES: Final = frozenset({1011, 1013, 1014})
"""What a server closes with that failed, is overloaded, or needs another one that failed.

Source: IANA, WebSocket Close Code Number Registry.
"""


class Connection(Exchange):
    """Follow one websocket connection: one span, however many messages."""

    _close_code: int | None = None

    async def receive(self) -> Message:
        """Pass a message in, and see whether the client vanished."""
        message = await self._receive()
        try:
            if message["type"] == "websocket.disconnect" and not self._answered:
                # To be closed is a connection's ordinary end; to break off isn't.
                code = message.get("code", _NO_CODE)
                self._gone = code == _ABNORMAL
                self._answered = not self._gone
                self._note_code(code)
        except Exception:  # noqa: BLE001 (no message)
            return message
        return message

    async def send(self, message: Message) -> None:
        """Pass a message out; the one that accepts or refuses the connection gets the ids."""
        try:
            kind = message["type"]
            if self._gone:
                # Whatever is said to nobody says nothing.
                pass
            elif kind == "websocket.accept":
                self._status = _SWITCHING
                message = self._with_ids(message)
            elif kind == "websocket.http.response.start":
                message = self._with_ids(message)
                status = message["status"]
                self._is_failure = status >= SERVER_ERROR
                self._status = status
            elif kind == "websocket.close":
                self._close(message)
            elif kind == "websocket.http.response.body":
                self._answered = not message.get("more_body", False)
        except Exception:  # noqa: BLE001, S110 (no message)
            pass
        try:
            await self._send(message)
        except OSError as error:
            # Thus a server says that the client left.
            self._unsent, self._gone = error, not self._answered
            raise

    def _close(self, message: Message) -> None:
        if self._status is None:
            # Closed before it was accepted: the server refuses the handshake, and sends no code.
            self._status = _FORBIDDEN
        elif not self._answered:
            code = message.get("code", _NORMAL)
            self._note_code(code)
            self._is_failure = code in _FAILURES
        self._answered = True

    def _note_code(self, code: object) -> None:
        # The first, of whoever closed it.
        if self._close_code is None and isinstance(code, int):
            self._close_code = code

    def _described(self, error: BaseException | None) -> dict[str, Any]:
        attributes = super()._described(error)
        if self._close_code is not None:
            attributes["websocket.close_code"] = self._close_code
        return attributes

    def _failure(self) -> str:
        return super()._failure() if self._close_code not in _FAILURES else str(int(self._close_code))
