"""One request or one websocket connection, from its headers to the line that ends it."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.integrations.routes import route_of
from structlog_enrich.process import random_id
from structlog_enrich.trace.configured import library_logger
from structlog_enrich.trace.context import Remote
from structlog_enrich.trace.spans import Span
from structlog_enrich.trace.w3c import parse_traceparent, read_headers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from structlog_enrich.integrations.asgi import Message, Receive, Scope, Send, TraceMiddleware
    from structlog_enrich.trace.spans import Kind

__all__ = ["Connection", "Request"]

_METHODS: Final = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._\-]{1,128}").fullmatch
_LONGEST_ID: Final = 128
_SERVER_ERROR: Final = 500
_SWITCHING: Final = 101
_FORBIDDEN: Final = 403
_ABNORMAL: Final = 1006
_new: Final = tuple.__new__
"""Skips the constructor of a named tuple, which takes longer than making one."""

_CLIENT_LEFT: Final = frozenset({"ClientDisconnect", "WebSocketDisconnect"})


class _Exchange(Span):
    """Be the server span of what comes in and goes out, and tell how it ended.

    `_answered` becomes True when nothing more is to be said to the client, `_left` when the client is gone before that;
    never both. `_status` is what the client was told. With neither `_answered` nor `_left`, the application is at work,
    and when it returns so it has failed.

    Attributes:
        request_id: The caller's, when it is well-formed, else a new one.
    """

    kind: Kind = "server"
    _is_entry = True
    _left = False
    _answered = False
    _more_trailers = False
    _status: int | None = None
    _unsent: BaseException | None = None
    _route: str | None = None

    def __init__(self, middleware: TraceMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
        # What `Span` checks was checked when the middleware was made, so it isn't asked again for each request.
        self._middleware = middleware
        self._scope = scope
        self._receive = receive
        self._send = send
        # A framework that put its application into the scope before us answers for errors itself.
        self._is_outermost = "app" not in scope
        # A framework that mounts applications may cut the path in the scope.
        self._path = scope.get("path")
        method = scope.get("method", "GET")
        self.name = self._method = method if method in _METHODS else "HTTP"
        # It holds the scope and not this object, which would hold itself then: each request would leave garbage that
        # only the collector finds.
        self._resolve = partial(_operation_name, scope, self._method)
        if middleware.logger is not None:
            self._logger = middleware.logger
        # As a dict, of names that ASGI promises in lower case: that is one step, where a loop takes one a header.
        headers = scope.get("headers") or ()
        found = dict(headers)
        if b"host" not in found:
            # Every request has one, so this server, or a test, isn't one that keeps the promise.
            found = {name.lower(): value for name, value in headers}
        request_id = found.get(middleware.raw_header)
        # Most ids are nothing but letters and digits, which costs next to nothing to see.
        if request_id is not None and (
            (request_id.isalnum() and len(request_id) <= _LONGEST_ID) or _REQUEST_ID(request_id)
        ):
            self.request_id = request_id.decode()
        else:
            self.request_id = random_id(16)
        self._user_agent = found.get(b"user-agent")
        if b"traceparent" in found and (remote := _caller(headers, found)) is not None:
            if middleware.trust == "link":
                self.links = (remote,)
            else:
                self.remote = remote

    def returned(self) -> None:
        """End the span of an application that came back without an error."""
        if not self.ended:
            if not self._answered and not self._left:
                # The server will answer for it, with a 500.
                self._status = self._status or _SERVER_ERROR
                self.status = "error"
            self._end()

    async def failed(self, error: BaseException) -> None:
        """End the span of an application that raised, and answer for it when nobody else does."""
        if self.ended:
            # The line that ends the span is written: this is another one, of the same span.
            if isinstance(error, Exception):
                self._log_late(error)
            return
        if self._is_client_gone(error):
            self._left = True
            self._end()
            return
        if isinstance(error, Exception) and self._status is None and not self._left:
            self._status = _SERVER_ERROR
            if self._is_outermost:
                try:
                    await self._answer()
                finally:
                    # Whatever becomes of the answer, a cancellation too.
                    self._end(error)
                return
        self._end(error)

    def _end(self, error: BaseException | None = None) -> None:
        scope, status = self._scope, self._status
        if self._left and not self._answered:
            self.outcome = "disconnected"
        if status is not None and status >= _SERVER_ERROR:
            self.status = "error"
        self._route = route_of(scope, at_end=True)
        if self._route is not None:
            self.update_name(f"{self._method} {self._route}")
        if self.operation is not None:
            self.operation.settle(self.name)
        quiet = self._middleware.quiet
        if self.status is None and error is None and quiet and self._path in quiet:
            self.end(silently=True)
            return
        self.end(error)

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What is known at the start, for a sampler."""
        known = {"url.path": self._path, "url.scheme": self._scope.get("scheme")}
        return {"http.request.method": "_OTHER" if self._method == "HTTP" else self._method, **known}

    def _described(self, error: BaseException | None) -> dict[str, Any]:
        scope, status = self._scope, self._status
        attributes: dict[str, Any] = {"http.request.method": "_OTHER" if self._method == "HTTP" else self._method}
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
        if (user_agent := self._user_agent) is not None:
            attributes["user_agent.original"] = user_agent.decode("latin-1")
        if error is not None:
            attributes["error.type"] = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
        elif self.status == "error":
            attributes["error.type"] = str(status) if status is not None and status >= _SERVER_ERROR else "_OTHER"
        return attributes

    def _is_client_gone(self, error: BaseException) -> bool:
        if isinstance(error, BaseExceptionGroup):
            return all(self._is_client_gone(each) for each in error.exceptions)
        # Told by name, since no framework is imported. A server may let a write to a client that left fail, too; any
        # other OSError, of a database, is the application's own.
        names = {each.__name__ for each in type(error).__mro__}
        return not _CLIENT_LEFT.isdisjoint(names) or error is self._unsent

    def _log_late(self, error: Exception) -> None:
        try:
            logger = library_logger() if self._logger is None else self._logger
            message = f"{self.name} failed after its response"
            logger.error(message, exc_info=error)
        except (Exception, DropEvent):  # noqa: BLE001 (a chain or sink that fails must not hide the application's own error)
            return

    async def _answer(self) -> None:
        """Leave the answer to the server, which refuses a handshake or breaks a connection off."""

    def _with_ids(self, message: Message) -> Message:
        # A new message, since this one is the application's; an id that it set itself stays.
        trace, header = self.trace, self._middleware.raw_header
        headers = [*(message.get("headers") or ())]
        present = dict(headers)
        if not b"".join(present).islower():
            present = {name.lower(): value for name, value in headers}
        if header not in present:
            headers.append((header, self.request_id.encode()))
        if b"traceresponse" not in present:
            response = f"00-{trace.trace_id}-{trace.span_id}-{trace.trace_flags}"
            headers.append((b"traceresponse", response.encode()))
        return {**message, "headers": headers}


