"""One HTTP request, from its headers to the line that ends it."""

from __future__ import annotations

from sys import exception
from typing import TYPE_CHECKING

from structlog_enrich.integrations.exchanges import SERVER_ERROR, Exchange

if TYPE_CHECKING:
    from structlog_enrich.integrations.asgi import Message

__all__ = ["Request"]


class Request(Exchange):
    """Follow one HTTP request."""

    # The client gets less than it asked for, or the server's own 500, and nobody else will say so.
    _cut_off_level = "warning"
    _more_trailers = False
    _in_pieces = False

    async def receive(self) -> Message:
        """Pass a message in, and see whether the client left."""
        message = await self._receive()
        try:
            # Every client leaves once it has its answer.
            if message["type"] == "http.disconnect" and not self._answered:
                self._gone = True
        except Exception:  # noqa: BLE001 (no message)
            return message
        return message

    async def send(self, message: Message) -> None:
        """Pass a message out; the first gets the ids, and the last ends the span."""
        is_last = False
        try:
            kind = message["type"]
            if kind == "http.response.start":
                self._more_trailers = bool(message.get("trailers", False))
                message = self._with_ids(message)
            elif kind == "http.response.body" or kind == "http.response.zerocopysend":  # noqa: PLR1714 (as in asgi.py)
                is_last = not message.get("more_body", False) and not self._more_trailers
                if not is_last:
                    self._in_pieces = True
            elif kind == "http.response.trailers":
                is_last = not message.get("more_trailers", False)
            elif kind == "http.response.pathsend":
                is_last = True
            if is_last:
                # Known before it is sent: while that takes, a server may say already that the client is gone.
                self._answered = not self._gone
        except Exception:  # noqa: BLE001 (no message)
            kind = ""
        try:
            await self._send(message)
        except OSError as error:
            # Thus a server says that the client left.
            self._unsent, self._gone, self._answered = error, True, False
            raise
        if is_last:
            self._complete()
        elif kind == "http.response.start" and not self._gone:
            # An answer to nobody, which a framework may still give, says nothing.
            try:
                status = message["status"]
                if status >= SERVER_ERROR:
                    self._is_failure = True
                self._status = status
            except Exception:  # noqa: BLE001 (no number: there is an answer, and no more to say of it)
                self._has_begun = True

    def _complete(self) -> None:
        if self._gone or (self._is_failure and not self._is_explained()):
            # The error behind it comes after it: a framework answers first and then raises.
            self.stop_clock()
        else:
            self._end(self._cause)

    def _is_explained(self) -> bool:
        error = exception()
        if error is None or id(error) == self._outside:
            # What comes in pieces may have been handed over by another task, and the error is there.
            return not self._in_pieces
        if not issubclass(type(error), Exception) or _is_answer(error, self._status):
            return False
        # Who answers for an error does so while handling it, whether or not it goes on afterwards.
        self._cause = error
        return True

    async def _answer(self) -> None:
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        start = {"type": "http.response.start", "status": SERVER_ERROR, "headers": headers}
        try:
            await self._send(self._with_ids(start))
            await self._send({"type": "http.response.body", "body": b"Internal Server Error"})
        except Exception:  # noqa: BLE001 (the client may be gone; the application's own error is the one that counts)
            return


def _is_answer(error: BaseException, status: int | None) -> bool:
    # What is raised to answer with a status, as an `HTTPException`, is no failure but that answer.
    try:
        return bool(getattr(error, "status_code", None) == status)
    except Exception:  # noqa: BLE001 (its own attributes)
        return False
