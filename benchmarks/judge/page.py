"""The page `docs/redaction-figures.md`, made whole from the template beside this file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Final

from benchmarks import machine
from benchmarks.judge.targets import AGREEMENT, TARGETS, Target, compared, verdict
from benchmarks.judge.titles import TITLES, UNCOUNTED
from benchmarks.markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Results = Mapping[str, Any]

__all__ = ["PAGE", "judgements", "render", "summary"]

PAGE: Final = Path(__file__).parents[2] / "docs" / "redaction-figures.md"

_TEMPLATE: Final = Path(__file__).with_name("figures.template.md")
_VERSIONS: Final = ("CPython", "PyPy", "structlog-enrich", "google-re2")
_ENGINES: Final = {"re2": "with google-re2", "re": "without google-re2"}
_MOST_KINDS: Final = 6
_MOST_FAMILIES: Final = 8


def judgements(engines: Mapping[str, Results]) -> list[tuple[str, ...]]:
    """Return a row for each target: what, best anchor, limit, measured with each engine, verdict."""
    rows = [
        (
            *(target.what, target.anchor, target.bound),
            *map(target.measured, engines.values()),
            verdict(map(target.verdict, engines.values())),
        )
        for target in TARGETS
    ]
    if len(engines) == len(_ENGINES):
        both = compared(*engines.values())
        rows.append((AGREEMENT.what, "", AGREEMENT.bound, AGREEMENT.measured(both), "", AGREEMENT.verdict(both)))
    return rows


def summary(engines: Mapping[str, Results]) -> str:
    """Return the table of all targets."""
    head = ("measure", "best anchor", "limit", *(_ENGINES[each] for each in engines), "verdict")
    return table(head, judgements(engines))


def render(engines: Mapping[str, Results]) -> str:
    """Return the page for what was found with each engine; the first of them speaks for both where one has to.

    Raises:
        KeyError: A group that the page tells about wasn't measured.
    """
    versions, first = machine.versions(), next(iter(engines.values()))
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        targets=summary(engines),
        sizes=table(("of what", "1 MB, ms", "twice as much", "of what is looked at"), _sizes(first)),
        others=table(("measure", "found", "of", ""), _others(first)),
        amiss=table(("measure", "texts", "of which kinds"), _amiss(first)),
        uncounted="\n".join(_uncounted(first)),
        versions=", ".join(f"{name} {versions[name]}" for name in _VERSIONS if name in versions),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
    )


def _others(results: Results) -> Iterator[tuple[str, ...]]:
    for group, title in TITLES.items():
        found, of = results[group]["found"], results[group]["of"]
        yield title, str(found), str(of), f"{100 * found / of:.1f} %"


def _amiss(results: Results) -> Iterator[tuple[str, ...]]:
    for target in TARGETS:
        kinds: dict[str, int] = {}
        for group in target.groups if isinstance(target, Target) else ():
            for kind, count in results.get(group, {}).get("amiss", {}).items():
                kinds[kind] = kinds.get(kind, 0) + count
        if kinds:
            shown = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
            named = [f"{kind} {count}" for kind, count in shown[:_MOST_KINDS]]
            rest = sum(count for _, count in shown[_MOST_KINDS:])
            yield target.what, str(sum(kinds.values())), ", ".join([*named, *([f"others {rest}"] if rest else [])])


def _sizes(results: Results) -> Iterator[tuple[str, ...]]:
    dearest = sorted(results["sizes"].items(), key=lambda each: -each[1]["ms"])
    for family, each in dearest[:_MOST_FAMILIES]:
        ratios = (f"{each[figure]:.2f}" if each[figure] else "" for figure in ("double", "looked_at"))
        yield family, f"{each['ms']:.1f}", *ratios


def _uncounted(results: Results) -> Iterator[str]:
    for group, reason in UNCOUNTED.items():
        yield f"- {results[group]['of']} {reason}"
