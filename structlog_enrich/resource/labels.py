"""The labels that variables of our own give to every line: `team=orders,tier=2`."""

from __future__ import annotations

from typing import Final

from structlog_enrich.resource.findings import Labels, Refused, fault, shown
from structlog_enrich.resource.rules import LABEL_NAME, MAX_LABELS, is_label_name

__all__ = ["labels"]

_MAX_BYTES: Final = 2_048


def labels(variable: str, text: str) -> Labels:
    """Return the labels that *text*, the value of *variable*, holds: pairs `name=value` with commas between them.

    Values are text as they stand, without blanks around them. What can't be written is refused alone, told by its name
    and not its value, and so is what is past 32 labels or 2,048 bytes: no variable stops a service from starting. Of
    one name the last counts.

    >>> labels("STRUCTLOG_ENRICH_TAGS", "team=orders, tier=2, oops").values
    {'team': 'orders', 'tier': '2'}
    """
    values: dict[str, str] = {}
    refused: list[Refused] = []
    left = _MAX_BYTES
    for member in text.split(","):
        name, equals, value = (each.strip() for each in member.partition("="))
        if not member.strip():
            continue
        reason = _fault(name, equals, value)
        # Each is counted as the line spells it; one that is said again takes no second place.
        size = 6 + len(f"{name}{value}".encode("utf-8", "replace")) + value.count('"') + value.count("\\")
        if reason is None and ((name not in values and len(values) == MAX_LABELS) or size > left):
            reason = f"is past {MAX_LABELS} labels or {_MAX_BYTES:,} bytes"
        if reason is None:
            values[name] = value
            left -= size
        elif len(refused) < MAX_LABELS:
            # Without a name all of it may be a value.
            refused.append(Refused(shown(name) if equals else f"{len(name):,} characters", variable, reason))
    return Labels(values, variable, tuple(refused))


def _fault(name: str, equals: str, value: str) -> str | None:
    if not equals:
        return "isn't `name=value`"
    if not is_label_name(name):
        return f"needs a name of {LABEL_NAME}"
    return fault(value) if value else "has no value"
