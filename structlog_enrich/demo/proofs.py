"""What can be told from the lines alone: whether the promises hold.

Each proof looks for a line that breaks its promise and names the first one it finds. None passes on no lines at all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import orjson
from jsonschema import Draft202012Validator

from structlog_enrich.schema import json_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Verdict", "no_secret", "nothing_lost", "nothing_mixed", "prove", "secrets_in", "valid"]

_ORDER_ID: Final = re.compile(r"\bo-\d{6}\b")
_SECRETS: Final = (
    re.compile(r'"(?:card_number|password)"\s*:\s*"([^"]+)"'),
    re.compile(r"\b(\d{4} \d{4} \d{4} \d{4})\b"),
    re.compile(r"\bpassword is ([\w-]+)"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say whether a promise holds.

    Attributes:
        claim: What was examined and what should be true of it.
        broken_by: What shows that it isn't; None when nothing does.
    """

    claim: str
    broken_by: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.broken_by is None


def prove(written: Sequence[bytes], orders: Sequence[str]) -> list[Verdict]:
    """Return the verdict on each promise.

    Args:
        written: The lines as they left the process.
        orders: The lines that went in.
    """
    lines: list[dict[str, Any]] = []
    for number, each in enumerate(written, start=1):
        try:
            lines.append(orjson.loads(each))
        except orjson.JSONDecodeError as error:
            return [Verdict("every line is JSON", f"line {number}: {error}")]
    return [valid(lines), nothing_lost(lines), nothing_mixed(lines), no_secret(written, secrets_in(orders))]


def valid(lines: Sequence[dict[str, Any]]) -> Verdict:
    """Tell whether every line obeys the published JSON Schema."""
    validator = Draft202012Validator(json_schema())

    def fault_of(line: dict[str, Any]) -> str | None:
        errors = sorted(validator.iter_errors(line), key=str)
        return errors[0].message if errors else None

    return _first(f"all {len(lines):,} lines are valid by the JSON Schema", lines, fault_of)


def nothing_lost(lines: Sequence[dict[str, Any]]) -> Verdict:
    """Tell whether `seq` counts the lines of each process from 0, without a hole and without a number twice."""
    claim = f"their seq counts them from 0 to {len(lines) - 1:,}: none is missing, none is there twice"
    counters: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
    for line in lines:
        counters[line["boot_id"], line.get("stream")].append(line["seq"])
    for numbers in counters.values():
        for expected, found in enumerate(sorted(numbers)):
            if found != expected:
                trouble = f"seq {found} is there twice" if found < expected else f"seq {expected} is missing"
                return Verdict(claim, trouble)
    return Verdict(claim) if lines else Verdict(claim, "there are no lines")


def nothing_mixed(lines: Sequence[dict[str, Any]]) -> Verdict:
    """Tell whether a line names no order but the one its task worked on."""
    owners = [owner for line in lines if (owner := line.get("context", {}).get("order_id")) is not None]
    changes = sum(one != other for one, other in pairwise(owners))
    orders = len(set(owners))

    def fault_of(line: dict[str, Any]) -> str | None:
        own = line.get("context", {}).get("order_id")
        strangers = set(_ORDER_ID.findall(orjson.dumps(line).decode())) - {own}
        return f"it is of order {own} and names {min(strangers)}" if strangers else None

    claim = f"none of {orders:,} orders is named on another's line, though their lines alternate {changes:,} times"
    return _first(claim, lines, fault_of)


def no_secret(written: Sequence[bytes], secrets: Sequence[str]) -> Verdict:
    """Tell whether nothing of *secrets* was written."""
    claim = f"of {len(secrets):,} card numbers and passwords that went in, none came out"
    if not secrets:
        return Verdict(claim, "there are no secrets to look for")
    needles = [secret.encode() for secret in secrets]

    def fault_of(line: bytes) -> str | None:
        return "it holds a secret" if any(needle in line for needle in needles) else None

    return _first(claim, written, fault_of)


def secrets_in(orders: Sequence[str]) -> list[str]:
    """Return every card number and password that stands in the orders, in a field or in a note.

    >>> secrets_in(['{"account": {"password": "amber-otter-1234"}, "note": "my password is linden-42"}'])
    ['amber-otter-1234', 'linden-42']
    """
    text = "\n".join(orders)
    return sorted({found for pattern in _SECRETS for found in pattern.findall(text)})


def _first(claim: str, lines: Sequence[Any], fault_of: Callable[[Any], str | None]) -> Verdict:
    for number, line in enumerate(lines, start=1):
        if (fault := fault_of(line)) is not None:
            return Verdict(claim, f"line {number}: {fault}")
    return Verdict(claim) if lines else Verdict(claim, "there are no lines")
