"""The second walk, over what the first has written."""

from __future__ import annotations

from typing import Any

import pytest

from structlog_enrich.processors import DEFAULT_LIMITS, Limits, Redact
from structlog_enrich.processors.scan import scanned
from structlog_enrich.processors.walk import Walk
from structlog_enrich.redaction import DEFAULT_POLICY, Call, RedactionPolicy
from structlog_enrich.redaction.known import KnownNames

SECRET = "hunter2"


def second(value: Any, policy: RedactionPolicy = DEFAULT_POLICY, limits: Limits = DEFAULT_LIMITS) -> tuple[Any, Walk]:
    """Return what both walks leave of a value under `v`, and the walk with its notes."""
    compiled = policy.compiled
    walk = Walk(compiled, KnownNames(lambda name: compiled.rule_for(name) is not None), limits)
    state = None if compiled.start is None else compiled.start.step("v")
    written = walk.item(value, (None, "v"), 1, state)
    return scanned(written, (None, "v"), state, walk, compiled), walk


class TestScanned:
    """`scanned`, which replaces the secrets in texts."""

    def test_every_depth(self) -> None:
        """Texts in lists and dicts are looked into, each by itself, and named by their place."""
        found, walk = second({"a": [f"password={SECRET}", {"b": f"passwd: {SECRET}"}], "n": 1, "c": "clean"})
        assert {
            "a": ["password=[REDACTED:password]", {"b": "passwd: [REDACTED:password]"}],
            "n": 1,
            "c": "clean",
        } == found
        assert ["v.a[0]:password", "v.a[1].b:password"] == walk.redacted

    def test_what_a_strategy_wrote(self) -> None:
        """What stands in place of a secret is no secret, whatever it looks like."""
        policy = RedactionPolicy(keys={"iban"}, strategies={"iban": Call(lambda *_told: "password=none")})
        assert {"iban": "password=none"} == second({"iban": "CH93"}, policy)[0]

    def test_what_is_allowed(self) -> None:
        """What a path allows stays with all that is in it, and only there."""
        policy = RedactionPolicy(allow={"v.raw", "v.list[1]"})
        text = f"password={SECRET}"
        found, walk = second({"raw": {"a": [text]}, "list": [text, text]}, policy)
        assert {"raw": {"a": [text]}, "list": ["password=[REDACTED:password]", text]} == found
        assert ["v.list[0]:password"] == walk.redacted

    def test_longer_than_before(self) -> None:
        """Where markers make a text too long it is cut, and the line says both."""
        found, walk = second("pin=4711 " * 10, limits=Limits(max_string=120))
        assert len(found) <= 120
        assert (["v:pin"], ["v:max_string"]) == (walk.redacted, walk.truncated)

    @pytest.mark.parametrize("length", [8_192, 8_193, 12_000, 200_000])
    @pytest.mark.parametrize("place", ["begin", "edge", "end"])
    def test_before_it_is_cut(self, place: str, length: int) -> None:
        """No part of a secret is left where a long text is cut, wherever it stands."""
        secret = "ghp_" + "q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvXgM"
        at = {"begin": 0, "edge": 8_170, "end": length - len(secret) - 1}[place]
        text = ("x " * length)[:at] + " " + secret + " " + ("y " * length)[: max(0, length - at - len(secret))]
        found = Redact()(None, "info", {"event": text})["event"]
        assert len(found) <= 8_192
        assert not any(secret[start : start + 8] in found for start in range(len(secret) - 8))
