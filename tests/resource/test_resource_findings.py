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
        "value",
        [
            "x",
            "a@b",
            "x" * 256,
            "\\" * 256,
            "é" * 256,
            "https://x.com/a@b",
            "https://[::1]/a@b",
            "a://h:80/x@y",
            "a://h:/x@y",
            "://",
            "a://b:c",
            "app:1@sha256:0a",
        ],
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
            ('"' * 85 + "字" * 115, "needs more than 512 bytes"),
            ("\\" * 85 + "字" * 115, "needs more than 512 bytes"),
            ("git+https://tok@x.com", "holds a URL's credentials"),
            ("https://me:hun/ter2@x.com", "holds a URL's credentials"),
            ("postgres://me:hun#ter2@x.com/db", "holds a URL's credentials"),
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
            ("a://u:p/q@h/x@y", "'a://***@y'"),
            ("a://u:p?q@h", "'a://***@h'"),
            ("\ud800", "'\\ud800'"),
            ("x" * 58, f"'{'x' * 58}'"),
            ("x" * 59, f"'{'x' * 58}…"),
            ("x" * 256, f"'{'x' * 58}…"),
            ("x" * 257, "'xxxxxxxx'…"),
            ("https://" + "x" * 257, "'https://'…"),
            ("a\nBearer hunter2", "'a\\nBearer '…"),
            ("a basic\thunter2\n", "'a basic\\t'…"),
            ("a\nDB_PASSWORD=hunter2", "'a\\nDB_PASSWORD='…"),
            ("a\npassword: hunter2", "'a\\npassword:'…"),
            ("https://h/x?token=hunter2\n", "'https://h/x?token='…"),
        ],
    )
    def test_as_a_literal(self, value: Any, expected: str) -> None:
        """It is a literal without secrets."""
        assert expected == shown(value)

    @pytest.mark.parametrize("length", [10, 60, 256, 2_040, 2_048, 100_000])
    @pytest.mark.parametrize("before", ["", "x" * 40, "x" * 55])
    def test_however_long_the_credentials(self, before: str, length: int) -> None:
        """Wherever it is cut, what stands before a URL's `@` isn't shown."""
        assert "hunter2" not in shown(f"{before}\nhttps://{'hunter2' * length}@h/x")
        assert "hunter2" not in shown(f"{before}\nhttps://me:{'hunter2' * length}/#?@h/x")

    @given(st.text(max_size=5_000))
    def test_safe(self, value: str) -> None:
        """It is short and printable, whatever it was."""
        assert shown(value).isprintable()
        assert len(shown(value)) <= 60
