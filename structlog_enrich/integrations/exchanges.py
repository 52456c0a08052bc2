"""What comes in and goes out: what a request and a websocket connection have in common."""

from __future__ import annotations

import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from structlog.exceptions import DropEvent

from structlog_enrich.integrations.methods import METHODS
from structlog_enrich.integrations.routes import route_of
from structlog_enrich.process import random_id
from structlog_enrich.trace.context import Remote
from structlog_enrich.trace.endings import judged, members_of, names_of, type_name
from structlog_enrich.trace.lines import write_error
from structlog_enrich.trace.operation import cleaned
from structlog_enrich.trace.spans import Span
from structlog_enrich.trace.w3c import format_traceparent, parse_traceparent, read_headers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from structlog_enrich.integrations.asgi import Message, Receive, Scope, Send, TraceMiddleware
    from structlog_enrich.trace.spans import Kind

__all__ = ["SERVER_ERROR", "Exchange", "in_flight"]

SERVER_ERROR: Final = 500
"""The first status of those that say the server failed."""

in_flight: Final = sys.exception
"""Return the exception that is being handled, or None."""

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._\-]{1,128}").fullmatch
_LONGEST_ID: Final = 128
_new: Final = tuple.__new__
"""Skips the constructor of a named tuple, which takes longer than making one."""

_CLIENT_LEFT: Final = frozenset({"ClientDisconnect", "WebSocketDisconnect"})
_TRACE_HEADERS: Final = frozenset({b"traceparent", b"tracestate"})


class Exchange(Span):
    """Be the server span of what comes in and goes out, and tell how it ended.

    `_answered` becomes True when nothing more is to be said to the client, `_left` when the client is gone before that;
    never both. `_status` is what the client was told. With neither `_answered` nor `_left`, the application is at work,
    and when it returns so it has failed.

    Whatever is wrong with a message, it goes on as it came, to who can say so: nothing here raises of its own.

    Attributes:
        request_id: The caller's, when it is well-formed, else a new one.
    """

    kind: Kind = "server"
    _is_entry = True
    _left = False
    _answered = False
    _status: int | None = None
    _is_failure = False
    _unsent: BaseException | None = None
    _cause: BaseException | None = None
    _outside: int | None = None
    _route: str | None = None
    # Of the line when it is cancelled before it was answered.
    _cut_off_level: Literal["warning"] | None = None

    def __init__(self, middleware: TraceMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
        # What `Span` checks was checked when the middleware was made, so it isn't asked again for each request.
        self._middleware = middleware
        self._scope = scope
        self._receive = receive
        self._send = send
        if (outside := in_flight()) is not None:
            # It lives as long as this, since who calls us handles it.
            self._outside = id(outside)
        # A framework that put its application into the scope before us answers for errors itself.
        self._is_outermost = "app" not in scope
        # A framework that mounts applications may cut the path in the scope.
        self._path = scope.get("path")
        method = scope.get("method", "GET")
        self.name = self._method = method if method in METHODS else "HTTP"
        # It holds the scope and not this object, which would hold itself then: each request would leave garbage that
        # only the collector finds.
        self._resolve = partial(_operation_name, scope, self._method)
        if middleware.logger is not None:
            self._logger = middleware.logger
        # As a dict, of names that ASGI promises in lower case: that is one step, where a loop takes one a header.
        headers = scope.get("headers") or ()
        if type(headers) is not list and type(headers) is not tuple:
            headers = _to_keep(scope, headers)
        found = dict(headers)
        if b"host" not in found or b"Host" in found:
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

    def hand_on(self) -> object:
        """Name this span in the request's headers in the caller's place, and return the headers as they were.

        Who reads them again, as frameworks do that start OpenTelemetry spans of their own, thus goes on with this span
        and not past it with a caller that is only to be linked to.
        """
        given, trace = self._scope.get("headers"), self.trace
        headers = [each for each in given or () if each[0].lower() not in _TRACE_HEADERS]
        headers.append((b"traceparent", format_traceparent(trace.trace_id, trace.span_id, trace.trace_flags).encode()))
        if trace.tracestate is not None:
            headers.append((b"tracestate", trace.tracestate.encode()))
        self._scope["headers"] = headers
        return given

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
            if not self._answered and not self._left:
                # The server will answer for it, with a 500.
                self._status = self._status or SERVER_ERROR
                self._is_failure = True
            self._end()
        elif self._is_failure:
            # Or each would hold the other.
            self._cause = None

    async def failed(self, error: BaseException) -> None:
        """End the span of an application that raised, and answer for it when nobody else does."""
        is_error = issubclass(type(error), Exception)
        if self.ended:
            # The line that ends the span is written: this is another one, of the same span.
            if is_error and error is not self._cause:
                write_error(self._logger, f"{self.name} failed after its response", error, {})
            self._cause = None
            return
        if self._is_client_gone(error):
            self._left = True
            self._end()
            return
        if is_error and self._status is None and not self._left:
            self._status = SERVER_ERROR
            if self._is_outermost:
                try:
                    await self._answer()
                finally:
                    # Whatever becomes of the answer, a cancellation too.
                    self._end(error)
                return
        if not (self._left or self._is_failure) and judged(error)[1] == "cancelled":
            self.level = self._cut_off_level
        self._end(error)

    def _end(self, error: BaseException | None = None) -> None:
        try:
            if self._left and not self._answered:
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

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What is known at the start, for a sampler."""
        known = {"url.path": self._path, "url.scheme": self._scope.get("scheme")}
        return {**self._named(), **known}

    def _named(self) -> dict[str, Any]:
        if self._method != "HTTP":
            return {"http.request.method": self._method}
        return {
            "http.request.method": "_OTHER",
            "http.request.method_original": cleaned(self._scope.get("method")),
        }

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

    def _with_ids(self, message: Message) -> Message:
        # A new message, since this one is the application's; an id that it set itself stays.
        trace, header = self.trace, self._middleware.raw_header
        headers = message.get("headers") or ()
        try:
            headers = [*headers]
            present = dict(headers)
            if not b"".join(present).islower():
                present = {name.lower(): value for name, value in headers}
            if header not in present:
                headers.append((header, self.request_id.encode()))
            if b"traceresponse" not in present:
                response = f"00-{trace.trace_id}-{trace.span_id}-{trace.trace_flags}"
                headers.append((b"traceresponse", response.encode()))
        except Exception:  # noqa: BLE001 (names that are no bytes, which no server takes)
            return {**message, "headers": headers}
        return {**message, "headers": headers}


def _to_keep(scope: Scope, headers: Any) -> Any:
    # Any iterable is allowed. What can be gone through only once is kept, for the application to go through.
    if iter(headers) is headers:
        headers = scope["headers"] = [*headers]
    return headers if isinstance(headers, dict) else [*headers]


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
