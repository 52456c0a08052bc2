"""What a person sees of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import orjson

from structlog_enrich.schema.fields import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from structlog_enrich.demo.proofs import Verdict

__all__ = ["sample", "summary", "verdicts"]

_SAMPLE: Final = 12
_FAULTY: Final = ""
_CAPTIONS: Final = {
    _FAULTY: "This fault is deliberate: someone else's processor has a bug, which costs the line its `tier` only:",
    "account opened": "The password stood under its name, so it was masked; `redacted` says where:",
    "invoice written": "Another thread wrote this one, in the context of its order:",
    "order can't be read": "Some orders are broken on purpose; the exception is in `error`:",
    "stock runs low": "The warehouse is a task of its own, so its lines have no order in their context:",
}
"""What is said above the first line of a message, and above the first that has a fault."""


def sample(written: Sequence[bytes]) -> str:
    """Return a dozen of the lines as they are: the first of each message, the first with a fault, the first of all.

    What is odd about one of them is said above it.
    """
    kinds: dict[str, int] = {}
    for number, each in enumerate(written):
        line = orjson.loads(each)
        kinds.setdefault(line["message"], number)
        if "faults" in line:
            kinds.setdefault(_FAULTY, number)
    captions = {number: f"{_CAPTIONS[kind]}\n" for kind, number in kinds.items() if kind in _CAPTIONS}
    chosen = dict.fromkeys([*kinds.values(), *range(len(written))])
    shown = sorted(list(chosen)[:_SAMPLE])
    return "\n\n".join(captions.get(number, "") + written[number].decode() for number in shown)


def summary(written: Sequence[bytes]) -> str:
    """Return how many lines there are of each level and message, and what the library did to them."""
    lines = [orjson.loads(each) for each in written]
    counts = Counter((line["level"], line["message"]) for line in lines)
    rows = [(level, message, f"{count:,}") for (level, message), count in sorted(counts.items(), key=_by_gravity)]
    masked = Counter(mark.rpartition(":")[2] for line in lines for mark in line.get("redacted", ()))
    faults = Counter(fault for line in lines for fault in line.get("faults", ()))
    return "\n".join(
        [
            *_table([("level", "message", "lines"), *rows, ("", "", f"{len(lines):,}")]),
            "",
            f"masked: {_listed(masked)}",
            f"faults: {_listed(faults)}",
        ]
    )


def verdicts(found: Iterable[Verdict]) -> str:
    """Return each promise with ✓, or with ✗ and what breaks it."""
    return "\n".join(
        f"✓ {each.claim}" if each.holds else f"✗ NOT TRUE: {each.claim}\n  {each.broken_by}" for each in found
    )


def _by_gravity(item: tuple[tuple[str, str], int]) -> tuple[int, int]:
    (level, _), count = item
    return LEVELS.index(level), -count


def _table(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    levels, messages, numbers = (max(map(len, column)) for column in zip(*rows, strict=True))
    return [f"{level:<{levels}}  {message:<{messages}}  {number:>{numbers}}" for level, message, number in rows]


def _listed(counts: Counter[Any]) -> str:
    return ", ".join(f"{name} x {count:,}" for name, count in counts.most_common()) or "none"
