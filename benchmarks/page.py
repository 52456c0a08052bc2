"""The page `docs/performance.md`, made whole from the template beside this file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Final

from benchmarks import machine, scenarios, targets
from benchmarks.cleaning import SCRUBBERS
from benchmarks.registry import SCENARIOS
from benchmarks.scenarios import stalled, stalled_memory
from benchmarks.scenarios.contents import WRITERS
from benchmarks.scenarios.requests import MIDDLEWARES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.contenders import Contender
    from benchmarks.harness import Effort
    from benchmarks.middlewares import Middleware
    from benchmarks.scrubbers import Scrubber
    from benchmarks.writers import Handing

__all__ = ["PAGE", "render"]

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"

_TEMPLATE: Final = Path(__file__).with_name("performance.template.md")


def render(results: Mapping[str, Any], effort: Effort) -> str:
    """Return the page for the results of all scenarios.

    Raises:
        KeyError: The template asks for a table that no scenario makes, or a scenario is missing.
    """
    tables = {name: module.table(results[name]) for name, module in SCENARIOS.items()}
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        tables,
        targets=targets.verdicts(results),
        contenders=_described(scenarios.CONTENDERS),
        writers=_described(WRITERS),
        handings=_described(stalled.WRITERS),
        holdings=_described(each for each in stalled_memory.WRITERS if each not in stalled.WRITERS),
        middlewares=_described(MIDDLEWARES),
        scrubbers=_described(SCRUBBERS),
        versions=", ".join(f"{name} {number}" for name, number in machine.versions().items()),
        build=machine.build(),
        processor=machine.processor(),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        sittings=str(effort.sittings),
        rounds=str(effort.rounds),
        side_rounds=str(effort.side_rounds),
        starts=str(effort.starts),
    )


def _described(contenders: Iterable[Contender | Handing | Middleware | Scrubber]) -> str:
    return "\n".join(f"- **{each.NAME}**: {each.ABOUT}" for each in contenders)
