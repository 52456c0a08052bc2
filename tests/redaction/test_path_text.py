"""Where in a line a value stands, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from structlog_enrich.redaction.paths import path_text

if TYPE_CHECKING:
    from structlog_enrich.redaction.paths import Path


def path(*segments: str | int) -> Path | None:
    """Return the path of these *segments*, from the first to the last."""
    found: Path | None = None
    for segment in segments:
        found = (found, segment)
    return found


class TestPathText:
    """`path_text`, as `redacted` and `truncated` spell a path."""

    @pytest.mark.parametrize(
        ("expected", "segments"),
        [
            ("", ()),
            ("payload", ("payload",)),
            ("payload.a-b_C9", ("payload", "a-b_C9")),
            ("payload.cards[3][0].cvv", ("payload", "cards", 3, 0, "cvv")),
            ('payload["a.b"]', ("payload", "a.b")),
            ('payload[""]', ("payload", "")),
            ('payload["a:b"].c', ("payload", "a:b", "c")),
            ('payload["say \\\\"hi\\\\" \\\\\\\\"]'.replace("\\\\", "\\"), ("payload", 'say "hi" \\')),
            ('payload["é"]', ("payload", "é")),
            ('payload["a\\n"]'.replace("\\n", "\n"), ("payload", "a\n")),
            ('["first.odd"].next', ("first.odd", "next")),
            ("7.next", ("7", "next")),
        ],
    )
    def test_segments(self, expected: str, segments: tuple[str | int, ...]) -> None:
        """Plain names follow a dot, others stand in quotes, places in a list are numbers."""
        assert expected == path_text(path(*segments))

    def test_a_name_and_a_place_differ(self) -> None:
        """The key `3` isn't the fourth item."""
        assert path_text(path("a", "3")) != path_text(path("a", 3))

    def test_long_keys_are_cut(self) -> None:
        """128 characters of a key are shown; a cut key stands in quotes."""
        assert "k" * 128 == path_text(path("k" * 128))
        assert '["' + "k" * 128 + '"]' == path_text(path("k" * 129))

    def test_long_paths_are_cut(self) -> None:
        """512 characters of a path are shown."""
        whole = path_text(path(*["k" * 127] * 4))
        assert 511 == len(whole)
        cut = path_text(path(*["k" * 127] * 5))
        assert (512, whole) == (len(cut), cut[:511])
        assert cut.endswith("…")
