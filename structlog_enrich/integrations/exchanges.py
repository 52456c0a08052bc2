"""What comes in and goes out: what a request and a websocket connection have in common."""

from __future__ import annotations

from typing import Any, Final, Literal

from structlog.exceptions import DropEvent

from structlog_enrich.integrations.arrivals import Arrival
from structlog_enrich.integrations.cancellations import is_awaited
from structlog_enrich.integrations.routes import route_of
from structlog_enrich.trace.endings import members_of, names_of, type_name
from structlog_enrich.trace.lines import write_error

__all__ = ["SERVER_ERROR", "Exchange"]

SERVER_ERROR: Final = 500
"""The first status of those that say the server failed."""

_CLIENT_LEFT: Final = frozenset({"ClientDisconnect", "WebSocketDisconnect"})


class Exchange(Arrival):
    """Be the server span of what comes in and goes out, and tell how it ended.

    `_answered` becomes True when nothing more is to be said to the client, `_gone` when the client is gone before that;
    never both. `_status` is what the client was told. With neither `_answered` nor `_gone`, the application is at work,
    and when it returns so it has failed.

    Whatever is wrong with a message, it goes on as it came, to who can say so: nothing here raises of its own.
    """

    _gone = False
    _answered = False
    _status: int | None = None
    _is_failure = False
    _unsent: BaseException | None = None
    _cause: BaseException | None = None
    # An answer began of which `_status` says nothing.
    _has_begun = False
    _route: str | None = None
    # It raised the cancellation of something that it awaited.
    _has_awaited = False
    # Of the line when it is cancelled before it was answered.
    _cut_off_level: Literal["warning"] | None = None

    def give_up(self) -> None:
        """Leave nothing of a span that couldn't begin."""
        try:
            self.end(silently=True)
            self.deactivate()
        except Exception:  # noqa: BLE001 (it may not even have ids)
            return

    def returned(self) -> None:
        """End the span of an application that came back without an error."""
        if not self.ended:
            if not self._answered and not self._gone:
                # The server will answer for it, with a 500.
                self._status = self._status or SERVER_ERROR
                self._is_failure = True
            self._end()
        elif self._is_failure:
            # Or each would hold the other.
            self._cause = None

    async def failed(self, error: BaseException) -> None:
        """End the span of an application that raised, and answer for it when nobody else does."""
        # Of a client that left, a framework may have cancelled what it waited for.
        if not self._gone and is_awaited(error):
            self._has_awaited = True
        is_error = self._has_awaited or issubclass(type(error), Exception)
        if self.ended:
            # The line that ends the span is written: this is another one, of the same span.
            if is_error and error is not self._cause:
                write_error(self._logger, f"{self.name} failed after its response", error, {})
            self._cause = None
            return
        if self._is_client_gone(error):
            self._gone = not self._answered
            self._end()
            return
        if is_error and self._status is None and not self._gone:
            self._status = SERVER_ERROR
            if self._is_outermost and not self._has_begun:
                try:
                    await self._answer()
                finally:
                    # Whatever becomes of the answer, a cancellation too.
                    self._end(error)
                return
        if not (self._gone or self._is_failure) and self._judged(error)[1] == "cancelled":
            self.level = self._cut_off_level
        self._end(error)

    def _end(self, error: BaseException | None = None) -> None:
        try:
            if self._gone:
                self.outcome = "disconnected"
            if self._is_failure:
                self.status = "error"
            self._route = route_of(self._scope, at_end=True)
            if self._route is not None:
                self.update_name(f"{self._method} {self._route}")
            if self.operation is not None:
                self.operation.settle(self.name)
            quiet = self._middleware.quiet
            if quiet and self.status is None and error is None and self._path in quiet:
                self.end(silently=True)
            else:
                self.end(error)
        except (Exception, DropEvent):  # noqa: BLE001 (whatever it is, it costs the line)
            return

    def _judged(self, error: BaseException) -> tuple[BaseException | None, str | None]:
        return (error, None) if self._has_awaited else super()._judged(error)

    def _described(self, error: BaseException | None) -> dict[str, Any]:
        scope, status = self._scope, self._status
        attributes = self._named()
        if self._route is not None:
            attributes["http.route"] = self._route
        if self._path is not None:
            attributes["url.path"] = self._path
        if (scheme := scope.get("scheme")) is not None:
            attributes["url.scheme"] = scheme
        if status is not None:
            attributes["http.response.status_code"] = status
        if (version := scope.get("http_version")) is not None:
            attributes["network.protocol.version"] = version
        client = scope.get("client")
        if isinstance(client, list | tuple) and client and isinstance(client[0], str):
            attributes["client.address"] = client[0]
        if isinstance(user_agent := self._user_agent, bytes):
            attributes["user_agent.original"] = user_agent.decode("latin-1")
        if error is not None:
            attributes["error.type"] = type_name(error)
        elif self.status == "error":
            attributes["error.type"] = self._failure()
        return attributes

    def _failure(self) -> str:
        status = self._status
        return "_OTHER" if status is None or status < SERVER_ERROR else str(int(status))

    def _is_client_gone(self, error: BaseException) -> bool:
        members = members_of(error)
        if members is not None:
            return all(map(self._is_client_gone, members))
        # Told by name, since no framework is imported. A server may let a write to a client that left fail, too; any
        # other OSError, of a database, is the application's own.
        return error is self._unsent or not _CLIENT_LEFT.isdisjoint(names_of(error))

    async def _answer(self) -> None:
        """Leave the answer to the server, which refuses a handshake or breaks a connection off."""
