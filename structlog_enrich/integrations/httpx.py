"""Requests sent with httpx: a client span for each, whose trace goes out with it.

```python
client = httpx.Client(transport=TraceTransport())
```
"""

from __future__ import annotations

import copy
import re
from sys import exception
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar
from weakref import WeakKeyDictionary

from structlog_enrich.exceptions import ConfigurationError, MissingExtraError
from structlog_enrich.integrations.methods import METHODS
from structlog_enrich.trace.endings import judged, type_name
from structlog_enrich.trace.spans import Span
from structlog_enrich.trace.w3c import format_traceparent

try:
    import httpx
except ModuleNotFoundError as missing:
    if missing.name != "httpx":
        raise
    raise MissingExtraError("structlog_enrich.integrations.httpx", "httpx", "httpx") from missing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import TracebackType

    from structlog_enrich.trace.context import TraceContext

__all__ = ["AsyncTraceTransport", "TraceTransport"]

_Transport = TypeVar("_Transport")

_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500
_VERSION: Final = re.compile(rb"HTTP/([0-9.]{1,8})").fullmatch
_QUOTED: Final = re.compile(r"(?:\bbytearray\()?\bb['\"].*", re.DOTALL).sub

# What each request was last sent as, for as long as its sender keeps it: trace, attempt, span.
_sent: Final[WeakKeyDictionary[httpx.Request, tuple[str, int, str]]] = WeakKeyDictionary()


class TraceTransport(httpx.BaseTransport):
    """Give each request that another transport sends a client span, and write the one line that ends it.

    The span is a child of the current one. It lasts until the response's body has been read to its end, has failed or
    is closed; only while the request is being sent is it the active one. `traceparent` and `tracestate` go out on a
    copy, in place of the caller's. The line is `error` for an exception and a 5xx, `warning` for a 4xx.

    A redirect is a request of its own. To send the same `httpx.Request` again within a trace is its next attempt.

    Args:
        transport: What sends the requests; default `httpx.HTTPTransport()`. What a client would configure it with,
            `verify`, `cert`, `http2`, `limits` or `proxy`, it must be given here. It is closed with this one.
        logger: A structlog logger for the lines; default one of the configured chain.

    Raises:
        ConfigurationError: A transport that isn't synchronous, or none at all.

    Source: W3C Trace Context, sections 3.2 and 3.3; OpenTelemetry semantic conventions for HTTP client spans.

    >>> transport = TraceTransport(httpx.MockTransport(lambda request: httpx.Response(200, json=[*request.headers])))
    >>> with httpx.Client(transport=transport) as client:
    ...     "traceparent" in client.get("https://stock.example/items").json()
    20... [info     ] GET
    True
    """

    def __init__(self, transport: httpx.BaseTransport | None = None, *, logger: Any = None) -> None:
        self._transport = httpx.HTTPTransport() if transport is None else _checked(transport, httpx.BaseTransport)
        self._logger = logger

    def __repr__(self) -> str:
        return f"TraceTransport({type(self._transport).__name__})"

    def __enter__(self) -> Self:
        self._transport.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._transport.__exit__(exc_type, exc_value, traceback)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        attempt = _begun(request, self._logger)
        if attempt is None:
            return self._transport.handle_request(request)
        try:
            response = self._transport.handle_request(attempt.outgoing)
        except BaseException as error:
            attempt.end(error)
            raise
        finally:
            attempt.deactivate()
        if attempt.answered(response, httpx.SyncByteStream):
            response.stream = _Body(response.stream, attempt)
        return response

    def close(self) -> None:
        self._transport.close()


