"""Requests and connections of any ASGI application: Starlette, FastAPI, Litestar, Quart or one of your own.

```python
app = TraceMiddleware(app)
```
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final, Literal

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.integrations.http_exchange import Request
from structlog_enrich.integrations.lifespan import Lifespan
from structlog_enrich.integrations.websocket_exchange import Connection
from structlog_enrich.trace.carriers import checked_trust
from structlog_enrich.trace.ids import OWN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

__all__ = ["TraceMiddleware"]

_SEEN: Final = "structlog_enrich.request"
_TAKEN: Final = frozenset(
    {
        "connection",
        "content-length",
        "content-type",
        "host",
        "traceparent",
        "traceresponse",
        "tracestate",
        "transfer-encoding",
    }
)
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~\-]{1,64}").fullmatch


class TraceMiddleware:
    """Give each request a server span, and write the one line that ends it when its response is complete.

    Wrap the whole application, `app = TraceMiddleware(app)`, rather than adding it to a framework's list of
    middlewares, or the framework's own answer to an unhandled error lacks the ids. Inside, whatever logs carries the
    request's trace, its `operation` and its `request_id`: endpoints, dependencies, background tasks, streamed bodies.
    The request line says method, route, path, status and duration, and has in `context` what was bound on the way.

    A caller's `traceparent` is continued when it is well-formed; its sampled flag is handed on and never acted on. A
    `request_id` of 1 to 128 letters, digits, `.`, `_` and `-` is kept, any other replaced. Both ids are on the
    response, as `traceresponse` and under the header the request's id came in.

    Args:
        app: The application.
        trust: `accept` continues the caller's trace. `link`, for callers you don't trust to choose ids for your lines,
            begins a new one and names theirs in `links`.
        request_id_header: The header that carries the request's id, in and out; default `x-request-id`.
        quiet: Paths such as `/health` whose requests get no line when they go well.
        logger: A structlog logger for the request lines, and for the line of an application that fails to start or to
            shut down; its chain also says where the ids come from. Default one of the configured chain.

    Raises:
        ConfigurationError: An application that can't be called, an unknown *trust*, a header's name that isn't one or
            means something else, or paths that are no text.

    Source: ASGI 3.0; W3C Trace Context; OpenTelemetry semantic conventions for HTTP server spans.

    >>> async def app(scope, receive, send): ...
    >>> TraceMiddleware(app, quiet=["/health"])
    TraceMiddleware(trust='accept', request_id_header='x-request-id', quiet=['/health'])
    """

    __slots__ = ("app", "logger", "quiet", "raw_header", "request_id_header", "trust")

    def __init__(
        self,
        app: Application,
        *,
        trust: Literal["accept", "link"] = "accept",
        request_id_header: str = "x-request-id",
        quiet: Collection[str] = (),
        logger: Any = None,
    ) -> None:
        if not callable(app):
            raise ConfigurationError("app", "must be an ASGI application", received=type(app).__name__)
        self.app = app
        self.trust = checked_trust(trust)
        if (
            not isinstance(request_id_header, str)
            or not _HEADER_NAME(request_id_header)
            or request_id_header.lower() in _TAKEN
        ):
            rule = "must be the name of a header that means nothing else"
            raise ConfigurationError("request_id_header", rule, received=f"{request_id_header!r:.80}")
        if (
            isinstance(quiet, str)
            or not isinstance(quiet, Collection)
            or not all(isinstance(each, str) for each in quiet)
        ):
            raise ConfigurationError("quiet", "must be a collection of paths", received=f"{quiet!r:.80}")
        self.request_id_header = request_id_header.lower()
        self.quiet = frozenset(quiet)
        self.logger = logger
        # As a scope has it.
        self.raw_header = self.request_id_header.encode()

    def __repr__(self) -> str:
        return (
            f"TraceMiddleware(trust={self.trust!r}, request_id_header={self.request_id_header!r}, "
            f"quiet={sorted(self.quiet)!r})"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, exchange = None, None
        try:
            kind = scope["type"]
            # Nothing to trace in the application's own start and end, nor where an outer middleware does it already.
            if (kind == "http" or kind == "websocket") and _SEEN not in scope:  # noqa: PLR1714 (a tuple would be searched)
                exchange = (Request if kind == "http" else Connection)(self, scope, receive, send)
                exchange.start()
                exchange.activate()
                exchange.bind("request_id", exchange.request_id)
                # The marker, and what is to be put back when it is taken away.
                scope[_SEEN] = True if exchange._ids is OWN else exchange.hand_on()  # noqa: SLF001 (our own kind)
        except Exception:  # noqa: BLE001 (whatever breaks here costs the span, never the request)
            if exchange is not None:
                exchange.give_up()
                exchange = None
        if exchange is None:
            await (self._live if kind == "lifespan" else self.app)(scope, receive, send)
            return
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except BaseException as error:
            await exchange.failed(error)
            raise
        else:
            exchange.returned()
        finally:
            try:
                given = scope.pop(_SEEN, True)
                if given is not True:
                    scope["headers"] = given
                exchange.deactivate()
            except Exception:  # noqa: BLE001, S110 (as above)
                pass

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _SEEN in scope:
            await self.app(scope, receive, send)
            return
        lifespan = Lifespan(send, self.logger)
        scope[_SEEN] = True
        try:
            await self.app(scope, receive, lifespan.send)
        except BaseException as error:
            lifespan.failed(error)
            raise
        finally:
            scope.pop(_SEEN, None)
