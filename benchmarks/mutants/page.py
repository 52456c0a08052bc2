"""The section of `docs/writer.md` that says how many mutants its tests kill."""

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

__all__ = ["BEGIN", "END", "PAGE", "render", "written_into"]

PAGE: Final = Path(__file__).parents[2] / "docs" / "writer.md"
BEGIN: Final = "<!-- What is between these two is written by `make mutants`. -->"
END: Final = "<!-- That was it. -->"

_TEMPLATE: Final = Path(__file__).with_name("section.template.md")


def render(tallies: Mapping[str, Tally], tool: str | None = None) -> str:
    """Return the section for what became of the mutants of each module."""
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


def written_into(page: str, section: str) -> str:
    """Return the page with its section made anew.

    Raises:
        ValueError: The page has no place for it.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        msg = f"there is no place for it between {BEGIN} and {END}"
        raise ValueError(msg)
    return f"{before}{begin}\n\n{section.strip()}\n\n{end}{after}"


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    return name, f"{tally.mutants:,}", f"{tally.killed:,}", f"{tally.survived:,}", _share(tally)


def _share(tally: Tally) -> str:
    return f"{100 * tally.killed / tally.mutants:.1f}"
