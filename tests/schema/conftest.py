"""Lines that the tests of the schema start from."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

EXAMPLE = (
    b'{"schema_version":"1.0","timestamp":"2026-11-22T04:48:00.000123Z","level":"info","message":"payment captured",'
    b'"service":"checkout","version":"1.4.2","environment":"production","operation":"POST /orders/{id}",'
    b'"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","parent_span_id":"53995c3f42cd8ad8",'
    b'"trace_flags":"01","boot_id":"9f1c2ab4d07e6613","seq":18,"host":"node-17","process_id":4121,"thread_id":140213,'
    b'"runtime":"CPython 3.13.0","region":"eu-west-1","release_channel":"stable","enrichment":"a41f09c27be3",'
    b'"context":{"request_id":"req-8812","user_id":"u-4211"},"payload":{"order_id":"o-118822","amount":129.95,'
    b'"password":"[REDACTED:password]"},"redacted":["payload.password:password"]}\n'
)


@pytest.fixture
def example() -> bytes:
    """Return the example of the wire format, as it is written."""
    return EXAMPLE


@pytest.fixture
def line() -> dict[str, Any]:
    """Return the example of the wire format, decoded and free to be changed."""
    decoded: dict[str, Any] = orjson.loads(EXAMPLE)
    return decoded


@pytest.fixture
def span() -> dict[str, Any]:
    """Return the span of a line that ends one."""
    return {"phase": "end", "name": "GET /", "kind": "server", "attempt": 1, "duration_ms": 12.345, "status": "ok"}


@pytest.fixture
def gap() -> dict[str, Any]:
    """Return the gap of a line that reports lost lines."""
    return {
        "reason": "queue_full",
        "count": 3,
        "levels": {"info": 2, "debug": 1},
        "ranges": [[4, 5], [9, 9]],
        "complete": True,
        "boot_id": "9f1c2ab4d07e6613",
    }


@pytest.fixture
def error() -> dict[str, Any]:
    """Return the error of a line that reports an exception."""
    return {"type": "builtins.ValueError", "message": "no", "stack": "Traceback", "fingerprint": "0123456789ab"}
