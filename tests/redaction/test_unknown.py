"""Objects of which nothing is known."""

from __future__ import annotations

from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from structlog.exceptions import DropEvent

from structlog_enrich.redaction.unknown import shown


class Raising:
    """What can't be shown."""

    def __init__(self, error: BaseException) -> None:
        """Keep what to raise."""
        self.error = error

    def __repr__(self) -> str:
        """Raise it."""
        raise self.error


class Lazy:
    """What stands for another object."""

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        """Fail, as going for it would."""
        raise AssertionError


class TestShown:
    """`shown`, as text."""

    @pytest.mark.parametrize("error", [ValueError("x"), DropEvent()], ids=["an error", "structlog's own"])
    def test_what_raises(self, error: BaseException) -> None:
        """Its class is named."""
        assert "<Raising>" == shown(Raising(error))

    def test_what_is_lazy(self) -> None:
        """It stays what it is."""
        lazy = Lazy()
        assert lazy is shown(lazy)

    def test_what_is_a_text(self) -> None:
        """Numbers, paths and identifiers are what they are written as, anything else its `repr`."""
        values = (Decimal("1.50"), PurePosixPath("/a/b"), UUID(int=1), slice(1))
        assert ["1.50", "/a/b", str(UUID(int=1)), "slice(None, 1, None)"] == list(map(shown, values))
