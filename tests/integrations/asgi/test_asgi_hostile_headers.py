"""Headers of an attacker, as bytes on a socket: row R43 of the writer's fault catalogue, from the outside."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

_TRACE, _PARENT = b"7d3f0c92be614a58a1f4c60e2b9d8135", b"c1e5a7093bd2486f"
_SENT = b"traceparent: 00-" + _TRACE + b"-" + _PARENT + b"-01\r\n"
# Whatever no server may let pass is answered by the server itself.
_HOSTILE = {
    "a megabyte of tracestate": _SENT + b"tracestate: " + b"a=b," * 250_000 + b"\r\n",
    "a hundred thousand members": _SENT + b"tracestate: " + b",".join(b"k%d=v" % n for n in range(100_000)) + b"\r\n",
    "twice": _SENT + _SENT.replace(_TRACE, b"0123456789abcdef" * 2),
    "a hundred times": _SENT * 100,
    "NUL": b"traceparent: 00-" + _TRACE[:-1] + b"\x00-" + _PARENT + b"-01\r\n",
    "not ASCII": b"traceparent: 00-" + "é".encode() * 16 + b"-" + _PARENT + b"-01\r\n",
    "a folded line": b"traceparent: 00-" + _TRACE + b"-\r\n " + _PARENT + b"-01\r\n",
    "a line of its own": b"traceparent: 00-" + _TRACE + b"-" + _PARENT + b'-01"},{"seq":1\r\n',
}


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})


def _status(address: str, headers: bytes) -> int:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n" + headers + b"\r\n")
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        except ConnectionError:
            # It has refused them before it had read all.
            return 400
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("by", ["uvicorn", "hypercorn"])
@pytest.mark.parametrize("what", _HOSTILE)
def test_r43_over_a_socket(what: str, by: str, sink: Any, serve: Callable[..., AbstractContextManager[str]]) -> None:
    """The request is answered or refused, the next one is served, and no id is of an attacker's making."""
    with serve(TraceMiddleware(_answer), by=by) as address:
        status = _status(address, _HOSTILE[what])
        assert status == 200 or 400 <= status < 500
        assert 200 == _status(address, _SENT)
    lines = [line for line in sink.lines() if "request" in line or "trace_id" in line]
    assert (status == 200) + 1 <= len(lines)
    for line in lines:
        assert re.fullmatch("[0-9a-f]{32}", line["trace_id"])
        assert re.fullmatch("[0-9a-f]{16}", line["span_id"])
    assert _TRACE.decode() == lines[-1]["trace_id"]
    if what in {"NUL", "not ASCII", "a line of its own", "twice"}:
        assert _TRACE.decode() not in [line["trace_id"] for line in lines[:-1]]
