"""What the lines alone can tell, whatever was sent: whether they are valid, all there, and whole as traces."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator

from structlog_enrich.demo.verdict import Verdict, judged
from structlog_enrich.schema import json_schema

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    Line = dict[str, Any]

__all__ = ["SERVICES", "no_orphans", "nothing_lost", "valid"]

SERVICES: Final = frozenset({"gateway", "inventory"})
"""Whoever writes lines."""


def valid(lines: Sequence[Line]) -> Verdict:
    """Tell whether every line obeys the published JSON Schema."""
    validator = Draft202012Validator(json_schema())

    def fault_of(line: Line) -> str | None:
        errors = sorted(validator.iter_errors(line), key=str)
        return errors[0].message if errors else None

    return judged(f"All {len(lines):,} lines are valid by the JSON Schema.", "line", lines, fault_of)


def nothing_lost(lines: Sequence[Line]) -> Verdict:
    """Tell whether `seq` counts the lines of each process from 0, without a hole, a number twice or an open end."""
    counters: defaultdict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for line in lines:
        numbers = counters[line["service"], line["boot_id"]]
        if line["seq"] in numbers:
            return Verdict("No line is there twice.", f"{line['service']}: seq {line['seq']} is there twice")
        numbers[line["seq"]] = line["message"]
    silent = SERVICES - {service for service, _ in counters}
    if silent:
        return Verdict("No line was lost.", f"{min(silent)}: there is no line of it")
    processes = " and ".join(
        f"the {service}'s from 0 to {max(found):,}" for (service, _), found in sorted(counters.items())
    )
    claim = f"No line was lost or written twice: seq counts {processes}, and each number is there once."

    def fault_of(counted: tuple[tuple[str, str], dict[int, str]]) -> str | None:
        (service, _), numbers = counted
        missing = next((seq for seq in range(len(numbers)) if seq not in numbers), None)
        if missing is not None:
            return f"{service}: seq {missing} is missing"
        ended = numbers[len(numbers) - 1] == "service stopped"
        return None if ended else f"{service}: its last line is not there"

    return judged(claim, "process", list(counters.items()), fault_of)


def no_orphans(lines: Sequence[Line], callers: Collection[tuple[str, str]]) -> Verdict:
    """Tell whether each line is of a span that has ended, and each span the child of one that exists.

    Args:
        lines: The lines.
        callers: Trace and span of each caller outside: the only parents that are on no line.
    """
    ended = [(line["trace_id"], line["span_id"]) for line in lines if line.get("span", {}).get("phase") == "end"]
    known = frozenset(ended)
    parents = {(line["trace_id"], line["parent_span_id"]) for line in lines if "parent_span_id" in line}

    def fault_of(line: Line) -> str | None:
        trace_id, span_id, parent = line["trace_id"], line["span_id"], line.get("parent_span_id")
        if (trace_id, span_id) not in known and span_id != line["boot_id"]:
            return f"span {span_id} never ended"
        if parent is None or (trace_id, parent) in known or (trace_id, parent) in callers:
            return None
        return f"its parent {parent} doesn't exist"

    claim = (
        f"All {len(known):,} spans ended once, and the parent of each exists: a span on another line or, "
        f"{len(callers)} times, the one that a caller's traceparent named."
    )
    verdict = judged(claim, "line", lines, fault_of)
    if not verdict.holds:
        return verdict
    if len(ended) != len(known):
        return Verdict(claim, f"{len(ended) - len(known)} ended twice")
    if parents.isdisjoint(known):
        return Verdict(claim, "no span is the child of another")
    if not callers:
        return Verdict(claim, "no caller sent a traceparent")
    if unseen := set(callers) - parents:
        return Verdict(claim, f"nothing was a child of the caller's span {min(unseen)[1]}")
    return verdict
