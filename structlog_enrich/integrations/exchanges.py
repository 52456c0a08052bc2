"""One request or one websocket connection, from its headers to the line that ends it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.integrations.routes import route_of
from structlog_enrich.process import random_id
from structlog_enrich.trace.carriers import remote_of
from structlog_enrich.trace.configured import library_logger
from structlog_enrich.trace.spans import Span
from structlog_enrich.trace.w3c import format_traceparent, parse_traceparent, parse_tracestate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structlog_enrich.integrations.asgi import Message, Receive, Scope, Send, TraceMiddleware
    from structlog_enrich.trace.context import TraceContext

__all__ = ["Connection", "Request"]

_METHODS: Final = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._\-]{1,128}").fullmatch
_SERVER_ERROR: Final = 500
_SWITCHING: Final = 101
_FORBIDDEN: Final = 403
_ABNORMAL: Final = 1006
_CLIENT_LEFT: Final = frozenset({"ClientDisconnect", "WebSocketDisconnect"})


class _Exchange:
    """Follow what comes in and what goes out, and tell how it ended.

    Attributes:
        request_id: The caller's, when it is well-formed, else a new one.
        span: The server span.
    """

    __slots__ = (
        "_answered",
        "_header",
        "_ids",
        "_is_outermost",
        "_left",
        "_more_trailers",
        "_quiet",
        "_receive",
        "_scope",
        "_send",
        "_status",
        "_user_agent",
        "method",
        "request_id",
        "span",
    )

    def __init__(self, middleware: TraceMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._header = middleware.header
        self._quiet = middleware.quiet
        # A framework that put its application into the scope before us answers for errors itself.
        self._is_outermost = "app" not in scope
        self._left = self._answered = self._more_trailers = False
        self._status: int | None = None
        method = scope.get("method", "GET")
        self.method = method if method in _METHODS else "HTTP"
        remote = self._read(scope["headers"])
        linked = remote is not None and middleware.trust == "link"
        self.span = Span(
            self.method,
            kind="server",
            links=(remote,) if linked and remote is not None else (),
            logger=middleware.logger,
            is_entry=True,
            remote=None if linked else remote,
            resolve=self._operation,
        )

    def begun(self) -> None:
        """Prepare what goes out with the response, now that the span has its ids."""
        trace = self.span.trace
        response = format_traceparent(trace.trace_id, trace.span_id, trace.trace_flags)
        self._ids = ((self._header, self.request_id.encode()), (b"traceresponse", response.encode()))

    def returned(self) -> None:
        """End the span of an application that came back without an error."""
        if not self.span.ended:
            if not self._answered and not self._left:
                # The server will answer for it, with a 500.
                self._status = self._status or _SERVER_ERROR
                self.span.status = "error"
            self._end()

    async def failed(self, error: BaseException) -> None:
        """End the span of an application that raised, and answer for it when nobody else does."""
        if self.span.ended:
            # The line that ends the span is written: this is another one, of the same span.
            if isinstance(error, Exception):
                self._log_late(error)
            return
        if self._is_client_gone(error):
            # An answer that a framework gave to nobody says nothing.
            self._left, self._answered, self._status = True, False, None
            self._end()
            return
        if isinstance(error, Exception) and self._status is None:
            self._status = _SERVER_ERROR
            if self._is_outermost:
                await self._answer()
        self._end(error)

    def _end(self, error: BaseException | None = None) -> None:
        span, scope = self.span, self._scope
        if self._left and not self._answered:
            span.outcome = "disconnected"
        status = self._status
        if status is not None and status >= _SERVER_ERROR:
            span.status = "error"
        route = route_of(scope, finally_=True)
        if route is not None:
            span.update_name(f"{self.method} {route}")
        if span.status is None and error is None and self._quiet and scope.get("path") in self._quiet:
            span.end(silently=True)
            return
        client = scope.get("client")
        attributes: dict[str, Any] = {
            "http.request.method": self.method if self.method != "HTTP" else "_OTHER",
            "http.route": route,
            "url.path": scope.get("path"),
            "url.scheme": scope.get("scheme"),
            "http.response.status_code": status,
            "network.protocol.version": scope.get("http_version"),
            "client.address": client[0] if client else None,
            "user_agent.original": self._user_agent,
        }
        if error is not None:
            attributes["error.type"] = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
        elif span.status == "error":
            attributes["error.type"] = str(status)
        span.set_attributes(attributes)
        span.end(error)

    def _is_client_gone(self, error: BaseException) -> bool:
        # Told by name, since no framework is imported; a server may let a write to a client that left fail, too.
        names = {each.__name__ for each in type(error).__mro__}
        return not _CLIENT_LEFT.isdisjoint(names) or (self._left and isinstance(error, OSError))

    def _log_late(self, error: Exception) -> None:
        try:
            library_logger().error(f"{self.span.name} failed after its response", exc_info=error)
        except Exception:  # noqa: BLE001 (a chain or sink that fails must not hide the application's own error)
            return

    def _operation(self) -> str | None:
        route = route_of(self._scope)
        return None if route is None else f"{self.method} {route}"

    def _read(self, headers: Iterable[tuple[bytes, bytes]]) -> TraceContext | None:
        # One pass. A name's length tells it from almost every other header, and costs next to nothing.
        parents: list[bytes] = []
        states: list[bytes] = []
        request_id = user_agent = None
        wanted = self._header
        for name, value in headers:
            length = len(name)
            if length == 11 and name.lower() == b"traceparent":  # noqa: PLR2004
                parents.append(value)
            elif length == 10:  # noqa: PLR2004
                lower = name.lower()
                if lower == b"user-agent":
                    user_agent = value
                elif lower == b"tracestate":
                    states.append(value)
            if length == len(wanted) and name.lower() == wanted and request_id is None:
                request_id = value
        known = request_id is not None and _REQUEST_ID(request_id) is not None
        self.request_id = request_id.decode() if known and request_id is not None else random_id(16)
        self._user_agent = None if user_agent is None else user_agent.decode("latin-1")
        if len(parents) != 1:
            return None
        parent = parse_traceparent(parents[0].decode("latin-1"))
        if parent is None:
            return None
        return remote_of((parent, parse_tracestate(each.decode("latin-1") for each in states) if states else None))

    async def _answer(self) -> None:
        raise NotImplementedError

    def _with_ids(self, message: Message) -> Message:
        # A new message, since this one is the application's; an id that it set itself stays.
        headers = list(message.get("headers") or ())
        present = {name.lower() for name, _ in headers}
        headers += [each for each in self._ids if each[0] not in present]
        return {**message, "headers": headers}


class Request(_Exchange):
    """Follow one HTTP request."""

    __slots__ = ()

    async def receive(self) -> Message:
        """Pass a message in, and see whether the client left."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._left = True
        return message

    async def send(self, message: Message) -> None:
        """Pass a message out; the first gets the ids, and the last ends the span."""
        kind = message["type"]
        if kind == "http.response.body":
            await self._send(message)
            if not message.get("more_body", False) and not self._more_trailers:
                self._complete()
        elif kind == "http.response.start":
            self._status = message["status"]
            self._more_trailers = bool(message.get("trailers", False))
            await self._send(self._with_ids(message))
        else:
            await self._send(message)
            if kind == "http.response.pathsend" or (
                kind == "http.response.trailers" and not message.get("more_trailers", False)
            ):
                self._complete()

    def _complete(self) -> None:
        self._answered = not self._left
        status = self._status
        if status is not None and status >= _SERVER_ERROR:
            # The error behind it comes after it: a framework answers first and then raises.
            self.span.stop_clock()
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

    __slots__ = ()

    async def receive(self) -> Message:
        """Pass a message in, and see whether the client vanished."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
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
        await self._send(message)

    async def _answer(self) -> None:
        """Leave the answer to the server, which refuses the handshake or breaks the connection off."""