class AsyncTraceTransport(httpx.AsyncBaseTransport):
    """Do for `httpx.AsyncClient` what `TraceTransport` does for `httpx.Client`.

    A request that is cancelled, wherever it stands, ends as `outcome` `cancelled` and is no error.

    Args:
        transport: As in `TraceTransport`; default `httpx.AsyncHTTPTransport()`.
        logger: As in `TraceTransport`.

    Raises:
        ConfigurationError: A transport that isn't asynchronous, or none at all.

    >>> AsyncTraceTransport(httpx.AsyncHTTPTransport(http1=True, retries=1))
    AsyncTraceTransport(AsyncHTTPTransport)
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None, *, logger: Any = None) -> None:
        self._transport = (
            httpx.AsyncHTTPTransport() if transport is None else _checked(transport, httpx.AsyncBaseTransport)
        )
        self._logger = logger

    def __repr__(self) -> str:
        return f"AsyncTraceTransport({type(self._transport).__name__})"

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._transport.__aexit__(exc_type, exc_value, traceback)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        attempt = _begun(request, self._logger)
        if attempt is None:
            return await self._transport.handle_async_request(request)
        try:
            response = await self._transport.handle_async_request(attempt.outgoing)
        except BaseException as error:
            attempt.end(error)
            raise
        finally:
            attempt.deactivate()
        if attempt.answered(response, httpx.AsyncByteStream):
            response.stream = _AsyncBody(response.stream, attempt)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


class _Attempt:
    """Follow one request until it has failed or the body of its response is done with.

    Nothing here raises: whatever becomes of the line, the request goes on.

    Attributes:
        outgoing: A copy of the caller's request, with the trace in its headers.
    """

    __slots__ = ("_open", "_outside", "_request", "_span", "outgoing")

    def __init__(self, request: httpx.Request, outgoing: httpx.Request, span: Span) -> None:
        self._request = request
        self._span = span
        # Emptied by whoever ends the span: another thread may close the body while this one reads it.
        self._open = [span]
        # What is handled meanwhile lives as long as this, unless the body outlives it.
        self._outside = id(exception())
        self.outgoing = outgoing

    def deactivate(self) -> None:
        try:
            self._span.deactivate()
        except Exception:  # noqa: BLE001
            return

    def answered(self, response: httpx.Response, stream: type[Any]) -> bool:
        """Note what the response says, and tell whether its body is still to come."""
        try:
            response.request = self._request
            self._note(response.status_code, response.extensions.get("http_version"))
            if isinstance(response.stream, stream) and not response.is_closed:
                return True
        except Exception:  # noqa: BLE001
            self.end()
            return False
        self.end()
        return False

    def end(self, error: BaseException | None = None) -> None:
        """Write the line that ends the span, the first time."""
        try:
            span = self._open.pop()
        except IndexError:
            return
        told = error
        try:
            told = self._judge(error)
        except Exception:  # noqa: BLE001 (an exception's own methods)
            span.status = "error"
        try:
            span.end(told)
        except Exception:  # noqa: BLE001
            return

    def closed(self) -> None:
        """Write that line for a body that is closed, unless it was read to its end."""
        if self._open:
            error = exception()
            self.end(error if error is not None and self._is_its_end(error) else None)

    def _is_its_end(self, error: BaseException) -> bool:
        # A body is closed while an exception goes by, be it the caller's own. Of this request are a cancellation, which
        # stops both, and what httpx makes of the body after it came through here, such as one that can't be decoded.
        try:
            if id(error) == self._outside:
                return False
            if issubclass(type(error), httpx.RequestError):
                return error.request is self._request  # type: ignore[attr-defined]
            return judged(error)[1] == "cancelled"
        except Exception:  # noqa: BLE001 (one that belongs to no request, and says so by raising)
            return False

    def _judge(self, error: BaseException | None) -> BaseException | None:
        # By its type: an exception that is asked for its class may fail or lie.
        kind = type(error)
        if error is None or not issubclass(kind, Exception):
            return error
        span = self._span
        if span.status is None:
            span.set_attribute("error.type", type_name(error))
        # A failure is one, whatever the status line promised.
        span.status, span.level = "error", None
        if issubclass(kind, httpx.TimeoutException):
            span.outcome = "timeout"
        return _unquoted(error) if issubclass(kind, httpx.ProtocolError) else error

    def _note(self, code: int, version: object) -> None:
        span = self._span
        span.set_attribute("http.response.status_code", code)
        if isinstance(version, bytes) and (number := _VERSION(version)):
            span.set_attribute("network.protocol.version", number[1].decode())
        if code >= _CLIENT_ERROR:
            span.status = "error"
            # What a server refuses is no failure of this process.
            span.level = "error" if code >= _SERVER_ERROR else "warning"
            span.set_attribute("error.type", str(code))


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any, attempt: _Attempt) -> None:
        self._stream = stream
        self._attempt = attempt

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except GeneratorExit:
            # Left early, perhaps by the garbage collector, under whose feet nothing should be logged: `close` follows.
            raise
        except BaseException as error:
            self._attempt.end(error)
            raise
        self._attempt.end()

    def close(self) -> None:
        try:
            self._stream.close()
        except BaseException as error:
            self._attempt.end(error)
            raise
        self._attempt.closed()


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, stream: Any, attempt: _Attempt) -> None:
        self._stream = stream
        self._attempt = attempt

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream:
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as error:
            self._attempt.end(error)
            raise
        self._attempt.end()

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        except BaseException as error:
            self._attempt.end(error)
            raise
        self._attempt.closed()


def _begun(request: httpx.Request, logger: Any) -> _Attempt | None:
    """Start the span of *request* and make it the active one; None when that can't be done."""
    try:
        outgoing = copy.copy(request)
        # A copy made so has neither; the body is the caller's own and can be read but once.
        outgoing.stream, outgoing.extensions = request.stream, request.extensions
        outgoing.headers = httpx.Headers(request.headers)
        method = request.method if request.method in METHODS else "HTTP"
        span = Span(method, kind="client", attributes=_facts(request, method), logger=logger)
        span.peer = request.url.netloc.decode() or None
        span.start()
        _put(span.trace, outgoing.headers)
        _count(request, span)
        span.activate()
        return _Attempt(request, outgoing, span)
    except Exception:  # noqa: BLE001 (without a span, but sent)
        return None


