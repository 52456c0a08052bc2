"""What may stand on the line, and how what may not is shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.resource.findings import fault, shown


class TestFault:
    """Why a value is refused."""

    @pytest.mark.parametrize(
        "value", ["x", "a@b", "x" * 256, "\\" * 256, "é" * 256, "https://x.com/a@b", "://", "a://b:c"]
    )
    def test_none(self, value: str) -> None:
        """Ordinary values are taken."""
        assert fault(value) is None

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            (5, "isn't text"),
            ("x" * 257, "is longer than 256 characters"),
            ("\u202ex", "holds what can't be printed"),
            ("字" * 171, "needs more than 512 bytes"),
            ("git+https://tok@x.com", "holds a URL's credentials"),
            ("see http://a.com http://u:p@x.com/", "holds a URL's credentials"),
        ],
    )
    def test_reason(self, value: Any, reason: str) -> None:
        """Each rule says its name."""
        assert reason == fault(value)


class TestShown:
    """How a refused value is shown."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (5, "int"),
            ("é\n", "'\\xe9\\n'"),
            ("a://u:p@h/x@y?u@z", "'a://***@h/x@y?u@z'"),
            ("a://u:p@q@h#f b://v@w", "'a://***@h#f b://***@w'"),
            ("\ud800", "'\\ud800'"),
        ],
    )
    def test_as_a_literal(self, value: Any, expected: str) -> None:
        """It is a literal without secrets."""
        assert expected == shown(value)

    @given(st.text(max_size=5_000))
    def test_safe(self, value: str) -> None:
        """It is short and printable, whatever it was."""
        assert shown(value).isprintable()
        assert len(shown(value)) <= 60
