"""The headers of what comes in: read from its scope, and written to its answer."""

from __future__ import annotations

import re
from functools import partial
from sys import exception
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.integrations.methods import METHODS
from structlog_enrich.integrations.routes import route_of
from structlog_enrich.process import random_id
from structlog_enrich.trace.context import Remote
from structlog_enrich.trace.operation import cleaned
from structlog_enrich.trace.spans import Span
from structlog_enrich.trace.w3c import format_traceparent, parse_traceparent, read_headers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from structlog_enrich.integrations.asgi import Message, Receive, Scope, Send, TraceMiddleware
    from structlog_enrich.trace.spans import Kind

__all__ = ["Arrival"]

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._\-]{1,128}").fullmatch
_LONGEST_ID: Final = 128
_new: Final = tuple.__new__
"""Skips the constructor of a named tuple, which takes longer than making one."""

_TRACE_HEADERS: Final = frozenset({b"traceparent", b"tracestate"})


class Arrival(Span):
    """Be the server span of what comes in, with the ids that its headers name.

    Attributes:
        request_id: The caller's, when it is well-formed, else a new one.
    """

    kind: Kind = "server"
    _is_entry = True
    # The exception that was handled already when it came.
    _outside: int | None = None

    def __init__(self, middleware: TraceMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
        # What `Span` checks was checked when the middleware was made, so it isn't asked again for each request.
        self._middleware = middleware
        self._scope = scope
        self._receive = receive
        self._send = send
        if (outside := exception()) is not None:
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
