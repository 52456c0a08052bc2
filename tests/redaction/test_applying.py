"""A policy applied to values of every kind, outside of logging."""

from __future__ import annotations

import copy
from collections import ChainMap, deque, namedtuple
from dataclasses import dataclass, field
from types import MappingProxyType, SimpleNamespace
from typing import Annotated, Any, TypedDict

import attrs
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.redaction.applying import applied
from structlog_enrich.redaction.assertions import assert_keeps, assert_redacts
from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.sensitive import Sensitive
from structlog_enrich.redaction.strategies import Drop

SECRET = "hunter2-a8Kx92lQ"
Pair = namedtuple("Pair", ["user", "password"])  # noqa: PYI024 (that kind too)


class Address(TypedDict):
    """A TypedDict within a class."""

    street: Annotated[str, Sensitive("personal")]
    city: str


@dataclass(slots=True)
class Slotted:
    """A dataclass without a dict."""

    street: Annotated[str, Sensitive("personal")]
    address: Address = field(default_factory=lambda: {"street": SECRET, "city": "x"})
    unset: str = field(init=False, repr=False)


@attrs.define
class Attrs:
    """An attrs class, whose slots are all it has."""

    db_password: str


class Model(pydantic.BaseModel):
    """A model."""

    note: Annotated[str, Sensitive("drop")]


@dataclass
class Order:
    """A class that holds several of a `TypedDict`."""

    addresses: list[Address]


class Lying(list[Any]):
    """A list that says it is empty."""

    def __iter__(self) -> Any:
        """Return nothing."""
        return iter(())


class LyingError(Exception):
    """An exception that says it has no arguments."""

    args = ()


class LyingDict(dict[Any, Any]):
    """A dict that says it is empty."""

    def items(self) -> Any:
        """Return nothing."""
        return ()


class Plain:
    """A class with nothing but annotations."""

    street: Annotated[str, Sensitive()]

    def __init__(self) -> None:
        self.street = SECRET


PLANTED = {
    "dict": {"password": SECRET},
    "nested": {"a": [({"b": {"api_key": SECRET}},)]},
    "text": f"password={SECRET}",
    "bytes": f"password={SECRET}".encode(),
    "bytes key": {b"password": SECRET},
    "namedtuple": Pair("alice", SECRET),
    "secret type": pydantic.SecretStr(SECRET),
    "header": ("Authorization", SECRET),
    "headers": [(b"cookie", f"sid={SECRET}".encode())],
    "name and value": {"name": "DB_PASSWORD", "value": SECRET},
    "lying list": Lying([f"password={SECRET}"]),
    "lying dict": LyingDict(password=SECRET),
    "lying exception": LyingError(f"password={SECRET}"),
    "deque": deque([f"password={SECRET}"]),
    "mapping proxy": MappingProxyType({"password": SECRET}),
    "chain map": ChainMap({}, {"password": SECRET}),
    "exception group": ExceptionGroup("two", [ValueError(f"password={SECRET}")]),
    "command": ["psql", "--password", SECRET],
    "set": {f"password={SECRET}"},
    "container under a key": {"credentials": [SECRET]},
    "slots": Slotted(SECRET),
    "attrs": Attrs(SECRET),
    "model": Model(note=SECRET),
    "typed dicts": Order([{"street": SECRET, "city": "x"}]),
    "plain": Plain(),
    "exception": ValueError(f"password={SECRET}"),
    "secret key": {f"ghp_{SECRET.replace('-', 'x') * 3}"[:40]: 1, "token": SECRET},
    "str subclass": type("Text", (str,), {"__str__": lambda _: "x"})(f"password={SECRET}"),
}


