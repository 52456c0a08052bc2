"""What callers gave up."""

from __future__ import annotations

import tracemalloc

from structlog_enrich.delivery.refused import Refused


def taken(refused: Refused) -> tuple[str, int, bytes | None]:
    """Take one, as who counts it."""
    reason, level, line, places = refused.first()
    del places[0]
    return reason, level, line


class TestRefused:
    """It stays small, and knows how many they are."""

    def test_order(self) -> None:
        """Lines are given away as they came."""
        refused = Refused()
        refused.add("full", 1, b"1")
        refused.add("overrun", 3, b"2")
        assert 2 == len(refused)
        assert [("full", 1, b"1"), ("overrun", 3, b"2")] == [taken(refused), taken(refused)]
        assert 0 == len(refused)

    def test_long(self) -> None:
        """Of a line of more than 4,096 bytes only the level is kept."""
        refused = Refused()
        refused.add("full", 1, b"x" * 4_096)
        refused.add("full", 2, b"x" * 4_097)
        assert ("full", 1, b"x" * 4_096) == taken(refused)
        assert ("full", 2, None) == taken(refused)

    def test_many(self) -> None:
        """Beyond a thousand each takes a byte, until they are taken; none is forgotten."""
        refused = Refused()
        tracemalloc.start()
        try:
            for number in range(50_000):
                refused.add("full" if number % 2 else "overrun", number % 5, b"{}")
            assert tracemalloc.get_traced_memory()[0] < 250_000
        finally:
            tracemalloc.stop()
        assert 50_000 == len(refused)
        found = [taken(refused) for _ in range(50_000)]
        assert [b"{}"] * 1_000 + [None] * 49_000 == [line for _, _, line in found]
        assert 25_000 == sum(reason == "full" for reason, _, _ in found)
        assert [10_000] * 5 == [sum(level == each for _, level, _ in found) for each in range(5)]
        assert not refused

    def test_clear(self) -> None:
        """None is left, of either kind."""
        refused = Refused()
        refused.add("full", 1, b"1")
        refused.add("full", 1, b"x" * 5_000)
        refused.clear()
        assert 0 == len(refused)

    def test_shown(self) -> None:
        """It is shown by how many they are, without what they say."""
        refused = Refused()
        refused.add("full", 1, b"secret")
        assert "<Refused(1)>" == repr(refused)
