"""The text of one second."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.processors.timestamp import NANOSECONDS, second_text

FIRST = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())


class TestSecondText:
    """`second_text`, in UTC up to the decimal point."""

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (0, "1970-01-01T00:00:00."),
            (-1, "1969-12-31T23:59:59."),
            (951_782_400, "2000-02-29T00:00:00."),
            (1_795_322_880, "2026-11-22T04:48:00."),
            (LAST, "9999-12-31T23:59:59."),
            (FIRST, "0001-01-01T00:00:00."),
        ],
    )
    def test_known_seconds(self, seconds: int, text: str) -> None:
        """Leap days, times before 1970, the first and the last year."""
        assert text == second_text(seconds)

    @given(st.integers(FIRST, LAST))
    def test_it_equals_datetime(self, seconds: int) -> None:
        """It says what `datetime` says."""
        expected = datetime.fromtimestamp(seconds, UTC).isoformat().removesuffix("+00:00") + "."

        assert expected == second_text(seconds)

    def test_a_second(self) -> None:
        """It has a billion nanoseconds."""
        assert 10**9 == NANOSECONDS
