"""Let those who log wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog_enrich.delivery.policies.policy import WithoutState

if TYPE_CHECKING:
    from structlog_enrich.delivery.queue import Queue

__all__ = ["Block"]


class Block(WithoutState):
    """Hold what has no room, so that the caller waits for it, at most as long as the writer's `block_timeout`.

    A thread that runs an event loop never waits: what it logs while there is no room is lost and counted.
    """

    __slots__ = ()

    blocks = True

    def admit(self, queue: Queue) -> None:
        # What has room was stored already.
        return
