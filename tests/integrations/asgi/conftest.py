"""An ASGI server played by hand, and applications that play their part."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    Message = MutableMapping[str, Any]


class Exchange:
    """Play the server for one request or connection.

    Attributes:
        scope: The scope as the application left it.
        sent: The messages that the application sent.
        error: What the application raised, or None.
    """

    def __init__(self, scope: MutableMapping[str, Any], incoming: Iterable[Message]) -> None:
        self.scope = scope
        self.sent: list[Message] = []
        self.error: BaseException | None = None
        self._incoming = list(incoming)
        self._complete = asyncio.Event()

    @property
    def status(self) -> int:
        """The response's status."""
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The response's headers, the names in lower case."""
        return [(name.decode().lower(), value.decode()) for name, value in self.sent[0]["headers"]]

    async def receive(self) -> Message:
        """Give what comes in; when that is all, a disconnect once the response is complete."""
        if not self._incoming:
            await self._complete.wait()
            return {"type": "http.disconnect"}
        return self._incoming.pop(0)

    async def send(self, message: Message) -> None:
        """Take what goes out."""
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._complete.set()

    async def run(self, app: Callable[..., Awaitable[None]]) -> Exchange:
        """Call *app*, and keep what it raises."""
        try:
            await app(self.scope, self.receive, self.send)
        except BaseException as error:
            self.error = error
        return self


@pytest.fixture
def drive() -> Callable[..., Exchange]:
    """Return a function that plays the server: `drive(app, "POST", "/orders/7", headers=…, incoming=…, **scope)`."""

    def run(app: Callable[..., Awaitable[None]], method: str = "GET", path: str = "/", **given: Any) -> Exchange:
        return asyncio.run(Exchange(*_played(method, path, **given)).run(app))

    return run


@pytest.fixture
def drive_async() -> Callable[..., Awaitable[Exchange]]:
    """Return `drive` as a coroutine, for a test with an event loop of its own."""

    async def run(app: Callable[..., Awaitable[None]], method: str = "GET", path: str = "/", **given: Any) -> Exchange:
        return await Exchange(*_played(method, path, **given)).run(app)

    return run


def _played(
    method: str, path: str, *, headers: Iterable[tuple[bytes, bytes]] = (), incoming: Any = None, **scope: Any
) -> tuple[dict[str, Any], list[Message]]:
    played = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }
    everything = [{"type": "http.request", "body": b"", "more_body": False}]
    return {**played, **scope}, everything if incoming is None else incoming


@pytest.fixture
def playing() -> Callable[..., Any]:
    """Return a function for an application that takes one step after the other: `playing(None, 200, "a", b"b")`.

    A number begins a response with that status, text is a part of its body and bytes the last; a message is sent as it
    is, an exception raised, and for None it receives.
    """
    return _playing


def _playing(*steps: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for step in steps:
            if step is None:
                await receive()
            elif isinstance(step, BaseException):
                raise step
            else:
                await send(_message(step))

    return app


def _message(step: Any) -> Any:
    if isinstance(step, int):
        return {"type": "http.response.start", "status": step, "headers": [(b"content-type", b"text/plain")]}
    if isinstance(step, str):
        return {"type": "http.response.body", "body": step.encode(), "more_body": True}
    return {"type": "http.response.body", "body": step} if isinstance(step, bytes) else step


@pytest.fixture
def passing() -> Callable[[int], list[Middleware]]:
    """Return a function for so many of Starlette's `BaseHTTPMiddleware`, which run what is below in a task."""

    async def dispatch(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    return lambda count: [Middleware(BaseHTTPMiddleware, dispatch=dispatch)] * count


@pytest.fixture(params=["uvicorn", "hypercorn"])
def by(request: pytest.FixtureRequest) -> str:
    """Return the name of each server in turn."""
    return str(request.param)


@pytest.fixture(params=[0, 1], ids=["plain", "below BaseHTTPMiddleware"])
def below(request: pytest.FixtureRequest, passing: Callable[[int], list[Middleware]]) -> list[Middleware]:
    """Return the middlewares that an application runs below: none, then one that runs it in a task."""
    return passing(request.param)
