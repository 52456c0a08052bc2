"""Requests without a network: an ASGI application, what a server would hand it, and one clock."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final

__all__ = ["SITUATIONS", "Application", "answer", "asked", "scopes", "serve"]

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

SITUATIONS: Final = {"with ids": True, "without ids": False}
"""How requests come: with `x-request-id` and `traceparent`, or without."""

_REQUESTS: Final = 1_000


async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Be the application that all stand around: it answers at once, in two messages."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


def scopes(*, with_ids: bool) -> list[dict[str, Any]]:
    """Return a thousand requests for one route, each with ten headers, and with two more that carry ids."""
    return [_scope(number, with_ids=with_ids) for number in range(_REQUESTS)]


def _scope(number: int, *, with_ids: bool) -> dict[str, Any]:
    path = f"/api/v1/orders/{118_000 + number}"
    headers = [
        (b"host", b"shop.example"),
        (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.%d.0" % number),
        (b"accept", b"application/json, text/plain, */*"),
        (b"accept-language", b"de-CH,de;q=0.9,en;q=0.8"),
        (b"accept-encoding", b"gzip, deflate, br, zstd"),
        (b"referer", b"https://shop.example/orders"),
        (b"cookie", b"theme=dark; consent=%d" % (number % 4)),
        (b"x-forwarded-for", b"10.0.%d.%d" % (number % 250, number % 200)),
        (b"x-forwarded-proto", b"https"),
        (b"connection", b"keep-alive"),
    ]
    if with_ids:
        trace_id = uuid.uuid5(uuid.NAMESPACE_URL, path).hex
        headers += [
            (b"x-request-id", uuid.uuid5(uuid.NAMESPACE_OID, path).hex.encode()),
            (b"traceparent", f"00-{trace_id}-{trace_id[:16]}-01".encode()),
        ]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"page=2&sort=created",
        "root_path": "",
        "server": ("10.0.0.5", 8_000),
        "client": (f"10.0.{number % 250}.{number % 200}", 40_000 + number),
        "headers": headers,
        "state": {},
    }


async def serve(app: Application, requests: list[dict[str, Any]]) -> tuple[int, int]:
    """Let *app* answer *requests*, one after the other, each in a task of its own as a server does.

    Returns:
        The nanoseconds until the last message of each response was sent, added up: what callers wait for. And those
        until the application returned. Starting the tasks isn't in them.
    """
    complete = whole = 0
    for each in requests:
        # An application may write into its scope, and a server makes one for each request.
        scope = {**each, "headers": [*each["headers"]], "state": {}}
        until_complete, in_all = await asyncio.create_task(_one(app, scope))
        complete += until_complete
        whole += in_all
    return complete, whole


async def _one(app: Application, scope: dict[str, Any]) -> tuple[int, int]:
    complete = 0

    async def send(message: dict[str, Any]) -> None:
        nonlocal complete
        if message["type"] == "http.response.body":
            complete = time.perf_counter_ns()

    start = time.perf_counter_ns()
    await app(scope, _receive, send)
    returned = time.perf_counter_ns()
    return complete - start, returned - start


async def asked(app: Application, request: dict[str, Any]) -> dict[bytes, bytes]:
    """Return the headers of the response to one request, for whoever wants to see what is measured."""
    headers: dict[bytes, bytes] = {}

    async def send(message: dict[str, Any]) -> None:
        headers.update({name.lower(): value for name, value in message.get("headers", ())})

    await app({**request, "headers": [*request["headers"]], "state": {}}, _receive, send)
    return headers


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}
