"""What redaction must reach on the labelled texts, and whether a run reached it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Results = Mapping[str, Any]

__all__ = ["AGREEMENT", "MET", "MISSED", "NOT_MEASURED", "TARGETS", "Bound", "Target", "compared", "verdict"]

MET: Final = "met"
MISSED: Final = "**missed**"
NOT_MEASURED: Final = "not measured"


@dataclass(frozen=True, slots=True)
class Target:
    """Hold one limit, in percent of the texts of some groups taken together.

    Args:
        what: What is measured.
        groups: The groups it is measured on.
        limit: The least percentage that is enough or, if *at_most*, the greatest that may be.
        anchor: What the best other tool reached, where anybody measured it.
        at_most: Whether less is better.

    >>> names = Target("names altered", ("names",), 0, "13 %", at_most=True)
    >>> results = {"names": {"found": 1, "of": 200}}
    >>> names.measured(results), names.verdict(results), names.verdict({})
    ('0.50 % (1 of 200)', '**missed**', 'not measured')
    """

    what: str
    groups: tuple[str, ...]
    limit: float
    anchor: str = ""
    at_most: bool = False

    @property
    def bound(self) -> str:
        """The limit as it is read."""
        return f"{'≤' if self.at_most else '≥'} {self.limit:g} %"

    def measured(self, results: Results) -> str:
        """Return what was measured, or `NOT_MEASURED`."""
        found, of = self._counted(results)
        return f"{100 * found / of:.2f} % ({found} of {of})" if of else NOT_MEASURED

    def verdict(self, results: Results) -> str:
        """Return `MET`, `MISSED`, or `NOT_MEASURED` where a group isn't there."""
        found, of = self._counted(results)
        if not of:
            return NOT_MEASURED
        # By the counts: what is shown is rounded.
        reached = 100 * found <= self.limit * of if self.at_most else 100 * found >= self.limit * of
        return MET if reached else MISSED

    def _counted(self, results: Results) -> tuple[int, int]:
        groups = [results[each] for each in self.groups if each in results]
        if len(groups) < len(self.groups):
            return 0, 0
        return sum(each["found"] for each in groups), sum(each["of"] for each in groups)


@dataclass(frozen=True, slots=True)
class Bound:
    """Hold one limit on the dearest family of long texts.

    Args:
        what: What is measured.
        figure: The figure of `sizes.judged` that counts.
        limit: The most that it may be.
        anchor: What the best other tool reached, where anybody measured it.
        unit: In what it is measured.

    >>> Bound("a megabyte", "ms", 60, unit="ms").measured({"sizes": {"dots": {"ms": 61.0}, "digits": {"ms": 4.0}}})
    '61.0 ms (dots)'
    """

    what: str
    figure: str
    limit: float
    anchor: str = ""
    unit: str = "times"

    @property
    def bound(self) -> str:
        """The limit as it is read."""
        return f"≤ {self.limit:g} {self.unit}"

    def measured(self, results: Results) -> str:
        """Return what was measured and of which family, or `NOT_MEASURED`."""
        worst, family = self._worst(results)
        return f"{worst:.{1 if self.unit == 'ms' else 2}f} {self.unit} ({family})" if family else NOT_MEASURED

    def verdict(self, results: Results) -> str:
        """Return `MET`, `MISSED` or `NOT_MEASURED`."""
        worst, family = self._worst(results)
        return NOT_MEASURED if not family else MET if worst <= self.limit else MISSED

    def _worst(self, results: Results) -> tuple[float, str]:
        families = results.get("sizes", {})
        return max(((each[self.figure], name) for name, each in families.items()), default=(0.0, ""))


def verdict(verdicts: Iterable[str]) -> str:
    """Return the worst of several verdicts.

    >>> verdict([MET, NOT_MEASURED]), verdict([NOT_MEASURED, MISSED])
    ('not measured', '**missed**')
    """
    given = set(verdicts)
    return next((each for each in (MISSED, NOT_MEASURED) if each in given), MET)


TARGETS: Final[tuple[Target | Bound, ...]] = (
    Target("gitleaks, literals: secrets gone", ("gitleaks, gone",), 97, "99 %"),
    Target("noseyparker: secrets gone", ("noseyparker, gone",), 75, "51 %"),
    Target("secretlint: secrets gone", ("secretlint, gone",), 80, "58 %"),
    Target("datadog: secrets gone", ("datadog_scrubber, gone",), 95, "43 %"),
    Target("sensitive keys: values gone", ("keys_sensitive, gone",), 99, "75 %"),
    Target("credsweeper, keys and values: secrets gone", ("kv_credsweeper, gone",), 75, "69 %"),
    Target("sentry and logfire: as labelled", ("sentry, as labelled", "logfire, as labelled"), 100, "88 to 96 %"),
    Target("loghub: lines altered", ("loghub, altered",), 0.05, "0 % (blind), 13 to 31 %", at_most=True),
    Target("loghub: lines of which nothing is left", ("loghub, whole",), 0, at_most=True),
    Target(
        "ECS and OpenTelemetry: names masked",
        ("keys_ecs, altered", "keys_otel, altered"),
        0,
        "0 % (blind), 13 to 31 %",
        at_most=True,
    ),
    Target(
        "ECS and OpenTelemetry: examples altered", ("kv_ecs_otel, altered",), 0, "0 % (blind), 13 to 31 %", at_most=True
    ),
    Target("gitleaks, its own false positives: altered", ("gitleaks, altered",), 20, "14 to 48 %", at_most=True),
    Target("pino, paths: as recorded", ("pino_paths, as recorded",), 100, "100 %"),
    Target("pino's inputs, `**.key`: that key everywhere, nothing else", ("pino_paths, `**`",), 100),
    Bound("1 MB of any content: the dearest", "ms", 60, "12 ms to more than 20 s", unit="ms"),
    Bound("twice as much as that, and half as much", "double", 2.2),
    Bound("twice as much of what is looked at", "looked_at", 2.2),
)
"""What is judged, in this order."""

AGREEMENT: Final = Target("files of texts that the engines leave differently", ("differences",), 0, at_most=True)
"""What is judged of two engines together."""


def compared(one: Results, other: Results) -> Results:
    """Return the group of all files that two engines looked at; found are those that they left differently.

    >>> one, other = ({"a, gone": {"file": "a", "left": left}} for left in ("1", "2"))
    >>> compared(one, other)
    {'differences': {'found': 1, 'of': 1, 'amiss': {}}}
    """
    if not one or not other:
        return {}
    left, also = ({found["file"]: found["left"] for found in each.values() if "file" in found} for each in (one, other))
    return {"differences": {"found": sum(left[file] != also[file] for file in left), "of": len(left), "amiss": {}}}
