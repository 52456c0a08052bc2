"""Lines that were lost: which, and why."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.delivery.gaps import MAX_RANGES, Losses
from structlog_enrich.delivery.records import LEVELS

_LOST = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 400)), st.integers(0, len(LEVELS) - 1)))


class TestLosses:
    """Losses are gathered until they are told."""

    @given(_LOST)
    def test_says_what_was_lost(self, lost: list[tuple[int | None, int]]) -> None:
        """It counts each, names only what was lost, and says whether that is all."""
        losses = Losses("full", 0)
        for seq, level in lost:
            losses.add(seq, level)
        gap = losses.gap()
        assert (len(lost), "full") == (gap.count, gap.reason)
        assert Counter(LEVELS[level] for _, level in lost) == gap.levels
        named = [number for first, last in gap.ranges for number in range(first, last + 1)]
        numbers = {seq for seq, _ in lost if seq is not None}
        assert sorted({*named}) == named
        assert len(gap.ranges) <= MAX_RANGES
        if gap.complete:
            assert numbers == {*named}
            assert all(seq is not None for seq, _ in lost)
        else:
            assert numbers >= {*named}

    def test_full(self) -> None:
        """When no range more can be named, those that are there still grow; the others are counted only."""
        losses = Losses("full", 0)
        for number in range(MAX_RANGES):
            assert not losses.is_full()
            losses.add(number * 10, 1)
        assert losses.is_full()
        losses.add(1, 1)
        assert losses.gap().complete
        assert (0, 1) == losses.gap().ranges[0]
        losses.add(5, 1)
        gap = losses.gap()
        assert (MAX_RANGES + 2, MAX_RANGES, False) == (gap.count, len(gap.ranges), gap.complete)
        losses.add(11, 1)
        assert (10, 11) == losses.gap().ranges[1]

    def test_repr(self) -> None:
        """It shows the reason and how many."""
        losses = Losses("enospc", 0)
        losses.add(None, 4)
        assert "<Losses('enospc', count=1)>" == repr(losses)
