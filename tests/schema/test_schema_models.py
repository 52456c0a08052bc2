"""The table of contents of the models."""

from __future__ import annotations

from structlog_enrich.schema import models


class TestModels:
    """`structlog_enrich.schema.models`."""

    def test_the_contents_are_sorted_and_there(self) -> None:
        """What the table of contents promises can be imported."""
        assert sorted(models.__all__) == models.__all__
        assert models.__all__ == [name for name in models.__all__ if hasattr(models, name)]
