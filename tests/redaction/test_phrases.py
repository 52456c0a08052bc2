"""The tables of words, arranged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.redaction import words as w
from structlog_enrich.redaction.phrases import PHRASES, SPEAKS, apart
from structlog_enrich.redaction.shapes import DOUBTS

ALL = [phrase for phrases in PHRASES.values() for phrase in phrases]


class TestPhrases:
    """`PHRASES`."""

    def test_by_last_word(self) -> None:
        """Each stands under its last word, and what says more stands first."""
        for word, phrases in PHRASES.items():
            assert {word} == {phrase.words[-1] for phrase in phrases}
            sizes = [len(phrase.words) for phrase in phrases]
            assert sorted(sizes, reverse=True) == sizes

    def test_each_rule_is_told(self) -> None:
        """A phrase's rule is one that has a meaning, and each that has one is reached by a phrase or a header."""
        assert set(w.RULES) == {phrase.rule for phrase in ALL}

    def test_each_doubt_is_known(self) -> None:
        """A test that a value must pass exists; what is read as a whole name is in doubt."""
        assert {phrase.doubt for phrase in ALL} - {None} <= DOUBTS.keys()
        assert all(phrase.doubt for phrase in ALL if phrase.whole)

    def test_several_are_no_number(self) -> None:
        """A number under `passwords` counts them, and under `password` is one."""
        numbers = {phrase.words: phrase.numbers for phrase in ALL if phrase.rule == "password"}
        assert (True, False, False) == (numbers["password",], numbers["passwords",], numbers["pass",])

    def test_speaks(self) -> None:
        """The first look lets every phrase through, however its words are joined."""
        assert len(ALL) > 100
        assert [] == [
            phrase for phrase in ALL for join in ("_", "", " ") if SPEAKS.search(join.join(phrase.words)) is None
        ]


class TestApart:
    """`apart`."""

    @pytest.mark.parametrize(
        ("expected", "word"),
        [
            ("db password", "dbpassword"),
            ("password hash", "passwordhash"),
            ("password", "pas" + "word"),
            ("passwordless", "passwordless"),
            ("passwords", "passwords"),
            ("mysql pass", "mysqlpass"),
            ("rootrootroot pw", "rootrootrootpw"),
            ("dbdbdbdbpass", "dbdbdbdbpass"),
            ("compass", "compass"),
            ("bypass", "bypass"),
            ("monkey", "monkey"),
            ("turkey", "turkey"),
            ("x api key", "xapikey"),
            ("private key", "pkey"),
            ("rsa key", "rsakey"),
            ("license key", "licensekeys"),
            ("page token", "nextpagetoken"),
            ("auth tokens", "authtokens"),
            ("csrf", "csrfmiddlewaretoken"),
            ("sessionid", "phpsessid"),
            ("client secrets", "clientsecrets"),
            ("secretary", "secretary"),
            ("", ""),
        ],
    )
    def test_words(self, expected: str, word: str) -> None:
        """Words that were written together are taken apart as far as they matter."""
        assert expected == " ".join(apart(word))

    @given(word=st.text(st.sampled_from("aeoprstwdkyn"), max_size=60))
    def test_anything(self, word: str) -> None:
        """Something is always left, and what no phrase fits stays as it was."""
        assert apart(word)
        if SPEAKS.search(word) is None:
            assert (word,) == apart(word)

    def test_a_long_word(self) -> None:
        """A word without an end, made of owners, is read once from its beginning and not in every way there is."""
        word = "rootdbadmin" * 20_000
        assert (word,) == apart(word)

    def test_has_an_end(self) -> None:
        """What is remembered of words is bounded."""
        for number in range(3_000):
            apart(f"pass{'abcdefghij'[number % 10]}{number}")
        assert 2_048 == apart.cache_info().currsize == apart.cache_info().maxsize
