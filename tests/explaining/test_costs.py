"""What each stage costs, on demand."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from structlog_enrich import preset
from structlog_enrich.explaining import explain

if TYPE_CHECKING:
    import pytest


def _add_shard(logger: Any, method_name: str, event_dict: Any) -> Any:
    return {**event_dict, "shard": 3}


class _Locked:
    """Hold what can't be copied."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def __call__(self, logger: Any, method_name: str, event_dict: Any) -> Any:
        return event_dict


class TestCosts:
    """What each stage costs, on demand."""

    def test_unasked(self) -> None:
        """Without asking nothing is measured."""
        report = explain(preset())

        assert {None} == {each.cost for each in report.stages}
        assert report.cost is None

    def test_measured(self) -> None:
        """Each stage that ran has a cost, and the sum is the chain's."""
        report = explain(preset(renderer="json", extra=[_add_shard]), measure=True)
        costs = [each.cost for each in report.stages]

        assert all(cost is not None and cost > 0 for cost in costs)
        assert sum(filter(None, costs)) == report.cost

    def test_median(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is the median of seven rounds, in microseconds, by the clock that counts nanoseconds."""
        # The probe itself; a call to warm up; one that is so slow that it makes a round; then seven that count.
        took = iter([0, 5_000, 2_000_000, 9_000, 1_000, 3_000, 4_000, 5_000, 8_000, 9_000_000])
        now = [0]

        class Takes:
            def __deepcopy__(self, memo: Any) -> Any:
                return self

            def __call__(self, logger: Any, method_name: str, event_dict: Any) -> Any:
                now[0] += next(took)
                return event_dict

        monkeypatch.setattr("time.perf_counter_ns", lambda: now[0])
        (stage,) = explain([Takes()], measure=True).stages

        assert 5.0 == stage.cost

    def test_not_measured(self) -> None:
        """A stage that fails, drops, or wasn't run has no cost."""

        def fails(logger: Any, method_name: str, event_dict: Any) -> Any:
            raise KeyError

        stages = explain([fails, _Locked()], measure=True).stages

        assert [None, None] == [each.cost for each in stages]

    def test_fails_later(self) -> None:
        """So has one that fails while it is measured."""
        calls = iter([1])
        (stage,) = explain([lambda _logger, _name, event_dict: {**event_dict, "n": next(calls)}], measure=True).stages

        assert ("adds n", None) == (stage.does, stage.cost)
