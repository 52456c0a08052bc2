"""Bear with a policy of someone's own that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog_enrich.delivery.reasons import reason_of

if TYPE_CHECKING:
    from structlog_enrich.delivery.policies.policy import Policy
    from structlog_enrich.delivery.queue import Queue

__all__ = ["GuardedPolicy"]


class GuardedPolicy:
    """Lose what a policy fails to decide on, by what it raised, so that the budget is kept and the account is whole.

    Args:
        policy: Someone's own.
    """

    __slots__ = ("_policy", "blocks")

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.blocks = policy.blocks

    def __repr__(self) -> str:
        return f"GuardedPolicy({self._policy!r})"

    @property
    def free(self) -> tuple[int, int]:
        return self._policy.free

    @property
    def elsewhere(self) -> int:
        return self._policy.elsewhere

    def begin(self, max_bytes: int, max_records: int) -> GuardedPolicy:
        return GuardedPolicy(self._policy.begin(max_bytes, max_records))

    def admit(self, queue: Queue) -> None:
        try:
            self._policy.admit(queue)
        except Exception as error:  # noqa: BLE001 (a stranger's)
            while queue.held:
                queue.drop_next(reason_of(error))

    def abandon(self, queue: Queue, reason: str) -> None:
        try:
            self._policy.abandon(queue, reason)
        except Exception:  # noqa: BLE001 (as above; what it kept elsewhere stays pending)
            return

    def forget(self) -> None:
        self._policy.forget()