class TestApplied:
    """`applied`, which reaches into values."""

    @pytest.mark.parametrize("value", PLANTED.values(), ids=list(PLANTED))
    def test_a_planted_secret_goes(self, value: Any) -> None:
        """Whatever it is in, what is left doesn't hold it; the caller's value does, as before."""
        before = repr(value)
        left, findings = applied(DEFAULT_POLICY, value)
        assert SECRET not in repr(left)
        assert SECRET not in repr(vars(left) if hasattr(left, "__dict__") else left)
        assert findings
        assert SECRET not in repr(findings)
        assert before == repr(value)

    @pytest.mark.parametrize(
        "value",
        [
            *({"a": [1, ("x", {"y": b"z"})], "n": None}, Pair("alice", None), {1, "a"}, ValueError("no funds")),
            *(SimpleNamespace(n=1), object(), "paid", b"\xff", 1.5, iter([1]), Slotted, len),
        ],
        ids=range(12),
    )
    def test_what_is_clean_stays(self, value: Any) -> None:
        """The same object comes back, and an iterator isn't consumed."""
        assert (value, ()) == applied(DEFAULT_POLICY, value)
        assert value is applied(DEFAULT_POLICY, value).value

    def test_what_is_rendered(self) -> None:
        """An object of another kind is looked at as what it is rendered as, and stays when that is clean."""
        clean, holding = SimpleNamespace(n=1), SimpleNamespace(password=SECRET)
        left = applied(DEFAULT_POLICY, [clean, holding], vars).value
        assert [clean, {"password": "[REDACTED:password]"}] == left
        assert clean is left[0]
        assert "namespace(password='[REDACTED:password]')" == applied(DEFAULT_POLICY, holding).value

    def test_elements_of_a_list(self) -> None:
        """Where the key leaves it open, each element of a list is judged as it would be alone."""
        value = "a8Fk3kd93kXq7Zk3RxV9mB"
        left = applied(DEFAULT_POLICY, {"session": [value, "opened"]}).value
        assert {"session": ["[REDACTED:session]", "opened"]} == left

    def test_a_line_that_was_written(self) -> None:
        """What a line says of what was masked stays, as far as it is that."""
        line = {"payload": {"password": "[REDACTED:password]"}, "redacted": ["payload.password:password"]}
        assert line is applied(DEFAULT_POLICY, line).value
        forged = {"redacted": [f"password:{SECRET}"], "truncated": ["a:max_string"]}
        assert "[REDACTED:password]" in str(applied(DEFAULT_POLICY, forged).value)

    def test_causes(self) -> None:
        """What an exception was caused by, and what was noted on it, is part of it."""
        error = ValueError("x")
        error.__cause__ = KeyError(f"password={SECRET}")
        error.add_note(f"token={SECRET}")
        left = applied(DEFAULT_POLICY, error).value
        assert "ValueError: x, token=[REDACTED:token], KeyError: password=[REDACTED:password]" == left

    def test_only_what_changes_is_new(self) -> None:
        """What is clean beside a secret is the caller's own."""
        clean = {"n": 1}
        left = applied(DEFAULT_POLICY, {"clean": clean, "token": SECRET}).value
        assert clean is left["clean"]

    def test_dropped(self) -> None:
        """A key goes with its value, an element leaves the list, and in a text a marker stands."""
        policy = RedactionPolicy(strategies={"password": Drop(), "path": Drop()}, keys={"path"})
        event = {"password": SECRET, "n": 1, "command": ["psql", "--password", SECRET], "text": f"password={SECRET}"}
        expected = {"n": 1, "command": ["psql", "--password"], "text": "password=[REDACTED:password]"}
        assert expected == applied(policy, event).value

    def test_cycles_and_depth(self) -> None:
        """What holds itself, or is deeper than any log needs, is masked."""
        cycle: dict[str, Any] = {"n": 1}
        cycle["again"] = cycle
        assert {"n": 1, "again": "[REDACTED:cycle]"} == applied(DEFAULT_POLICY, cycle).value
        deep: Any = SECRET
        for _ in range(10_000):
            deep = [deep]
        assert "[REDACTED:depth]" in str(applied(DEFAULT_POLICY, deep).value)

    def test_shared_lists(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A few lists in each other end."""
        monkeypatch.setattr("structlog_enrich.redaction.applying._MOST", 1_000)
        shared: list[Any] = [f"password={SECRET}"]
        for _ in range(30):
            shared = [shared] * 4
        assert SECRET not in repr(applied(RedactionPolicy(), shared).value)

    def test_keys_that_are_secrets(self) -> None:
        """Each is named, and none takes the place of another."""
        tokens = [f"ghp_{last * 2}q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvX" for last in "AB"]
        left, findings = applied(DEFAULT_POLICY, dict.fromkeys(tokens, 1))
        assert {"[REDACTED:github-token]": 1, "[REDACTED:github-token]#": 1} == left
        assert ["github-token", "github-token"] == [each.rule for each in findings]

    def test_paths(self) -> None:
        """Paths are spelled as the policy spells them; a key that is a secret isn't."""
        token = f"ghp_{'q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvXgM'}"
        found = applied(DEFAULT_POLICY, {"a.b": [{"token": SECRET}], token: {"password": SECRET}}).findings
        hidden = '["[REDACTED:github-token]"]'
        assert ['["a.b"][0].token', hidden, f"{hidden}.password"] == [each.path for each in found]

    def test_a_policy_that_fails(self) -> None:
        """What couldn't be judged isn't passed on."""

        class Broken(RedactionPolicy):
            def rule_for(self, key: str) -> str | None:
                raise LookupError(SECRET)

        assert {"password": "[REDACTED:error]"} == applied(Broken(), {"password": SECRET}).value

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
            lambda each: (
                st.lists(each) | st.dictionaries(st.text() | st.integers() | st.binary(), each) | st.tuples(each)
            ),
            max_leaves=8,
        )
    )
    def test_anything(self, value: Any) -> None:
        """Nothing raises, the caller's value stays, and twice is once."""
        before = copy.deepcopy(value)
        once = applied(DEFAULT_POLICY, value).value
        assert before == value
        assert repr(once) == repr(applied(DEFAULT_POLICY, once).value)


