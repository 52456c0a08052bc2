"""One request of a shopper, and what it is made of."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Final

from structlog_enrich.demo.inventory import CELLAR, SHELVES, SOLD_OUT, UNREADABLE

__all__ = ["Names", "Visit"]

_SEED: Final = 20_261_122
_AT_HAND: Final = sorted(SHELVES.keys() - CELLAR - {SOLD_OUT, UNREADABLE})


@dataclass(frozen=True, slots=True)
class Visit:
    """Hold one request, and what must become of it.

    Attributes:
        what: What the shopper is after; several visits share it.
        status: The status of the answer.
        method: The request's method.
        path: Its path, and a query if there is one.
        headers: Its headers besides the client's own; a name may be there twice.
        body: Its JSON body, or None.
        request_id: The id that the services must keep, or None when they must make one of their own.
        caller: The trace and span in its `traceparent` that the services must go on with, or None for a new trace.
        secrets: Texts in it that must come out nowhere.
        masked: Where on its lines a mask must stand in the place of one.
        refused: Ids in it that must come out nowhere, since they stand where no valid trace does.
        bound: What a synchronous endpoint binds for it.
        through_both: Whether it comes to the inventory, too.
    """

    what: str
    status: int
    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: dict[str, Any] | None = None
    request_id: str | None = None
    caller: tuple[str, str] | None = None
    secrets: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    bound: dict[str, str] = field(default_factory=dict)
    through_both: bool = True


class Names:
    """Make up ids, secrets and choices, one after the other and the same on every run."""

    def __init__(self, seed: int = _SEED) -> None:
        self._random = random.Random(seed)  # noqa: S311 (the same on every run is the point)
        self._count = 0

    def request_id(self) -> tuple[str, tuple[bytes, bytes]]:
        """Return a well-formed request id, and the header that carries it."""
        self._count += 1
        made = f"visit-{self._count:03}"
        return made, (b"x-request-id", made.encode())

    def caller(self) -> tuple[str, str]:
        """Return the trace and the span of somebody else."""
        return self._random.randbytes(16).hex(), self._random.randbytes(8).hex()

    def secret(self) -> str:
        """Return what nobody would write by chance."""
        return self._random.randbytes(9).hex()

    def card(self) -> str:
        """Return the number of a card that doesn't exist."""
        return f"4000{self._random.randrange(10**12):012}"

    def sku(self) -> str:
        """Return a product that is there and at hand."""
        return self._random.choice(_AT_HAND)

    def customer(self) -> str:
        """Return a customer."""
        return f"c-{self._random.randrange(60):04}"

    def shuffle(self, made: list[Visit]) -> None:
        """Put *made* in another order."""
        self._random.shuffle(made)
