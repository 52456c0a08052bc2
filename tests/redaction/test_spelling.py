"""What two spellings of one key have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.redaction.spelling import plain_spelling, words_of


class TestPlainSpelling:
    """`plain_spelling`, the letters that a reader sees."""

    @pytest.mark.parametrize(
        ("expected", "key"),
        [
            ("Api-Key", "Api-Key"),
            ("password", "p\u0430ssw\u043erd"),
            ("PASSWORD", "\uff30\uff21\uff33\uff33\uff37\uff2f\uff32\uff24"),
            ("password", "pass\u200dword"),
            ("password", "\u202epass\u00adword\ufeff"),
            ("secret", "\u017fecret"),
            ("credential", "credent\u0131al"),
            ("contrasena", "contrase\u00f1a"),
            ("password", "pass\u3164wo\u0301rd"),
            ("pass word", "pass\u2003word"),
            ("password", "pass\x00word"),
            ("", "\ud800"),
        ],
    )
    def test_forms(self, expected: str, key: str) -> None:
        """Compatible forms, look-alikes and accents become letters; what can't be seen goes."""
        assert expected == plain_spelling(key)

    def test_long_keys(self) -> None:
        """Of a long key both ends are left: a secret's name hides at neither."""
        spelling = plain_spelling("secret" + "x" * 1_000_000 + "token")
        assert (True, True, 513) == (spelling.startswith("secret"), spelling.endswith("token"), len(spelling))

    @given(st.text(max_size=60))
    def test_any_key(self, key: str) -> None:
        """Any text has a plain spelling and words, and every word is one."""
        words, place = words_of(plain_spelling(key))
        assert all(words)
        assert 0 <= place <= len(words)


class TestWordsOf:
    """`words_of`, the words of a name and where it stands."""

    @pytest.mark.parametrize(
        ("expected", "key"),
        [
            ((["x", "api", "key"], 0), "X-Api-Key"),
            ((["x", "api", "key"], 0), "xAPIKey"),
            ((["http", "2", "server"], 0), "http2Server"),
            ((["oauth", "token"], 0), "OAuthToken"),
            ((["user", "password"], 1), "user.password"),
            ((["user", "tokens", "0"], 1), "user.tokens.0"),
            ((["aws", "db", "password"], 2), "/aws/db/password"),
            (([], 0), ""),
            (([], 0), "-_. "),
        ],
    )
    def test_words(self, expected: tuple[list[str], int], key: str) -> None:
        """Separators, digits and humps part words; what stands before the last dot is where."""
        assert expected == words_of(key)