class TestAssertRedacts:
    """`assert_redacts`, for a team's own tests."""

    def test_passes(self) -> None:
        """What is taken out is asserted, by the secret or by anything."""
        assert_redacts(DEFAULT_POLICY, {"password": SECRET}, SECRET)
        assert_redacts(DEFAULT_POLICY, f"password={SECRET}")

    @pytest.mark.parametrize(
        ("policy", "value", "secrets"),
        [
            (DEFAULT_POLICY, {"note": SECRET}, ()),
            (DEFAULT_POLICY, {"password": "x9x9x9", "note": SECRET}, (SECRET,)),
            (RedactionPolicy(dry_run=True), {"password": SECRET}, (SECRET,)),
            (RedactionPolicy(dry_run=True), {"password": SECRET}, ()),
        ],
        ids=range(4),
    )
    def test_fails(self, policy: RedactionPolicy, value: Any, secrets: tuple[str, ...]) -> None:
        """What is left is said, and no secret."""
        with pytest.raises(AssertionError) as caught:
            assert_redacts(policy, value, *secrets)
        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize("secret", ["", "abc", "absent"])
    def test_what_shows_nothing(self, secret: str) -> None:
        """A secret that isn't there proves nothing."""
        with pytest.raises(ValueError, match=r"^secrets\[0\] must be"):
            assert_redacts(DEFAULT_POLICY, {"password": SECRET}, secret)


class TestAssertKeeps:
    """`assert_keeps`, for what lines need."""

    def test_says_how(self) -> None:
        """It says where, by which rule, and what to allow."""
        assert_keeps(DEFAULT_POLICY, {"session_id": "s-1"})
        with pytest.raises(AssertionError, match=r'^a\.token: masked by the rule token; allow=\{"token"\} keeps it$'):
            assert_keeps(DEFAULT_POLICY, {"a": {"token": SECRET}})
