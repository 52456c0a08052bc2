"""What is assigned to a key inside a text, and that what stands elsewhere in the text doesn't matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.redaction import DEFAULT_POLICY, redact_text

SECRET = "a8Kx92lQ" + "q7Zk3RxV"
PIECES = st.sampled_from(
    [
        *(f"password={SECRET}", f"Set-Cookie: sid={SECRET}; Path=/", f'{{"api_key": "{SECRET}"}}', "paid o-1"),
        *(f"<token>{SECRET}</token>", f"--client-secret {SECRET}", "https://x.com/", "<b>", "a/b", "{", '"', ""),
        *(f"https://me:{SECRET}@x.com/?a=1", f"Authorization: Bearer {SECRET}", "user: ada", "key", "x" * 300),
    ]
)


class TestTheEnd:
    """Texts whose last character has a meaning where something begins."""

    @pytest.mark.parametrize("end", ["/", "<", ":", '"', "'", "?", "&", "=", "-", "\\"])
    @pytest.mark.parametrize("key", ["password", "token", "Set-Cookie", "api_key"])
    def test_doesn_t_touch_the_beginning(self, key: str, end: str) -> None:
        """The first key of a text has nothing before it."""
        assert SECRET not in redact_text(f"{key}: sid={SECRET}; see {end}")
        assert SECRET not in redact_text(f"{key}: sid={SECRET}; see https://x.com{end}")


class TestLines:
    """Texts of several lines."""

    @given(st.lists(PIECES, min_size=1, max_size=5))
    def test_are_found_together_as_alone(self, pieces: list[str]) -> None:
        """A secret that is found in a line by itself is found among others: that one look is enough for all."""
        together = DEFAULT_POLICY.compiled.gate("\n".join(pieces).encode())
        assert together or all(DEFAULT_POLICY.compiled.clean(piece) for piece in pieces)
        assert SECRET not in redact_text("\n".join(pieces))
