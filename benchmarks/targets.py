"""What the project promises, and whether a run kept it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from benchmarks.contenders import documented, floor, handmade, preset_ours, preset_structlog
from benchmarks.markdown import measured, table
from benchmarks.statistics import compared, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.contenders import Contender
    from benchmarks.statistics import Spread

__all__ = ["MOONSHOT", "TARGETS", "Target", "verdicts"]


@dataclass(frozen=True, slots=True)
class Target:
    """Hold one promise.

    Args:
        what: What is bounded.
        limit: The greatest value that keeps the promise.
        measured: Return what was measured, from the results of all scenarios by name; its median is judged.
        digits: Decimals that are shown; the judgement uses all of them.
    """

    what: str
    limit: float
    measured: Callable[[Mapping[str, Any]], Spread]
    digits: int = 2

    def row(self, results: Mapping[str, Any], *, kept: str = "met", broken: str = "**missed**") -> tuple[str, ...]:
        """Return the target as cells: what, limit, median, range, fastest rounds, verdict."""
        value = self.measured(results)
        verdict = kept if value.median <= self.limit else broken
        fastest = f"{value.fastest:.{self.digits}f}"
        return self.what, f"≤ {self.limit:g}", *measured(value, self.digits), fastest, verdict


def _ratio(event: str, who: Contender, base: Contender, limit: float) -> Target:
    def ratios(results: Mapping[str, Any]) -> Spread:
        return compared(results[event][who.NAME], results[event][base.NAME])

    return Target(f"{event}: {who.NAME} ÷ {base.NAME}", limit, ratios, digits=3)


def _imported(results: Mapping[str, Any]) -> Spread:
    return spread(results["imports"]["import inside"])


def _called(results: Mapping[str, Any]) -> Spread:
    return spread(results["imports"]["preset inside"])


TARGETS: Final = (
    _ratio("reference", preset_ours, floor, 2.0),
    _ratio("reference", preset_ours, documented, 1.0),
    _ratio("reference", preset_structlog, floor, 2.4),
    _ratio("reference", preset_ours, handmade, 0.6),
    _ratio("reference", preset_structlog, handmade, 0.6),
    _ratio("web", preset_ours, floor, 2.3),
    _ratio("web", preset_ours, documented, 1.0),
    _ratio("web", preset_structlog, floor, 2.7),
    _ratio("web", preset_ours, handmade, 0.6),
    _ratio("web", preset_structlog, handmade, 0.6),
    Target("`import structlog_enrich` after structlog and orjson, ms", 15, _imported),
    Target("the first `preset()`, ms", 60, _called),
    Target(
        "modules of pydantic or a framework that it imports", 0, lambda all_: spread([len(all_["imports"]["heavy"])]), 0
    ),
    Target("threads that it starts", 0, lambda all_: spread([all_["imports"]["threads"]]), 0),
    Target("header of the reference event, bytes", 600, lambda all_: spread([all_["header"]["header"]]), 0),
)
"""The targets of the issue that ordered this package, in its order."""

MOONSHOT: Final = _ratio("reference", preset_ours, floor, 1.6)
"""What a fused sketch of the design once reached: hoped for, not promised."""


def verdicts(results: Mapping[str, Any]) -> str:
    """Return the table of all targets beside what was measured."""
    rows = [target.row(results) for target in TARGETS]
    hope = MOONSHOT.row(results, kept="reached", broken="not reached")
    head = ["target", "limit", "median", "range", "fastest rounds", "verdict"]
    return table(head, [*rows, (f"*moonshot*, {hope[0]}", *hope[1:])])
