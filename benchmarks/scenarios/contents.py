"""What is on a line of each peer: its bytes, and what it says of the reference event with a password."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from benchmarks.apart import Apart
from benchmarks.contenders import configured_records, processor_formatter
from benchmarks.markdown import table as markdown_table
from benchmarks.scenarios.peers import PEERS
from benchmarks.workload import CALLER, RESOURCE

if TYPE_CHECKING:
    from benchmarks.harness import Effort

__all__ = ["WRITERS", "facts", "run", "table"]

WRITERS: Final = (*PEERS[1:], configured_records, processor_formatter)
"""Whose lines are looked at; the floor's is ours."""


def run(effort: Effort) -> dict[str, dict[str, Any]]:
    """Look at one line of each, written in an interpreter of its own."""
    with ExitStack() as stack:
        apart = {each.NAME: stack.enter_context(Apart(each, "secret", "payment captured")) for each in WRITERS}
        return {name: facts(*each.lines(1)) for name, each in apart.items()}


def facts(line: str) -> dict[str, Any]:
    """Return what *line* has: its bytes with the end, the service's name, the caller's trace, a password in clear."""
    return {
        "bytes": len(line.encode()) + 1,
        "service": RESOURCE.service in line,
        "trace": CALLER.trace_id in line,
        "masked": "hunter" not in line,
    }


def table(result: dict[str, dict[str, Any]]) -> str:
    """Return the result as Markdown."""
    head = ["line of", "bytes", "names its service", "continues the caller's trace", "masks the password"]
    rows = (
        (name, str(facts["bytes"]), *("yes" if facts[each] else "no" for each in ("service", "trace", "masked")))
        for name, facts in result.items()
    )
    return markdown_table(head, rows)
