"""The examples in the docstrings of the benchmarks are true."""

from __future__ import annotations

import doctest

import pytest

from benchmarks import harness, markdown, statistics


class TestExamples:
    """What a docstring shows."""

    @pytest.mark.parametrize("module", [harness, markdown, statistics], ids=lambda module: module.__name__)
    def test_give_what_they_say(self, module: object) -> None:
        """Each of these modules shows at least one, and none fails."""
        result = doctest.testmod(module)  # type: ignore[arg-type]
        assert result.failed == 0
        assert result.attempted > 0
