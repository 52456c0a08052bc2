"""A trace as a tree, from nothing but the lines that ended its spans."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Line = dict[str, Any]

__all__ = ["Branch", "began", "branches"]


@dataclass(frozen=True, slots=True)
class Branch:
    """Hold one span and where it hangs.

    Attributes:
        guide: What is drawn before its name.
        line: The line that ended it.
        is_cut: Whether it has a parent that is on none of the lines.
    """

    guide: str
    line: Line
    is_cut: bool = False


def branches(lines: Sequence[Line]) -> list[Branch]:
    """Return the spans of one trace from the root to the leaves, siblings in the order in which they began.

    A span whose parent isn't there stands at the left, as the root does; so does the first of a circle. None is left
    out.

    Args:
        lines: Lines of one trace, in any order; those that end no span are ignored.
    """
    ended = sorted((line for line in lines if line.get("span", {}).get("phase") == "end"), key=began)
    spans = {line["span_id"]: line for line in ended}
    children: defaultdict[str | None, list[Line]] = defaultdict(list)
    for line in spans.values():
        parent = line.get("parent_span_id")
        children[parent if parent in spans else None].append(line)
    drawn: set[str] = set()
    found = [each for root in children[None] for each in _drawn(root, children, drawn, "", "")]
    # What is left hangs in circles.
    for line in spans.values():
        if line["span_id"] not in drawn:
            found += _drawn(line, children, drawn, "", "")
    return found


def began(line: Line) -> float:
    """Return when the span that *line* ended began, in seconds since 1970."""
    ended = datetime.datetime.fromisoformat(line["timestamp"]).timestamp()
    return float(ended - line["span"]["duration_ms"] / 1_000)


def _drawn(
    line: Line, children: dict[str | None, list[Line]], drawn: set[str], guide: str, below: str
) -> Iterator[Branch]:
    drawn.add(line["span_id"])
    yield Branch(guide, line, is_cut=not guide and "parent_span_id" in line)
    own = [each for each in children.get(line["span_id"], ()) if each["span_id"] not in drawn]
    for each in own:
        fork, further = ("└─ ", "   ") if each is own[-1] else ("├─ ", "│  ")
        yield from _drawn(each, children, drawn, below + fork, below + further)
