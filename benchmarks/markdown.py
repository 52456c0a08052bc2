"""Tables as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.contenders import documented, floor, preset_ours
from benchmarks.statistics import compared, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.contenders import Contender
    from benchmarks.harness import Samples
    from benchmarks.statistics import Spread

__all__ = ["comparison", "measured", "series", "table"]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first column is text and whose others are numbers.

    >>> print(table(("who", "µs"), [("we", "5.00")]))
    | who | µs |
    | --- | ---: |
    | we | 5.00 |
    """
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def measured(values: Spread, digits: int = 2) -> tuple[str, str]:
    """Return a median and the range it stands in, as two cells."""
    return f"{values.median:.{digits}f}", f"{values.least:.{digits}f} to {values.most:.{digits}f}"


def _ratio(samples: Samples, name: str, base: Contender) -> str:
    return f"{compared(samples[name], samples[base.NAME]).median:.2f}"


def comparison(samples: Samples, base: Contender = floor) -> str:
    """Return the table of one event: time per call, and the ratios to *base* and to the documented chain."""
    bases = [each for each in (base, documented) if each.NAME in samples]
    return table(
        ["contender", "µs per call", "range", *(f"÷ {each.NAME}" for each in bases)],
        (
            (name, *measured(spread(values)), *(_ratio(samples, name, each) for each in bases))
            for name, values in samples.items()
        ),
    )


def series(what: str, result: Mapping[str, Samples]) -> str:
    """Return the table of one event measured at several values of *what*: the medians, and our ratios."""
    names = next(iter(result.values()))
    bases = (floor, documented)
    return table(
        [what, *(f"{name}, µs" for name in names), *(f"{preset_ours.NAME} ÷ {each.NAME}" for each in bases)],
        (
            (
                value,
                *(f"{spread(samples[name]).median:.2f}" for name in names),
                *(_ratio(samples, preset_ours.NAME, each) for each in bases),
            )
            for value, samples in result.items()
        ),
    )
