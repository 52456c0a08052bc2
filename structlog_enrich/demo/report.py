"""What a person sees of it: tables of text, at most 100 columns wide."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

import orjson

from structlog_enrich.demo.tree import began, branches
from structlog_enrich.schema.fields import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from structlog_enrich.demo.shoppers import Answer
    from structlog_enrich.demo.tree import Branch
    from structlog_enrich.demo.verdict import Verdict

    Line = dict[str, Any]

__all__ = ["counts", "failed_trace", "plain", "requests", "verdicts"]

_OUTSIDE: Final = "(outside any request)"
_BAR: Final = 16
_PLAIN: Final = str.maketrans({"─": "-", "━": "=", "│": "|", "├": "|", "└": "`", "✓": "+", "✗": "x", "…": "~"})


def plain(text: str) -> str:
    """Return *text* with its signs and lines in ASCII, for a terminal that knows no others.

    >>> plain("│  └─ ✓")
    '|  `- +'
    """
    return text.translate(_PLAIN)


def requests(answers: Sequence[Answer]) -> str:
    """Return how many requests there were of each kind, and how they were answered."""
    kinds = Counter((answer.visit.what, answer.status) for answer in answers)
    # The hostile ones last, the others by number.
    ordered = sorted(kinds.items(), key=lambda item: (item[0][0].startswith("hostile"), -item[1], item[0]))
    rows = [(f"{count:,}", what, str(status or "none")) for (what, status), count in ordered]
    return _table([("requests", "what for", "answer"), *rows], right={0})


def failed_trace(written: Sequence[bytes]) -> str:
    """Return the tree of the quickest trace through both services in which something failed."""
    traces: defaultdict[str, list[Line]] = defaultdict(list)
    for line in map(orjson.loads, written):
        if line.get("span", {}).get("phase") == "end":
            traces[line["trace_id"]].append(line)
    failed = [each for each in traces.values() if any(map(_failed_inside, each))]
    if not failed:
        return "Nothing failed."
    drawn = branches(min(failed, key=lambda each: max(line["span"]["duration_ms"] for line in each)))
    first = min(began(each.line) for each in drawn)
    whole = max(began(each.line) + each.line["span"]["duration_ms"] / 1_000 for each in drawn) - first
    rows = [(*_described(each), _bar(each.line, first, whole)) for each in drawn]
    heading = ("service", "span", "kind", "ms", "ended with", "when")
    return f"trace {drawn[0].line['trace_id']}\n\n{_table([heading, *rows], right={3})}"


def counts(written: Sequence[bytes]) -> str:
    """Return how many lines there are of each service, operation and level, and what was masked on them."""
    lines = [orjson.loads(each) for each in written]
    operations = Counter((line["service"], line.get("operation", _OUTSIDE)) for line in lines)
    cells = Counter((line["service"], line.get("operation", _OUTSIDE), line["level"]) for line in lines)
    levels = [each for each in LEVELS if any(level == each for *_, level in cells)]
    rows = [
        (*key, *(f"{cells[*key, level]:,}" if cells[*key, level] else "" for level in levels), f"{count:,}")
        for key, count in sorted(operations.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    ]
    by_level = Counter(line["level"] for line in lines)
    total = ("", "", *(f"{by_level[level]:,}" for level in levels), f"{len(lines):,}")
    heading = ("service", "operation", *levels, "lines")
    masked = Counter(mark.rpartition(":")[2] for line in lines for mark in line.get("redacted", ()))
    faults = Counter(fault for line in lines for fault in line.get("faults", ()))
    table = _table([heading, *rows, total], right=set(range(2, len(heading))))
    return f"{table}\n\nmasked: {_listed(masked)}\nfaults: {_listed(faults)}"


def verdicts(found: Iterable[Verdict]) -> str:
    """Return each promise with ✓, or with ✗ and what breaks it."""
    return "\n".join(_marked("✓", each.claim) if each.holds else _broken(each) for each in found)


def _failed_inside(line: Line) -> bool:
    return bool(line["service"] == "inventory" and line["level"] == "error")


def _described(branch: Branch) -> tuple[str, str, str, str, str]:
    line = branch.line
    span = line["span"]
    attempt = f" (attempt {span['attempt']})" if span["attempt"] > 1 else ""
    name = f"{branch.guide}{'… ' if branch.is_cut else ''}{span['name']}{attempt}"
    status = span.get("attributes", {}).get("http.response.status_code", "")
    error = line.get("error", {}).get("type", "").rpartition(".")[2]
    ended = f"{status} {error}".strip() or str(span.get("outcome", span["status"]))
    return str(line["service"]), name, str(span["kind"]), f"{span['duration_ms']:.1f}", ended


def _bar(line: Line, first: float, whole: float) -> str:
    if whole <= 0:
        return ""
    before = min(round((began(line) - first) / whole * _BAR), _BAR - 1)
    length = int(line["span"]["duration_ms"] / 1_000 / whole * _BAR + 0.5)
    return " " * before + "━" * max(1, min(length, _BAR - before))


def _table(rows: Sequence[tuple[str, ...]], *, right: set[int]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = (
        [
            f"{cell:>{width}}" if at in right else f"{cell:<{width}}"
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    )
    return "\n".join("  ".join(cells).rstrip() for cells in aligned)


def _marked(mark: str, text: str) -> str:
    return f"{mark} " + text.replace("\n", "\n  ")


def _broken(verdict: Verdict) -> str:
    return f"{_marked('✗', f'NOT TRUE: {verdict.claim}')}\n  {verdict.broken_by}"


def _listed(counted: Counter[Any]) -> str:
    return ", ".join(f"{name} x {count:,}" for name, count in counted.most_common()) or "none"
