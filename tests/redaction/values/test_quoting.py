"""Where quoted texts, objects and lists end."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction.values.quoting import closing_bracket


class TestClosingBracket:
    """`closing_bracket`."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('{"a": {"b": "}"}}, 1', '{"a": {"b": "}"}}'),
            ("[['a'], (1, ']')] and more", "[['a'], (1, ']')]"),
            (r'{"a": "\"}"} }', r'{"a": "\"}"}'),
        ],
    )
    def test_skips_what_is_quoted(self, text: str, expected: str) -> None:
        """Brackets within quoted texts are none."""
        assert len(expected) == closing_bracket(text.encode(), 0)

    @pytest.mark.parametrize("text", ['{"a": 1', '{"' + '\\"' * 200_000, "[" * 100_000, "{'" + "\\'\"" * 100_000])
    def test_of_what_is_open(self, text: str) -> None:
        """What isn't closed ends with what is looked at, and is read once."""
        assert min(len(text), 16_384) == closing_bracket(text.encode(), 0)