def _operation_name(scope: Scope, method: str) -> str | None:
    route = route_of(scope)
    return None if route is None else f"{method} {route}"


def _caller(headers: Collection[tuple[bytes, bytes]], found: dict[bytes, bytes]) -> Remote | None:
    if len(found) == len(headers) and b"tracestate" not in found:
        # Every header came once, and this is the only one to read.
        known = parse_traceparent(found[b"traceparent"].decode("latin-1"))
        return None if known is None else _new(Remote, (*known, None))
    read = read_headers(headers)
    return None if read is None else Remote(*read[0], read[1])


class Request(_Exchange):
    """Follow one HTTP request."""

    async def receive(self) -> Message:
        """Pass a message in, and see whether the client left."""
        message = await self._receive()
        # Every client leaves once it has its answer.
        if message["type"] == "http.disconnect" and not self._answered:
            self._left = True
        return message

    async def send(self, message: Message) -> None:
        """Pass a message out; the first gets the ids, and the last ends the span."""
        kind = message["type"]
        is_last = False
        if kind == "http.response.start":
            self._more_trailers = bool(message.get("trailers", False))
            message = self._with_ids(message)
        elif kind == "http.response.body" or kind == "http.response.zerocopysend":  # noqa: PLR1714 (as in asgi.py)
            is_last = not message.get("more_body", False) and not self._more_trailers
        elif kind == "http.response.trailers":
            is_last = not message.get("more_trailers", False)
        elif kind == "http.response.pathsend":
            is_last = True
        if is_last:
            # Known before it is sent: while that takes, a server may say already that the client is gone.
            self._answered = not self._left
        try:
            await self._send(message)
        except OSError as error:
            # Thus a server says that the client left.
            self._unsent, self._left, self._answered = error, True, False
            raise
        if is_last:
            self._complete()
        elif kind == "http.response.start" and not self._left:
            # An answer to nobody, which a framework may still give, says nothing.
            self._status = message["status"]

    def _complete(self) -> None:
        status = self._status
        if self._left or (status is not None and status >= _SERVER_ERROR):
            # The error behind it comes after it: a framework answers first and then raises.
            self.stop_clock()
        else:
            self._end()

    async def _answer(self) -> None:
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        start = {"type": "http.response.start", "status": _SERVER_ERROR, "headers": headers}
        try:
            await self._send(self._with_ids(start))
            await self._send({"type": "http.response.body", "body": b"Internal Server Error"})
        except Exception:  # noqa: BLE001 (the client may be gone; the application's own error is the one that counts)
            return


class Connection(_Exchange):
    """Follow one websocket connection: one span, however many messages."""

    async def receive(self) -> Message:
        """Pass a message in, and see whether the client vanished."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect" and not self._answered:
            # To be closed is a connection's ordinary end; to break off isn't.
            self._left = message.get("code") == _ABNORMAL
            self._answered = not self._left
        return message

    async def send(self, message: Message) -> None:
        """Pass a message out; the one that accepts or refuses the connection gets the ids."""
        kind = message["type"]
        if kind == "websocket.accept":
            self._status = _SWITCHING
            message = self._with_ids(message)
        elif kind == "websocket.http.response.start":
            self._status = message["status"]
            message = self._with_ids(message)
        elif kind == "websocket.close":
            self._answered = True
            if self._status is None:
                # Closed before it was accepted: the server refuses the handshake.
                self._status = _FORBIDDEN
        elif kind == "websocket.http.response.body":
            self._answered = not message.get("more_body", False)
        try:
            await self._send(message)
        except OSError as error:
            # Thus a server says that the client left.
            self._unsent, self._left = error, not self._answered
            raise
