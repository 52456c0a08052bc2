"""Which of the five levels a name or a number stands for."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.processors.levels import LEVEL_NUMBERS, LEVEL_OF, level_of_number, resolve_level
from structlog_enrich.schema.fields import LEVELS

TABLE = [
    ("debug", "debug"),
    ("info", "info"),
    ("warning", "warning"),
    ("error", "error"),
    ("critical", "critical"),
    ("warn", "warning"),
    ("exception", "error"),
    ("err", "error"),
    ("fatal", "critical"),
    ("failure", "critical"),
    ("msg", "info"),
    ("log", "info"),
]


class TestLevelOf:
    """`LEVEL_OF`, the table of names."""

    @pytest.mark.parametrize(("name", "level"), TABLE)
    def test_the_contracts_table(self, name: str, level: str) -> None:
        """Every name the wire format lists, in any case, with blanks around."""
        assert level == LEVEL_OF[name]
        assert level == resolve_level(name) == resolve_level(name.upper()) == resolve_level(f" {name.title()}\n")

    def test_only_the_five(self) -> None:
        """No name stands for anything else."""
        assert set(LEVELS) == set(LEVEL_OF.values()) == set(LEVEL_NUMBERS)


class TestNumbers:
    """`level_of_number`, downwards."""

    @pytest.mark.parametrize(
        ("number", "level"),
        [
            (-5, "debug"),
            (0, "debug"),
            (9, "debug"),
            (10, "debug"),
            (19, "debug"),
            (20, "info"),
            (25, "info"),
            (29.9, "info"),
            (30, "warning"),
            (35, "warning"),
            (40, "error"),
            (50, "critical"),
            (10**30, "critical"),
            (math.inf, "critical"),
            (-math.inf, "debug"),
            (math.nan, "debug"),
        ],
        ids=str,
    )
    def test_down(self, number: float, level: str) -> None:
        """A number between two levels is the lower one."""
        assert level == level_of_number(number) == resolve_level(number)

    @pytest.mark.parametrize(
        ("text", "level"),
        [("25", "info"), ("Level 35", "warning"), ("level 5", "debug"), ("9" * 5_000, "critical")],
        ids=["25", "Level 35", "level 5", "endless"],
    )
    def test_as_text(self, text: str, level: str) -> None:
        """Numbers as text, and as the standard library spells those without a name."""
        assert level == resolve_level(text)

    @given(st.integers())
    def test_any(self, number: int) -> None:
        """Whatever the number, it is one of the five."""
        assert level_of_number(number) in LEVELS


class TestUnknown:
    """Names that stand for no level."""

    @pytest.mark.parametrize("name", ["loud", "", "Level ", "-5", "²", "٣", "level x", None, b"info", [], {}], ids=repr)
    def test_none(self, name: Any) -> None:
        """They have none."""
        assert None is resolve_level(name)
