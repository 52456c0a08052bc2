"""Patterns: which are refused, and that none that is taken runs away."""

from __future__ import annotations

import re
import time

import pytest

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.patterns import check_pattern


class TestCheckPattern:
    """`check_pattern`, which takes only what can't run away."""

    @pytest.mark.parametrize(
        ("rule", "pattern"),
        [
            ("be 1 to 2000 characters", ""),
            ("be 1 to 2000 characters", "é"),
            ("be 1 to 2000 characters", "x" * 2_001),
            ("be a regular expression", "("),
            ("be a regular expression", "[z-a]"),
            ("do without look-around", r"(?=a)b"),
            ("do without look-around", r"(?<!a)b"),
            ("do without a reference", r"(a)\1"),
            ("do without an atomic group", r"(?>a)b"),
            ("do without a possessive repeat", r"a{1,9}+b"),
            ("have an end to each repeat", "a+"),
            ("have an end to each repeat", "x(?:ab*)c"),
            ("have an end to each repeat", "a{1001}"),
            ("not match an empty text", "a{0,5}"),
            ("take linear time", "(a{1,100}){1,100}b"),
            ("take linear time", "(?:a?){30}a{30}"),
            ("take linear time", "(?:ab|[ab]{2}){1,40}c"),
            ("take linear time", "a{0,500}a{0,500}b"),
            ("take linear time", "(?i:a{1,90})A{1,90}b"),
        ],
    )
    def test_refused(self, rule: str, pattern: str) -> None:
        """Each is refused by the rule it breaks."""
        with pytest.raises(ConfigurationError, match=f"^pattern must {rule}"):
            check_pattern(pattern)

    @pytest.mark.parametrize(
        "pattern",
        [
            r"VCH-[A-Z0-9]{12}",
            r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
            r"(?:[a-z]{1,20}\.){1,8}corp",
            "(?:a|ab){1,50}c",
            "a|b",
        ],
    )
    def test_taken(self, pattern: str) -> None:
        """What separates its repeats is taken."""
        check_pattern(pattern)

    def test_behind_a_literal(self) -> None:
        """There a repeat needs no end, for it is looked for in a window; ways still count."""
        check_pattern("tok_[a-z]{8,}", anchored=True)
        with pytest.raises(ConfigurationError, match="linear time"):
            check_pattern("tok_(?:[a-z]+)*x", anchored=True)

    @pytest.mark.parametrize("pattern", [r"(?:[a-z]{1,20}\.){1,8}corp", "a{0,15}a{0,15}c", "(?:a|ab){1,50}c"])
    def test_what_is_taken_takes_linear_time(self, pattern: str) -> None:
        """Twice the text takes about twice the time, and not much of it."""
        check_pattern(pattern)
        compiled = re.compile(pattern.encode())

        def seconds(text: bytes) -> float:
            start = time.thread_time()
            assert compiled.search(text) is None
            return time.thread_time() - start

        for unit in (b"a", b"ab", b"a."):
            one, two = (min(seconds(unit * size) for _ in range(3)) for size in (4_000, 8_000))
            assert two < max(4 * one, 0.05)
            assert 1.0 > two
