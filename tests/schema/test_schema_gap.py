"""The gap of a line."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from structlog_enrich.schema.gap import MAX_RANGES, Gap


class TestGap:
    """`Gap`, the lines that were lost."""

    def test_a_whole_one(self, gap: dict[str, Any]) -> None:
        """A range may be one line long."""
        assert [[4, 5], [9, 9]] == Gap.model_validate(gap).ranges

    def test_as_many_ranges_as_there_may_be(self, gap: dict[str, Any]) -> None:
        """A gap lists 64 ranges and no more."""
        assert MAX_RANGES == len(Gap.model_validate(gap | {"ranges": [[0, 1]] * MAX_RANGES}).ranges)
        with pytest.raises(ValidationError, match="at most 64 items"):
            Gap.model_validate(gap | {"ranges": [[0, 1]] * (MAX_RANGES + 1)})

    @pytest.mark.parametrize("pair", [[5, 4], [4], [4, 5, 6], [-1, 0], ["4", "5"]])
    def test_a_range_is_two_numbers_in_order(self, gap: dict[str, Any], pair: list[object]) -> None:
        """A range that ends before it starts, or isn't two counts, is refused."""
        with pytest.raises(ValidationError, match="ranges"):
            Gap.model_validate(gap | {"ranges": [pair]})

    def test_levels_are_those_of_lines(self, gap: dict[str, Any]) -> None:
        """Lost lines are counted under the five levels."""
        with pytest.raises(ValidationError, match="levels"):
            Gap.model_validate(gap | {"levels": {"gold": 1}})
