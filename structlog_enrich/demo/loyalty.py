"""Someone else's library: a processor for structlog that knows nothing of this project, and has a bug.

It raises for every customer who isn't a member. In a chain of `preset(extra=…)` that costs the line its `tier` and
nothing else, and the line says so in `faults`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["loyalty_tier"]

_TIERS: Final = {"c-000": "gold", "c-001": "silver", "c-002": "silver", "c-003": "bronze", "c-004": "bronze"}


def loyalty_tier(logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
    """Add the loyalty `tier` of the event's customer.

    >>> loyalty_tier(None, "info", {"event": "paid", "customer_id": "c-0017"})["tier"]
    'silver'
    """
    customer_id = event_dict.get("customer_id")
    if customer_id is not None:
        event_dict["tier"] = _TIERS[customer_id[:5]]
    return event_dict
