"""What is remembered of classes."""

from __future__ import annotations

import gc

from structlog_enrich.redaction.class_cache import ClassCache


class TestClassCache:
    """`ClassCache`, which keeps no class alive."""

    def test_forgets(self) -> None:
        """What is known of a class goes with it."""
        cache: ClassCache[str] = ClassCache(lambda kind: kind.__name__, "?")
        kept = type("Kept", (), {})
        assert ["Gone", "Kept"] == [cache.of(type("Gone", (), {})), cache.of(kept)]
        gc.collect()
        assert 1 == len(cache)

    def test_has_an_end(self) -> None:
        """Classes without end start it over."""
        cache: ClassCache[str] = ClassCache(lambda kind: kind.__name__, "?")
        kinds = [type(f"K{number}", (), {}) for number in range(1_500)]
        assert [kind.__name__ for kind in kinds] == [cache.of(kind) for kind in kinds]
        assert 1_024 >= len(cache)

    def test_never_raises(self) -> None:
        """A function that fails is asked once."""
        asked: list[type] = []

        def fail(kind: type) -> str:
            asked.append(kind)
            raise LookupError

        cache = ClassCache(fail, "?")
        assert ["?", "?"] == [cache.of(int), cache.of(int)]
        assert [int] == asked
