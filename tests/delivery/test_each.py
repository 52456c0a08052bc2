"""Calling several."""

from __future__ import annotations

import pytest

from structlog_enrich.delivery.each import call_each


class TestCallEach:
    """None stops another."""

    def test_order(self) -> None:
        """They are called in their order, each once."""
        called: list[int] = []
        call_each([lambda number=number: called.append(number) for number in range(3)])  # type: ignore[misc]
        assert [0, 1, 2] == called

    def test_none(self) -> None:
        """Of none nothing is done."""
        call_each([])

    def test_raises(self) -> None:
        """Those behind one that raises are called, and what the last one raises is raised."""
        called: list[str] = []

        def fail() -> None:
            called.append("failed")
            raise KeyboardInterrupt(len(called))

        with pytest.raises(KeyboardInterrupt, match=r"^3$"):
            call_each([fail, lambda: called.append("done"), fail])
        assert ["failed", "done", "failed"] == called
