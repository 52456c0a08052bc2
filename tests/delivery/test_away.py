"""Leave out of the time that is waited how long the process was stopped."""

from __future__ import annotations

import pytest

from structlog_enrich.delivery import away
from structlog_enrich.delivery.away import time_away

_SECOND = 1_000_000_000


class TestTimeAway:
    """It is what goes by beyond what was asked for, where that is more than a busy machine makes of it."""

    @pytest.mark.parametrize(
        ("passed", "seconds", "expected"),
        [(0, 0.05, 0), (0.05, 0.05, 0), (0.3, 0.05, 0), (0.31, 0.05, 0.26), (30, 1, 29), (30, 30, 0), (1, 30, 0)],
    )
    def test_late(self, passed: float, seconds: float, expected: float, monkeypatch: pytest.MonkeyPatch) -> None:
        """Up to 250 ms are no stop; of a longer one all is left out but what was to be waited."""
        monkeypatch.setattr(away, "monotonic_ns", lambda: 7 * _SECOND + round(passed * _SECOND))
        assert round(expected * _SECOND) == time_away(7 * _SECOND, seconds)
