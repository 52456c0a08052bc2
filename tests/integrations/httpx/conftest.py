"""What requests are sent with and to: clients whose requests are traced, and servers for them."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from structlog_enrich.integrations.httpx import AsyncTraceTransport, TraceTransport
from tests.integrations.httpx.answers import TIMEOUT, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


@contextmanager
def _serving() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join(TIMEOUT)
            assert not thread.is_alive()


@pytest.fixture
def serving() -> Callable[[], AbstractContextManager[Server]]:
    """Return a context manager that runs one more server that answers as the path says."""
    return _serving


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server that answers as the path says."""
    with _serving() as started:
        yield started


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the address of a server that accepts connections and says nothing: over TLS, none comes about."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/"


@pytest.fixture
def nobody() -> str:
    """Return an address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}/"


@pytest.fixture
def client() -> Callable[..., httpx.Client]:
    """Return a function for a client whose requests are traced: `client(transport, **options)`."""

    def made(transport: httpx.BaseTransport | None = None, **options: Any) -> httpx.Client:
        traced = TraceTransport(transport or httpx.HTTPTransport(verify=False))
        return httpx.Client(transport=traced, **{"timeout": TIMEOUT, **options})

    return made


@pytest.fixture
def async_client() -> Callable[..., httpx.AsyncClient]:
    """Return a function for an asynchronous client whose requests are traced."""

    def made(transport: httpx.AsyncBaseTransport | None = None, **options: Any) -> httpx.AsyncClient:
        traced = AsyncTraceTransport(transport or httpx.AsyncHTTPTransport(verify=False))
        return httpx.AsyncClient(transport=traced, **{"timeout": TIMEOUT, **options})

    return made


@pytest.fixture
def told() -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Return a function for how a line's span went: level, status, outcome, error.type and the type of the error."""

    def of(line: dict[str, Any]) -> tuple[Any, ...]:
        part = line["span"]
        kind = part["attributes"].get("error.type")
        return line["level"], part["status"], part.get("outcome"), kind, line.get("error", {}).get("type")

    return of
