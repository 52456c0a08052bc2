"""What a team's own tests ask of its policy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from structlog_enrich.redaction.assertions import assert_keeps, assert_redacts
from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy

SECRET = "hunter2-a8Kx92lQ"
QUOTED = "it's " + "q7Zk3"


@dataclass
class Login:
    """A class with fields."""

    password: str


class TestAssertRedacts:
    """`assert_redacts`, for a team's own tests."""

    @pytest.mark.parametrize(
        "value",
        [
            *({"password": SECRET}, f"password={SECRET}", f"password={SECRET}".encode(), Login(SECRET)),
            *(ValueError(f"password={SECRET}"), ExceptionGroup("x", [ValueError(f"password={SECRET}")])),
            *(
                {("a", f"password={SECRET}"): {frozenset({f"password={SECRET}"}), 1}},
                memoryview(f"password={SECRET}".encode()),
            ),
        ],
        ids=range(8),
    )
    def test_passes(self, value: Any) -> None:
        """What is taken out is asserted, by the secret or by anything."""
        assert_redacts(DEFAULT_POLICY, value, SECRET)
        assert_redacts(DEFAULT_POLICY, value)

    @pytest.mark.parametrize(
        ("policy", "value", "secrets"),
        [
            (DEFAULT_POLICY, {"note": SECRET}, ()),
            (DEFAULT_POLICY, {"password": "x9x9x9", "note": SECRET}, (SECRET,)),
            (DEFAULT_POLICY, {"password": QUOTED, "note": f'x "{QUOTED}" y'}, (QUOTED,)),
            (DEFAULT_POLICY, {"password": QUOTED, "note": [ValueError(f'x "{QUOTED}" y')]}, (QUOTED,)),
            (DEFAULT_POLICY, {"password": QUOTED, "note": f'\\ "{QUOTED}"'.encode()}, (QUOTED,)),
            (DEFAULT_POLICY, {"password": QUOTED, ("a", f'"{QUOTED}'): 1}, ("it's ",)),
            (DEFAULT_POLICY, {"password": [SECRET], "note": 471199}, ("471199",)),
            (RedactionPolicy(dry_run=True), {"password": SECRET}, (SECRET,)),
            (RedactionPolicy(dry_run=True), {"password": SECRET}, ()),
        ],
        ids=range(9),
    )
    def test_fails(self, policy: RedactionPolicy, value: Any, secrets: tuple[str, ...]) -> None:
        """What is left is said, and no secret."""
        with pytest.raises(AssertionError) as caught:
            assert_redacts(policy, value, *secrets)
        assert SECRET not in str(caught.value)
        assert QUOTED not in str(caught.value)

    @pytest.mark.parametrize("secret", ["", "abc", "absent"])
    def test_what_shows_nothing(self, secret: str) -> None:
        """A secret that isn't there proves nothing."""
        with pytest.raises(ValueError, match=r"^secrets\[0\] must be"):
            assert_redacts(DEFAULT_POLICY, {"password": SECRET}, secret)

    def test_what_a_marker_says(self) -> None:
        """The name of a rule is no secret that is left, nor is what stands around it."""
        assert_redacts(DEFAULT_POLICY, {"pwd": "password"}, "password")
        assert_redacts(DEFAULT_POLICY, f"pass{SECRET} word password={SECRET}x", f"{SECRET}x")

    def test_what_is_withheld(self) -> None:
        """What is too deep is gone, too."""
        deep: Any = [f"password={SECRET}"]
        for _ in range(100):
            deep = [deep]
        assert_redacts(DEFAULT_POLICY, deep, SECRET)
        assert_redacts(DEFAULT_POLICY, json.dumps({"password": SECRET}), SECRET)


class TestAssertKeeps:
    """`assert_keeps`, for what lines need."""

    def test_says_how(self) -> None:
        """It says where, by which rule, and what to allow."""
        assert_keeps(DEFAULT_POLICY, {"session_id": "s-1"})
        with pytest.raises(AssertionError, match=r'^a\.token: masked by the rule token; allow=\{"token"\} keeps it$'):
            assert_keeps(DEFAULT_POLICY, {"a": {"token": SECRET}})
