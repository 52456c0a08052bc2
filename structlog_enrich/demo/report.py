"""What a person sees of it: tables of text, as wide as there is room."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

import orjson

from structlog_enrich.demo.table import table
from structlog_enrich.demo.terminal import wrapped
from structlog_enrich.demo.tree import began, branches
from structlog_enrich.schema.fields import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from structlog_enrich.demo.shoppers import Answer
    from structlog_enrich.demo.tree import Branch
    from structlog_enrich.demo.verdict import Verdict

    Line = dict[str, Any]

__all__ = ["counts", "failed_trace", "requests", "verdicts"]

_OUTSIDE: Final = "(outside any request)"
_HANGING: Final = "  "
_BAR: Final = 16
_SHORTEST: Final = 0.1


def requests(answers: Sequence[Answer], width: int) -> str:
    """Return how many requests there were of each kind, and how they were answered."""
    kinds = Counter((answer.visit.what, answer.status) for answer in answers)
    # The hostile ones last, the others by number.
    ordered = sorted(kinds.items(), key=lambda item: (item[0][0].startswith("hostile"), -item[1], item[0]))
    rows = [(f"{count:,}", what, str(status or "none")) for (what, status), count in ordered]
    return table([("requests", "what for", "answer"), *rows], width, name=1, right={0})


def failed_trace(written: Sequence[bytes], width: int) -> str:
    """Return the tree of the quickest trace through both services in which something failed.

    Where there is no room the bars go first, and then the kind.
    """
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
    tree = table([heading, *rows], width, name=1, right={3}, spare=(5, 2))
    return f"trace {drawn[0].line['trace_id']}\n\n{tree}"


def counts(written: Sequence[bytes], width: int) -> str:
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
    total = ("total", "", *(f"{by_level[level]:,}" for level in levels), f"{len(lines):,}")
    heading = ("service", "operation", *levels, "lines")
    masks = Counter(mark.rpartition(":")[2] for line in lines for mark in line.get("redacted", ()))
    faults = Counter(fault for line in lines for fault in line.get("faults", ()))
    counted = table([heading, *rows, total], width, name=1, right=range(2, len(heading)))
    below = (f"masks: {masks.total():,} ({_listed(masks)})", f"faults: {_listed(faults)}")
    return "\n".join([counted, "", *(wrapped(each, width, further=_HANGING) for each in below)])


def verdicts(found: Iterable[Verdict], width: int) -> str:
    """Return each promise with ✓, or with ✗ and what breaks it."""
    return "\n".join(each for verdict in found for each in _judged(verdict, width))


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
    return str(line["service"]), name, str(span["kind"]), _length(span["duration_ms"]), ended


def _length(ms: float) -> str:
    return f"<{_SHORTEST}" if ms < _SHORTEST else f"{ms:.1f}"


def _bar(line: Line, first: float, whole: float) -> str:
    if whole <= 0:
        return ""
    before = min(round((began(line) - first) / whole * _BAR), _BAR - 1)
    length = int(line["span"]["duration_ms"] / 1_000 / whole * _BAR + 0.5)
    return " " * before + "━" * max(1, min(length, _BAR - before))


def _judged(verdict: Verdict, width: int) -> Iterator[str]:
    if verdict.broken_by is None:
        yield wrapped(verdict.claim, width, first="✓ ", further=_HANGING)
        return
    yield wrapped(f"NOT TRUE: {verdict.claim}", width, first="✗ ", further=_HANGING)
    yield wrapped(verdict.broken_by, width, first=_HANGING, further=_HANGING)


def _listed(counted: Counter[Any]) -> str:
    return ", ".join(f"{name} x {count:,}" for name, count in counted.most_common()) or "none"
