"""The events are what the page says they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import events

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = [
    events.reference,
    events.web,
    events.secret,
    events.nested,
    events.objects,
    events.failing,
    lambda: events.wide(20),
]


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1


class TestEvents:
    """All events."""

    @pytest.mark.parametrize("event", EVENTS)
    def test_cycle_through_a_thousand_distinct_value_sets_of_the_same_keys(
        self, event: Callable[[], list[dict[str, Any]]]
    ) -> None:
        """A value that comes back at once would be found in somebody's cache."""
        calls = event()
        assert len(calls) >= 1_000
        assert len(calls) == len({repr(call) for call in calls})
        assert {tuple(calls[0])} == {tuple(call) for call in calls}


class TestReference:
    """The reference event."""

    def test_has_the_six_keywords(self) -> None:
        """An id, a float, a currency, an int, a masked card, a note of 30 characters."""
        assert [str, float, str, int, str, str] == [type(value) for value in events.reference()[0].values()]
        assert {30} == {len(call["note"]) for call in events.reference()}


class TestNested:
    """The nested event."""

    def test_has_25_leaves(self) -> None:
        """As the page says."""
        assert {25} == {_leaves(call) for call in events.nested()}


class TestFailing:
    """The event with an exception."""

    def test_has_a_traceback_and_a_cause(self) -> None:
        """Five frames, as the page says."""
        error = events.failing()[7]["exc_info"]
        frames = []
        traceback = error.__traceback__
        while traceback is not None:
            frames.append(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        assert ["_caught", *["_capture"] * 4] == frames
        assert isinstance(error.__cause__, KeyError)
