"""Serve what the validation service of W3C Trace Context calls, on our own middleware and client.

    python tests/w3c/serve.py asgi 5055

The validation service posts a list of `{"url": …, "arguments": […]}` to `/test`. Each of these is called back, with the
arguments as its body and the trace in its headers, before the answer is given. Needs uvicorn and httpx.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any, Final

import httpx
import structlog
import uvicorn

from structlog_enrich import bound_logger, preset
from structlog_enrich.integrations.asgi import TraceMiddleware
from structlog_enrich.integrations.httpx import AsyncTraceTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

_HEADERS: Final = [(b"content-type", b"application/json")]


class Service:
    """Answer `POST /test`; the client lives as long as the server."""

    _client: httpx.AsyncClient

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif (scope["method"], scope["path"]) == ("POST", "/test"):
            for each in json.loads(await _body(receive)):
                await self._client.post(each["url"], json=each["arguments"])
            await _answer(send, 200)
        else:
            await _answer(send, 404)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with httpx.AsyncClient(transport=AsyncTraceTransport(httpx.AsyncHTTPTransport())) as self._client:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b"null"})


def _serve_asgi(port: int) -> None:
    uvicorn.run(TraceMiddleware(Service()), host="127.0.0.1", port=port, access_log=False, log_level="warning")


_SERVERS: Final = {"asgi": _serve_asgi}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", choices=sorted(_SERVERS))
    parser.add_argument("port", type=int)
    given = parser.parse_args()
    structlog.configure(processors=preset(service="w3c"), wrapper_class=bound_logger())
    _SERVERS[given.server](given.port)
