"""The memory of answers."""

from __future__ import annotations

from structlog_enrich.redaction.caching import LONGEST_KEY, BoundedCache


class TestBoundedCache:
    """`BoundedCache`, which asks once for each key."""

    def test_asks_once(self) -> None:
        """A known key isn't asked for again, also when the answer was None."""
        asked: list[str] = []
        cache = BoundedCache(asked.append)
        assert [None, None] == [cache["a"], cache["a"]]
        assert ["a"] == asked

    def test_has_an_end(self) -> None:
        """More keys than it holds make it start over, and the answers stay right."""
        cache = BoundedCache(len, size=10)
        for number in range(1_000):
            assert len(str(number)) == cache[str(number)]
            assert 10 >= len(cache)

    def test_long_keys(self) -> None:
        """A long key gets its answer and takes no room."""
        cache = BoundedCache(len)
        assert LONGEST_KEY + 1 == cache["x" * (LONGEST_KEY + 1)]
        assert not cache
