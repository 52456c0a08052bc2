"""What is said about a series of measurements: its median, and how far it spreads."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Spread", "compared", "compared_beyond", "differences", "spread"]


class Spread(NamedTuple):
    """Hold what a series comes to.

    Attributes:
        median: Its middle.
        least: Its least value.
        most: Its greatest value.
        fastest: The same said of the fastest round of each side. On a quiet machine it agrees with the median; where
            it doesn't, a neighbour was there.
    """

    median: float
    least: float
    most: float
    fastest: float


def spread(values: Sequence[float]) -> Spread:
    """Return what *values* come to; they must not be empty.

    >>> spread([3.0, 1.0, 8.0])
    Spread(median=3.0, least=1.0, most=8.0, fastest=1.0)
    """
    return Spread(statistics.median(values), min(values), max(values), min(values))


def compared(values: Sequence[float], base: Sequence[float]) -> Spread:
    """Return what the ratios of *values* to *base* come to, each taken within a round.

    Within a round both sides were measured under the same load. Only then comes the median: a neighbour that takes the
    processor for a second moves both sides of one ratio and not the result.

    >>> compared([2.0, 20.0, 6.0], [1.0, 10.0, 2.0])
    Spread(median=2.0, least=2.0, most=3.0, fastest=2.0)
    """
    ratios = spread([value / of for value, of in zip(values, base, strict=True)])
    return ratios._replace(fastest=min(values) / min(base))


def differences(values: Sequence[float], base: Sequence[float]) -> Spread:
    """Return what the differences of *values* from *base* come to, each taken within a round.

    >>> differences([5.0, 7.0, 9.0], [1.0, 4.0, 3.0])
    Spread(median=4.0, least=3.0, most=6.0, fastest=4.0)
    """
    gaps = spread([value - of for value, of in zip(values, base, strict=True)])
    return gaps._replace(fastest=min(values) - min(base))


def compared_beyond(values: Sequence[float], base: Sequence[float], below: Sequence[float]) -> Spread:
    """Return what the ratios of *values* to *base* come to, of both only what goes beyond *below*.

    >>> compared_beyond([3.0, 12.0, 5.0], [2.0, 11.0, 3.0], [1.0, 10.0, 1.0])
    Spread(median=2.0, least=2.0, most=2.0, fastest=2.0)
    """
    rounds = zip(values, base, below, strict=True)
    ratios = spread([(value - under) / (of - under) for value, of, under in rounds])
    return ratios._replace(fastest=(min(values) - min(below)) / (min(base) - min(below)))
