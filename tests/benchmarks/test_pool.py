"""The pools hold what the page says of them: values that don't repeat, and nothing to redact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import events, pool
from structlog_enrich.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = [pool.reference, pool.web, pool.flat, pool.nested]

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.__name__)


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1


class TestPool:
    """All pools."""

    @each_kind
    def test_hold_different_values_under_the_same_keys(self, kind: Callable[..., list[dict[str, Any]]]) -> None:
        """No event comes twice before all have come, and more come than a cache of values remembers."""
        made = kind()
        assert pool.SIZE == len({repr(event) for event in made})
        assert {tuple(made[0])} == {tuple(event) for event in made}

    @each_kind
    def test_are_the_same_each_time(self, kind: Callable[..., list[dict[str, Any]]]) -> None:
        """Several interpreters measure the same."""
        assert kind(50) == kind(50)

    @each_kind
    def test_hold_no_secret(self, kind: Callable[..., list[dict[str, Any]]]) -> None:
        """A clean event comes back as the same object."""
        assert [] == [event for event in kind(50) if redact(event) is not event]

    def test_have_a_message_for_each_event_and_hardly_one_twice(self) -> None:
        """Its numbers are those of an f-string."""
        assert pool.SIZE == len(pool.messages())
        assert len(set(pool.messages())) > pool.SIZE * 0.9

    @pytest.mark.parametrize("name", ["reference", "web"])
    def test_of_the_known_events_have_their_keys(self, name: str) -> None:
        """They are the same events with other values."""
        (first, *_), (second, *_) = getattr(events, name)(), getattr(pool, name)(1)
        assert [(key, type(value)) for key, value in first.items()] == [
            (key, type(value)) for key, value in second.items()
        ]

    def test_of_the_flat_and_the_nested_event_have_as_many_leaves_as_the_page_says(self) -> None:
        """Twelve and 25, the message among them."""
        assert ({12}, {25}) == tuple({_leaves(event) for event in kind(50)} for kind in (pool.flat, pool.nested))
