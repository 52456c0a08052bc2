"""Send what the shoppers want, many at a time, and keep what they got back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from structlog_enrich.demo.visit import Visit

__all__ = ["Answer", "shop"]

_SHOPPERS: Final = 12
_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold a visit and what came of it, as the shopper saw it.

    Attributes:
        visit: What was sent.
        status: The status of the answer, or 0 when there was none.
        headers: Its headers, names in lower case.
        trouble: Why there was none.
    """

    visit: Visit
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    trouble: str = ""

    @property
    def request_id(self) -> str:
        """The request's id as the gateway handed it back; empty when it didn't."""
        return self._header("x-request-id")

    @property
    def trace_id(self) -> str:
        """The trace that the gateway named; empty when it didn't."""
        return self._traceresponse()[1]

    @property
    def span_id(self) -> str:
        """The span that the gateway named; empty when it didn't."""
        return self._traceresponse()[2]

    def _traceresponse(self) -> list[str]:
        # Read without the library's help: the shoppers are witnesses, not parties.
        parts = self._header("traceresponse").split("-")
        return parts if len(parts) == 4 else [""] * 4  # noqa: PLR2004

    def _header(self, wanted: str) -> str:
        found = [value for name, value in self.headers if name == wanted]
        return found[0] if len(found) == 1 else ""


async def shop(gateway: str, visits: Sequence[Visit]) -> list[Answer]:
    """Send *visits* and return what came back, in their order.

    Args:
        gateway: The URL of the gateway.
        visits: What to send.
    """
    answers: list[Answer | None] = [None] * len(visits)

    async def go(client: httpx.AsyncClient, waiting: Iterator[tuple[int, Visit]]) -> None:
        for at, visit in waiting:
            answers[at] = await _answer(client, visit)

    waiting = iter(enumerate(visits))
    # The loopback needs no proxy, whatever the environment says.
    direct = httpx.AsyncClient(base_url=gateway, timeout=_PATIENCE, trust_env=False)
    async with direct as client, asyncio.TaskGroup() as crowd:
        for _ in range(_SHOPPERS):
            crowd.create_task(go(client, waiting))
    return [each for each in answers if each is not None]


async def _answer(client: httpx.AsyncClient, visit: Visit) -> Answer:
    try:
        response = await client.request(visit.method, visit.path, headers=[*visit.headers], json=visit.body)
    except httpx.HTTPError as error:
        return Answer(visit, 0, trouble=f"{type(error).__name__} {error}".strip())
    headers = tuple((name.lower(), value) for name, value in response.headers.multi_items())
    return Answer(visit, response.status_code, headers)
