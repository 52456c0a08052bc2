"""The walk over a value outside of logging."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import pytest

from structlog_enrich.redaction.markers import DROP
from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.sensitive import Sensitive
from structlog_enrich.redaction.strategies import Drop
from structlog_enrich.redaction.unknown import shown
from structlog_enrich.redaction.walking import Walk

TOKEN = "q7Zk3RxV9mBtW2nH" + "c8JpL5sYd"


class Address(TypedDict):
    """A TypedDict with a marked field."""

    street: Annotated[str, Sensitive("personal")]


class TestOne:
    """`Walk.one`, for one value."""

    def test_what_it_is_told(self) -> None:
        """What a field is marked with and what an annotation says count as the name does."""
        walk = Walk(DEFAULT_POLICY.compiled, shown)
        assert "[REDACTED:personal]" == walk.one("x", (None, "a"), None, mark=Sensitive("personal"))
        left = walk.one([{"b": {"street": "x"}}], (None, "b"), None, kinds=(Address,))
        assert [{"b": {"street": "[REDACTED:personal]"}}] == left
        assert "[REDACTED:session]" == walk.one(TOKEN, (None, "c"), None, "session")
        assert ["a", "b[0].b.street", "c"] == [each.path for each in walk.findings]

    def test_nothing_is_left(self) -> None:
        """What is dropped is told from None."""
        assert DROP is Walk(RedactionPolicy(strategies={"token": Drop()}).compiled, shown).one(
            TOKEN, None, None, "token"
        )

    @pytest.mark.parametrize("explains", [False, True], ids=["leaves", "reads"])
    def test_markers(self, explains: bool) -> None:  # noqa: FBT001 (a parameter of the test)
        """What was masked is left alone, and named where that is asked for."""
        policy = RedactionPolicy()
        walk = Walk(policy.compiled, shown, explains=explains)
        event = {"password": "[REDACTED:password]", "text": "see [REDACTED:jwt]", "session": "[REDACTED:session]"}
        assert event is walk.one(event, None, None)
        found = [("password", "password"), ("text", "rule:jwt"), ("session", "session")]
        assert (found if explains else []) == [(each.path, each.allow) for each in walk.findings]
        assert {} == policy.counters

    def test_a_secret_that_is_a_key(self) -> None:
        """It isn't in what is said of it, also where it stays."""
        token = "ghp_" + "q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvXgM"
        event: Any = {token: {"n": 1, "token": TOKEN}}
        for policy in (DEFAULT_POLICY, RedactionPolicy(dry_run=True)):
            walk = Walk(policy.compiled, shown)
            walk.one(event, None, None)
            hidden = '["[REDACTED:github-token]"]'
            assert [hidden, f"{hidden}.token"] == [each.path for each in walk.findings]
            assert "ghp_" not in str(walk.findings)
