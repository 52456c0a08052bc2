"""A table of text that fits: columns that can be spared are left out first, then names are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["table"]

_GAP: Final = "  "
_SHORTEST: Final = 8


def table(
    rows: Sequence[tuple[str, ...]],
    width: int,
    *,
    name: int,
    right: Collection[int] = (),
    spare: Sequence[int] = (),
) -> str:
    """Return *rows*, as many cells in each, as lines of text.

    Args:
        rows: What stands in it, its heading first.
        width: How many columns of text a line may have.
        name: The number of the column that is cut when nothing is left to spare; 8 characters of it always stay.
        right: The numbers of those that are aligned to the right.
        spare: The numbers of those that are left out when there is no room, the first to go first.

    >>> print(table([("name", "ms"), ("read the label", "7.1")], 16, name=0, right={1}))
    name          ms
    read the l…  7.1
    """
    columns = dict(enumerate(zip(*rows, strict=True)))
    widths = {at: max(map(len, cells)) for at, cells in columns.items()}
    for each in spare:
        if _needed(widths) > width:
            del widths[each]
    missing = max(0, _needed(widths) - width)
    widths[name] = min(widths[name], max(_SHORTEST, widths[name] - missing))
    lines = (
        _GAP.join(
            f"{_cut(row[at], size):>{size}}" if at in right else f"{_cut(row[at], size):<{size}}"
            for at, size in widths.items()
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _needed(widths: dict[int, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def _cut(cell: str, size: int) -> str:
    return cell if len(cell) <= size else f"{cell[: size - 1]}…"
