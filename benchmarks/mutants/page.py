"""The page `docs/writer-tests.md`, made whole from the template beside this file."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from benchmarks.markdown import table
from benchmarks.mutants.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PAGE", "render"]

PAGE: Final = Path(__file__).parents[2] / "docs" / "writer-tests.md"

_TEMPLATE: Final = Path(__file__).with_name("page.template.md")


def render(tallies: Mapping[str, Tally], tool: str | None = None) -> str:
    """Return the page for what became of the mutants of each module."""
    total = sum(tallies.values(), Tally())
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        modules=table(
            ("module", "mutants", "killed", "survived", "killed, %"),
            [_row(f"`{module}`", tally) for module, tally in tallies.items()] + [_row("all", total)],
        ),
        mutants=f"{total.mutants:,}",
        killed=f"{total.killed:,}",
        share=_share(total),
        tool=tool or version("mutmut"),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
    )


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    return name, f"{tally.mutants:,}", f"{tally.killed:,}", f"{tally.survived:,}", _share(tally)


def _share(tally: Tally) -> str:
    return f"{100 * tally.killed / tally.mutants:.1f}"
