"""The shoppers, against a server of the test's own: how many they are, what they send and what they keep."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from structlog_enrich.demo.shoppers import shop
from structlog_enrich.demo.visit import Visit

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Iterator

    from structlog_enrich.demo.shoppers import Answer

_ANSWER = b"HTTP/1.1 204 No Content\r\nx-path: %b\r\nTraceResponse: 00-a-b-01\r\nconnection: close\r\n\r\n"


class _Counted(list[Visit]):
    """Visits that know how many of them have been taken."""

    taken = 0

    def __iter__(self) -> Iterator[Visit]:
        for each in super().__iter__():
            self.taken += 1
            yield each


def _shop(visits: _Counted) -> tuple[list[Answer], list[int]]:
    """Return what the shoppers got, and how many visits they had taken whenever a request came in."""
    taken: list[int] = []

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        taken.append(visits.taken)
        if b"/hang-up" not in head:
            writer.write(_ANSWER % head.split()[1])
        writer.close()

    async def run() -> list[Answer]:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await shop(f"http://127.0.0.1:{port}", visits)

    return asyncio.run(run()), taken


class TestShop:
    """Many at a time, each with its answer."""

    def test_dozen(self) -> None:
        """They are a dozen: as many visits are under way when the first request comes in."""
        _, taken = _shop(_Counted(Visit("look", 204, path=f"/{number}") for number in range(40)))

        assert 12 == taken[0]
        assert 40 == len(taken)

    def test_order(self) -> None:
        """What came back is in the order of the visits."""
        visits = _Counted(Visit("look", 204, path=f"/{number}") for number in range(30))
        answers, _ = _shop(visits)

        assert [(204, each.path) for each in visits] == [
            (each.status, dict(each.headers)["x-path"]) for each in answers
        ]
        assert [*visits] == [each.visit for each in answers]

    def test_header_names(self) -> None:
        """Names of headers are kept in lower case, so that an id is found however it is spelled."""
        ((answer,), _) = _shop(_Counted([Visit("look", 204)]))

        assert ("a", "b", "") == (answer.trace_id, answer.span_id, answer.request_id)

    def test_no_answer(self) -> None:
        """A visit to which nothing came back is kept, with the reason, and the others go on."""
        visits = _Counted([Visit("hang up", 200, path="/hang-up"), Visit("look", 204, path="/look")])
        (failed, other), _ = _shop(visits)

        assert (0, 204) == (failed.status, other.status)
        assert failed.trouble.startswith("RemoteProtocolError ")
        assert "" == other.trouble

    def test_nothing_to_send(self) -> None:
        """No visits are no answers."""
        assert ([], []) == _shop(_Counted())
