"""How long lines are on their way."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.delivery.latency import BOUNDS, Latency

_SECOND = 1_000_000_000


class TestLatency:
    """Each line is counted in one class."""

    @given(st.lists(st.integers(0, 100 * _SECOND), min_size=1).map(sorted))
    def test_cumulative(self, handed: list[int]) -> None:
        """Each bound has the lines that took at most that long, the infinite one all."""
        latency = Latency()
        now = 100 * _SECOND
        latency.add(handed, now)
        for bound, count in latency.cumulative():
            assert sum(now - at <= bound * _SECOND for at in handed) == count
        assert sum(now - at for at in handed) == latency.total
        assert len(handed) == latency.cumulative()[-1][1]

    def test_adds(self) -> None:
        """It counts one batch after the other."""
        latency = Latency()
        for _ in range(3):
            latency.add([0], _SECOND)
        assert 3 * _SECOND == latency.total
        assert 3 == latency.cumulative()[-1][1]

    @pytest.mark.parametrize("bound", BOUNDS)
    def test_at_a_bound(self, bound: float) -> None:
        """What takes exactly as long as a bound is within it; a nanosecond more is not."""
        latency = Latency()
        latency.add([0], round(bound * _SECOND))
        latency.add([0], round(bound * _SECOND) + 1)
        assert 1 == dict(latency.cumulative())[bound]

    def test_bounds(self) -> None:
        """They ascend."""
        assert all(lower < upper for lower, upper in pairwise(BOUNDS))
