"""What is said of what was found, and whether it is true."""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.redaction.applying import redact
from structlog_enrich.redaction.findings import Finding, finding, rule_named
from structlog_enrich.redaction.paths import parse_path, path_text
from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.sensitive import Sensitive

SECRET = "hunter2-a8Kx92lQ"


@dataclass(frozen=True)
class Account:
    """A class with marked fields."""

    mail: Annotated[str, Sensitive("personal")]
    plan: Annotated[str, Sensitive("internal")] = "gold"


NAMES = st.sampled_from(["a", "note", "a b", 'x"y', "a.b", "*", "0", "ż", "k" * 200, "k" * 600, "password", "p[0]"])
LEAVES = st.one_of(
    st.sampled_from(["abc", f"password={SECRET}", SECRET, f"token={SECRET}"]),
    st.builds(Account, st.just("ada")),
    st.just(decimal.Decimal(1)),
)
EVENTS = st.dictionaries(
    NAMES,
    st.recursive(
        LEAVES | st.frozensets(LEAVES, max_size=2) | st.builds(ValueError, LEAVES),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=3,
)
PATHS = ("note", "a.note", "*.a", '**["a b"]', "**.0", '["x\\"y"]')


class TestFinding:
    """`Finding`, as it is read."""

    def test_is_written(self) -> None:
        """It names the place and the rule, and what keeps it as it is to be written."""
        assert 'a: masked by the rule x; allow={"y[\\"z\\"]"} keeps it' == str(Finding("a", "x", 'y["z"]'))
        assert "the text: masked by the rule depth, and no allow keeps it" == str(Finding("", "depth", ""))


class TestAdvice:
    """What `allow` must hold to keep what was masked."""

    @pytest.mark.parametrize("types", [(), ("internal",), (decimal.Decimal,)], ids=["default", "internal", "class"])
    @given(event=EVENTS, paths=st.sets(st.sampled_from(PATHS), max_size=2))
    def test_keeps_the_value(self, event: dict[str, Any], paths: set[str], types: tuple[Any, ...]) -> None:
        """Whoever follows it until nothing is found any more has kept all; what a rule hid may need another."""
        told: dict[str, Any] = {"paths": sorted(paths), "types": types}
        allow: set[str] = set()
        for _ in range(6):
            found = RedactionPolicy(**told, allow=allow).why(event)
            assert all(each.allow and each.allow not in allow for each in found)
            allow |= {each.allow for each in found}
        assert () == found
        assert event is redact(event, RedactionPolicy(**told, allow=allow))

    @given(event=EVENTS, paths=st.sets(st.sampled_from(PATHS), max_size=2))
    def test_each_keeps_its_own(self, event: dict[str, Any], paths: set[str]) -> None:
        """Each alone keeps what stands there from being found by that rule."""
        found = RedactionPolicy(paths=sorted(paths)).why(event)
        for each in found:
            left = RedactionPolicy(paths=sorted(paths), allow={each.allow}).why(event)
            assert (each.path, each.rule, each.allow) not in {(one.path, one.rule, one.allow) for one in left}

    @pytest.mark.parametrize(
        ("policy", "event", "allow"),
        [
            (RedactionPolicy(paths=["note"]), {"note": "abc"}, "rule:note"),
            (RedactionPolicy(paths=["a.note"]), {"a": {"note": "abc"}}, "a.note"),
            (DEFAULT_POLICY, Account("ada"), "rule:personal"),
            (DEFAULT_POLICY, {"a": Account("ada")}, "a.mail"),
            (DEFAULT_POLICY, {"a": {Account("ada")}}, "rule:personal"),
            (DEFAULT_POLICY, {"a": ValueError({"b": Account("ada")})}, "rule:personal"),
            (DEFAULT_POLICY, {f"ghp_{'q7Zk3RxV9mBt' * 3}": {"a": Account("ada")}}, "rule:personal"),
            (DEFAULT_POLICY, {f"password={SECRET}": Account("ada")}, "rule:password"),
            (DEFAULT_POLICY, {"a": {"k" * 1_100: Account("ada")}}, "rule:personal"),
            (RedactionPolicy(types={decimal.Decimal}), {"a": {"b": decimal.Decimal(1)}}, "a.b"),
            (RedactionPolicy(types={decimal.Decimal}), {"a": decimal.Decimal(1)}, "rule:decimal.Decimal"),
            (DEFAULT_POLICY, {"a": {"auth": ({SECRET},)}}, "auth"),
            (DEFAULT_POLICY, {"a": {"b": f"the access_token={SECRET}"}}, "access_token"),
            (DEFAULT_POLICY, f'"csrf token": "{SECRET}"', '["csrf token"]'),
            (DEFAULT_POLICY, {"a": {"b": f"postgres://ada:{SECRET}@db/shop"}}, "a.b"),
            (DEFAULT_POLICY, {"a": f"postgres://ada:{SECRET}@db/shop"}, "rule:url-userinfo"),
            (DEFAULT_POLICY, {"a": {"b": f"token=ghp_{'q7Zk3RxV9mBt' * 3}"}}, "a.b"),
            (DEFAULT_POLICY, {"a": {f"ghp_{'q7Zk3RxV9mBt' * 3}": 1}}, "rule:github-token"),
            (DEFAULT_POLICY, {"redacted": [f"token={SECRET}"]}, "token"),
            (DEFAULT_POLICY, {"redacted": [f"postgres://ada:{SECRET}@db/shop"]}, "rule:url-userinfo"),
        ],
        ids=range(20),
    )
    def test_each_kind(self, policy: RedactionPolicy, event: Any, allow: str) -> None:
        """A path where one leads there and is no key, a key where that told, else the rule."""
        found = policy.why(event)
        assert allow in [each.allow for each in found]
        assert SECRET not in str(found)

    @pytest.mark.parametrize(
        ("policy", "event", "found"),
        [
            (RedactionPolicy(paths=["a.*"]), {"a": {"b": "[REDACTED:path]"}}, ("path", "a.b")),
            (RedactionPolicy(paths=["b"]), {"b": "[REDACTED:path]"}, ("path", "rule:b")),
            (DEFAULT_POLICY, {"b": "[REDACTED:path]"}, ("path", "")),
            (DEFAULT_POLICY, {"b": "[REDACTED:acme-token]"}, ("acme-token", "")),
            (DEFAULT_POLICY, {"b": "see [REDACTED:jwt]"}, ("jwt", "rule:jwt")),
            (DEFAULT_POLICY, {"b": {"c": "see [REDACTED:jwt]"}}, ("jwt", "b.c")),
            (DEFAULT_POLICY, {"b": {"c": "GET /?id_token=[REDACTED:token]"}}, ("token", "id_token")),
            (DEFAULT_POLICY, "GET /?id_token=[REDACTED:token]", ("token", "id_token")),
            (DEFAULT_POLICY, "token [REDACTED:token]", ("token", "rule:token")),
            (DEFAULT_POLICY, {"b": {"c": "[REDACTED:depth]"}}, ("depth", "b.c")),
            (RedactionPolicy(keys={"a[b"}), {"c": "x=[REDACTED:a-b]"}, ("a-b", "rule:a[b")),
        ],
        ids=range(11),
    )
    def test_of_markers(self, policy: RedactionPolicy, event: Any, found: tuple[str, str]) -> None:
        """What was masked is kept by what the policy knows the rule as; by nothing where it doesn't."""
        assert [found] == [(each.rule, each.allow) for each in policy.why(event)]


class TestFindingOf:
    """`finding` and `rule_named`, asked directly."""

    def test_a_place(self) -> None:
        """A place that nothing leads to isn't advised."""
        path = ((None, "a"), "b")
        assert "a.b" == finding(DEFAULT_POLICY.compiled, "personal", path, is_placed=True).allow
        assert "rule:personal" == finding(DEFAULT_POLICY.compiled, "personal", path, is_placed=False).allow

    def test_rules(self) -> None:
        """Only a rule that `allow` takes has a name."""
        compiled = RedactionPolicy(keys={"iban"}, paths=["a.b"]).compiled
        assert ["iban", "jwt", None, None] == [
            rule_named(compiled, label, None) for label in ("iban", "jwt", "path", "x")
        ]
        assert compiled.start is not None
        state = compiled.start.step("a")
        assert state is not None
        assert "a.b" == rule_named(compiled, "path", state.step("b"))

    @given(st.lists(st.text(min_size=1, max_size=20) | st.integers(0, 99), min_size=1, max_size=5))
    def test_a_place_is_read_as_it_was_spelled(self, segments: list[str | int]) -> None:
        """What is spelled means what stands there."""
        path: Any = None
        for each in segments:
            path = (path, each)
        assert tuple(map(str, segments)) == parse_path(path_text(path))