def _facts(request: httpx.Request, method: str) -> dict[str, Any]:
    url = request.url
    # As it goes over the wire: decoding it for people fails for some names.
    host = url.raw_host.decode()
    facts: dict[str, Any] = {"http.request.method": method}
    if method == "HTTP":
        facts["http.request.method"] = "_OTHER"
        facts["http.request.method_original"] = request.method
    if host:
        # Without user, password, query and fragment, where secrets travel.
        path = url.raw_path.partition(b"?")[0].decode()
        facts["url.full"] = f"{url.scheme}://{url.netloc.decode()}{path}"
        facts["server.address"] = host
        facts["server.port"] = _PORTS.get(url.scheme) if url.port is None else url.port
    return facts


def _put(trace: TraceContext, headers: httpx.Headers) -> None:
    # As `inject` does, in a quarter of the time: these know no difference between cases.
    headers["traceparent"] = format_traceparent(trace.trace_id, trace.span_id, trace.trace_flags)
    if trace.tracestate is not None:
        headers["tracestate"] = trace.tracestate
    elif any(name.lower() == b"tracestate" for name, _ in headers.raw):
        # It belongs to the `traceparent` that was replaced.
        del headers["tracestate"]


def _count(request: httpx.Request, span: Span) -> None:
    trace = span.trace
    try:
        trace_id, attempt, span_id = _sent.get(request, ("", 0, ""))
    except TypeError:
        # A subclass that can't be told from others, or be pointed at, has no history.
        return
    # A request that is kept and sent for one caller after another isn't tried again for the later ones.
    if trace_id == trace.trace_id:
        span.attempt = attempt + 1
        span.previous_span_id = span_id
        span.set_attribute("http.request.resend_count", attempt)
    _sent[request] = (trace.trace_id, span.attempt, trace.span_id)


def _unquoted(error: BaseException) -> BaseException:
    # A header that can't be sent or understood is quoted in the message and in those of the causes: a token that ends
    # in a newline, a malformed cookie.
    message = str(error)
    cut = _QUOTED("…", message)
    if cut == message:
        return error
    kind = httpx.LocalProtocolError if issubclass(type(error), httpx.LocalProtocolError) else httpx.RemoteProtocolError
    return kind(cut).with_traceback(error.__traceback__)


def _checked(transport: _Transport, kind: type[Any]) -> _Transport:
    if not isinstance(transport, kind):
        raise ConfigurationError("transport", f"must be an httpx.{kind.__name__}", received=type(transport).__name__)
    return transport
