"""Which texts are notes of what was masked or cut."""

from __future__ import annotations

from typing import Any

import pytest

from structlog_enrich.redaction import DEFAULT_POLICY
from structlog_enrich.redaction.notes import apart

TOKEN = "ghp_" + "q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvXgM"
RULES = {"password", "path", "error"}


class TestApart:
    """`apart`, which tells notes from what a caller put under their name."""

    @pytest.mark.parametrize(
        "note",
        [
            *("payload.password:password", "message:error", "payload.cards[3].pan:path", "truncated:max_items"),
            *('payload["my password"]:password', 'payload["a\\"b"][0]:path', ":password", "payload.a…:max_string"),
        ],
    )
    def test_notes(self, note: str) -> None:
        """A path and the id of a rule."""
        assert ([note], []) == apart([note], RULES, DEFAULT_POLICY.compiled.clean)

    @pytest.mark.parametrize(
        "other",
        [
            *("password:hunter2", "password=hunter2:password", f"{TOKEN}:password", f'a["{TOKEN}"].b:path', "password"),
            *("a b:password", "a..b:password", "a:max_", "a:max_items2", 5, None, b"a:password", ["a:password"]),
        ],
        ids=range(13),
    )
    def test_others(self, other: Any) -> None:
        """Whatever isn't that, or whose path holds a secret."""
        assert ([], [other]) == apart([other], RULES, DEFAULT_POLICY.compiled.clean)

    @pytest.mark.parametrize("given", ["password:password", {"a": 1}, ("a:password",)], ids=range(3))
    def test_no_list(self, given: Any) -> None:
        """What is no list is the caller's."""
        assert ([], [given]) == apart(given, RULES, DEFAULT_POLICY.compiled.clean)
