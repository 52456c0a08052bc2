"""A rule as data: what it costs, and what becomes of a bad one."""

from __future__ import annotations

import pickle
import re

import pytest

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction import RedactionPolicy
from structlog_enrich.redaction.values import Rule
from structlog_enrich.redaction.values.rule import filler


class TestRule:
    """One kind of secret by its shape."""

    RULE = Rule("voucher", r"\bVCH-[A-Z0-9]{12}\b", ("VCH-", "Q7ZK3RXV9MBT"), "https://example.com/vouchers", ("VCH-",))

    def test_its_pattern_is_compiled_once_and_when_it_is_needed(self) -> None:
        """Asked twice it is the same, and a rule that was asked is equal to one that wasn't."""
        asked = pickle.loads(pickle.dumps(self.RULE))
        assert asked.compiled is asked.compiled
        assert [self.RULE, hash(self.RULE)] == [asked, hash(asked)]
        assert asked.compiled == pickle.loads(pickle.dumps(asked)).compiled

    def test_what_was_compiled_is_no_part_of_what_it_says(self) -> None:
        """Its repr holds what was given."""
        assert "compiled" not in repr(self.RULE)

    def test_a_bad_pattern_is_refused_where_a_policy_is_made(self) -> None:
        """A rule is data until a policy takes it; then the error names the pattern."""
        rule = Rule("voucher", "VCH-(", ("VCH-(",), "https://example.com/vouchers", ("VCH-",))
        with pytest.raises(re.error):
            _ = rule.compiled
        with pytest.raises(ConfigurationError, match=r"values\['voucher'\]\.pattern"):
            RedactionPolicy(values=[rule])


class TestFiller:
    """The body of an example."""

    def test_it_is_of_the_alphabet_and_the_same_each_time(self) -> None:
        """As many characters as asked for, none of another alphabet."""
        assert filler(64, "0123456789abcdef") == filler(64, "0123456789abcdef")
        assert set("0123456789abcdef") >= set(filler(64, "0123456789abcdef"))
