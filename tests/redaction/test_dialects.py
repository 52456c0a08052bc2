"""The two dialects of patterns: what is taken, both engines take, and find the same by."""

from __future__ import annotations

import importlib.util
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.dialects import for_re2
from structlog_enrich.redaction.patterns import check_pattern
from structlog_enrich.redaction.values import Rule, Scanner

ENGINES = ("re", "re2") if importlib.util.find_spec("re2") else ("re",)
_ATOMS = st.sampled_from(
    [
        *("a", "B", "k", " ", ".", "$", "^", r"\s", r"\S", r"\w", r"\W", r"\d", r"\D", r"\b", r"\B", r"\A", r"\n"),
        *(r"\x0b", r"\101", r"\0", r"\_", r"\-", "[ab]", "[^a]", r"[\s]", r"[^\s]", r"[^\S]", r"[\S]", "[]a]", "[^]a]"),
        *("[a-\\d]", "[[a]", "[:a]", "[[:alpha:]]", r"[\b]", "[a&&b]", "[x-]", "-", "]", "}", "{", "{}", "{a}", r"\Z"),
        *(r"\z", r"\Q", r"\C", r"\pL", r"\xe9", r"[\xe0-\xff]", r"[^\xe9]", "(?#a)", r"\x{41}", r"\07", r"\v", r"\f"),
    ]
)
_COUNTS = st.sampled_from(
    ["", "", "", "", "?", "??", "{2}", "{0,3}", "{1,3}?", "{,3}", "{02}", "{2,}", "{0}", "{2,02}", "*", "{ 2}", "{,}"]
)
_OPEN = st.sampled_from(["(", "(?:", "(?i:", "(?-i:", "(?s:", "(?m:", "(?x:", "(?P<n>", "(?ims-i:", "(?a:", "(?<n>"])
_patterns = st.recursive(
    st.builds("{}{}".format, _ATOMS, _COUNTS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
        st.builds("{}{}){}".format, _OPEN, inner, _COUNTS),
    ),
    max_leaves=6,
)
_HEADS = st.sampled_from(["", "", "", "(?i)", "(?s)", "(?m)", "(?im)", "(?x)", "(?a)", "(?L)", "(?u)"])
_TEXTS = st.lists(
    st.sampled_from([*"abBKx1_-&:[]{}\n\v\t \x00é"]),
    max_size=6,
).map("".join)


class TestCheckPattern:
    """Patterns that RE2 refuses, or reads otherwise than `re`."""

    @pytest.mark.parametrize(
        ("part", "pattern"),
        [
            (r"\Z", r"x\Z"),
            ("(?#c)", "(?#c)x"),
            ("(?x)", "(?x)a b"),
            ("(?x:", "a(?x:a b)"),
            ("(?a)", "(?a)a"),
            ("(?L)", "(?L)a"),
            (r"[\b]", r"[\b]"),
            ("{,3}", "a{,3}b"),
            ("{02}", "a{02}"),
            ("[[:alpha:]", "[[:alpha:]]x"),
            ("[a&&b]", "[a&&b]"),
        ],
    )
    def test_refused(self, part: str, pattern: str) -> None:
        """The part is named."""
        with pytest.raises(ConfigurationError, match=re.escape(f"pattern must do without {part}, which RE2")):
            check_pattern(pattern)

    @pytest.mark.parametrize(
        "pattern",
        [r"a\s", r"[^\s]a", "a$", "(?i)a", "(?s)a.", "(?m)^a$", "(?-i:a)", "[:=,]a", "a{2,3}", "a{", r"\[[a]"],
    )
    def test_taken(self, pattern: str) -> None:
        """What both read alike, or can be told to, is taken."""
        check_pattern(pattern)

    @settings(max_examples=400)
    @given(st.builds(str.__add__, _HEADS, _patterns), _TEXTS)
    @pytest.mark.filterwarnings("ignore::FutureWarning")
    def test_what_is_taken_both_find(self, pattern: str, text: str) -> None:
        """The engines take it, and find the same in any text."""
        try:
            check_pattern(pattern)
        except ConfigurationError:
            return
        rule = Rule("drawn", pattern, "")
        found = [Scanner([rule], lambda _: None, engine) for engine in ENGINES]
        assert [*ENGINES] == [each.engine for each in found]
        assert 1 == len({bool(each.gate.match(text.encode())) for each in found}), for_re2(pattern)


class TestFallingBack:
    """What google-re2 doesn't run."""

    def test_runs_by_re(self) -> None:
        """No policy fails for it."""
        scanner = Scanner([Rule("wide", "(?:[a-z]{1000}){1000}", "")], lambda _: None)
        assert ("re", []) == (scanner.engine, scanner.spans("a" * 1_000))
