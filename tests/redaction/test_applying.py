"""A policy applied to values of every kind, outside of logging."""

from __future__ import annotations

import copy
import enum
import sqlite3
from collections import ChainMap, UserDict, UserList, UserString, deque, namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import attrs
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.exceptions import DropEvent

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.applying import applied, redact, redact_text
from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.sensitive import Sensitive
from structlog_enrich.redaction.strategies import Drop

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "hunter2-a8Kx92lQ"
TOKEN = "q7Zk3RxV9mBtW2nH" + "c8JpL5sYd"
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


class Member(enum.Enum):
    """An enum whose member is a secret."""

    X = TOKEN


class Pin(enum.IntEnum):
    """An enum of numbers."""

    X = 471199


class LoginError(Exception):
    """An exception that says more than what it was made with."""

    def __init__(self, password: str) -> None:
        """Keep the password for later."""
        super().__init__("login")
        self.password = password

    def __str__(self) -> str:
        """Say too much."""
        return f"login failed: password={self.password}"


class Abstract(Mapping[str, Any]):
    """A mapping by its methods alone."""

    def __init__(self, **held: Any) -> None:
        """Hold them."""
        self.held = held

    def __getitem__(self, key: str) -> Any:
        """Return one."""
        return self.held[key]

    def __iter__(self) -> Iterator[str]:
        """Return the keys."""
        return iter(self.held)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.held)


class Endless(Sequence[Any]):
    """A sequence by its methods alone, as long as one can be."""

    def __getitem__(self, at: Any) -> Any:
        """Return the same whatever is asked for."""
        return f"password={SECRET}"

    def __len__(self) -> int:
        """Return more than anyone reads."""
        return 2**62


class Extra(pydantic.BaseModel):
    """A model that takes what it doesn't know."""

    model_config = pydantic.ConfigDict(extra="allow")


@dataclass
class Owner:
    """A class with a marked field."""

    mail: Annotated[str, Sensitive("personal")]


@dataclass
class Team:
    """A class that holds `TypedDict`s in every way."""

    by_name: dict[str, Address] = field(default_factory=dict)
    lists: dict[str, list[Address]] = field(default_factory=dict)
    several: tuple[Address, ...] = ()
    either: Address | Owner | None = None


def row() -> sqlite3.Row:
    """Return a row of a database."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.row_factory = sqlite3.Row
        found: sqlite3.Row = connection.execute("select ? as password, 1 as n", (SECRET,)).fetchone()
    finally:
        connection.close()
    return found


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
    "exception's own text": LoginError(SECRET),
    "mapping by its methods": Abstract(password=SECRET),
    "user dict": UserDict(password=SECRET),
    "user list": UserList([f"password={SECRET}"]),
    "user string": UserString(f"password={SECRET}"),
    "memory view": memoryview(f"password={SECRET}".encode()),
    "bytes that are no UTF-8": b"\xff password=" + SECRET.encode(),
    "key of bytes that are no UTF-8": {b"\xff_password": SECRET},
    "keys of a dict": {f"password={SECRET}": 1}.keys(),
    "tuple as a key": {("user", f"password={SECRET}"): 1},
    "frozenset as a key": {frozenset({f"password={SECRET}"}): 1},
    "row": row(),
    "model's extra field": Extra(password=SECRET),
    "path": PurePosixPath(f"/login?password={SECRET}"),
    "dict of typed dicts": Team(by_name={"ada": {"street": SECRET, "city": "x"}}),
    "lists of typed dicts": Team(lists={"ada": [{"street": SECRET, "city": "x"}]}),
    "tuple of typed dicts": Team(several=({"street": SECRET, "city": "x"},)),
    "typed dict or class": Team(either={"street": SECRET, "city": "x"}),
    "class or typed dict": Team(either=Owner(SECRET)),
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
        assert SECRET not in str(left)
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

    @pytest.mark.parametrize(
        "value",
        [
            *({TOKEN}, frozenset({TOKEN}), Member.X, (Member.X,), UserString(TOKEN), [{TOKEN}], deque([TOKEN])),
            *(memoryview(TOKEN.encode()), {"n": 1, TOKEN: 2}.keys() - {"n"}, [[frozenset({Member.X})]]),
            *(UserList([TOKEN]), PurePosixPath(TOKEN)),
        ],
        ids=range(12),
    )
    @pytest.mark.parametrize("key", ["auth", "session", "key"])
    def test_in_doubt(self, key: str, value: Any) -> None:
        """Where the name leaves it open, whatever holds a text is judged by the text."""
        left, findings = applied(DEFAULT_POLICY, {key: value})
        assert f"[REDACTED:{key}]" in str(left)
        assert TOKEN not in str(left)
        assert findings

    def test_pins(self) -> None:
        """A number of an enum is a number."""
        assert {"pin": "[REDACTED:pin]"} == redact({"pin": Pin.X})
        event = {"auth": {"bearer"}, "pin": {13}, "session": Member}
        assert event is redact(event)

    def test_no_code_of_an_exception_runs(self) -> None:
        """What a subclass says its cause, notes or members are isn't asked; what it holds is read."""
        asked: list[str] = []
        traps = {
            name: property(lambda _, name=name: asked.append(name) or ())  # type: ignore[misc,func-returns-value]
            for name in ("exceptions", "__cause__", "__context__", "__notes__", "args", "__dict__")
        }
        odd = type("OddError", (Exception,), traps)("x")
        group = type("OddGroup", (ExceptionGroup,), traps)("two", [ValueError(f"password={SECRET}")])
        assert odd is redact(odd)
        assert SECRET not in str(redact(group))
        assert [] == asked

    def test_no_code_of_a_user_dict_runs(self) -> None:
        """What it holds is read past its methods."""

        class Lazy(UserDict[str, Any]):
            def __getitem__(self, key: str) -> Any:
                raise AssertionError(key)

        held = Lazy()
        held.data = {"password": SECRET, "n": 1}
        assert {"password": "[REDACTED:password]", "n": 1} == redact(held)
        assert {"password": "[REDACTED:password]", "n": 1} == redact(ChainMap({}, held))

    def test_an_endless_sequence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It ends."""
        monkeypatch.setattr("structlog_enrich.redaction.walking._MOST", 100)
        left, findings = applied(RedactionPolicy(), Endless())
        assert ["password=[REDACTED:password]"] * 99 + ["[REDACTED:items]"] == left
        assert "items" == findings[-1].rule

    def test_a_key_that_raises(self) -> None:
        """A key that can't be compared takes what it stands in along, and nothing else."""

        class Key:
            def __init__(self, like: str) -> None:
                self.like = like

            def __hash__(self) -> int:
                return hash(self.like)

            def __eq__(self, other: object) -> bool:
                raise LookupError(SECRET)

        assert DEFAULT_POLICY.compiled.first_look.is_clean({"note": 1})
        left = redact({Key("note"): f"password={SECRET}"})
        assert ["password=[REDACTED:password]"] == list(left.values())
        left, findings = applied(DEFAULT_POLICY, {"n": 1, "odd": {Key("name"): 1, "value": SECRET}})
        assert {"n": 1, "odd": "[REDACTED:error]"} == left
        assert ["error"] == [each.rule for each in findings]

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
        """A key goes with its value, an element of a set with itself; in a list and in a text a marker stands."""
        policy = RedactionPolicy(strategies={"password": Drop(), "path": Drop()}, keys={"path"})
        event = {"password": SECRET, "n": 1, "command": ["psql", "--password", SECRET], "text": f"password={SECRET}"}
        expected = {
            "n": 1,
            "command": ["psql", "--password", "[REDACTED:dropped]"],
            "text": "password=[REDACTED:password]",
        }
        assert expected == applied(policy, event).value
        doubtful = RedactionPolicy(strategies={"auth": Drop()})
        left = applied(doubtful, {"auth": ({TOKEN}, (TOKEN, 1), ValueError(TOKEN))}).value
        assert {"auth": ([], ("[REDACTED:dropped]", 1), "[REDACTED:dropped]")} == left
        assert applied(doubtful, {"auth": UserString(TOKEN)}).value == {}

    def test_cycles_and_depth(self) -> None:
        """What holds itself, or is deeper than any log needs, is masked."""
        cycle: dict[str, Any] = {"n": 1}
        cycle["again"] = cycle
        assert {"n": 1, "again": "[REDACTED:cycle]"} == applied(DEFAULT_POLICY, cycle).value
        deep: Any = SECRET
        for _ in range(10_000):
            deep = [deep]
        assert "[REDACTED:depth]" in str(applied(DEFAULT_POLICY, deep).value)

    def test_what_is_withheld_is_counted(self) -> None:
        """It is found and counted, and known to whoever asks why; a dry run leaves it."""
        cycle: dict[str, Any] = {"n": 1}
        cycle["again"] = cycle
        policy = RedactionPolicy()
        assert [("again", "cycle", "")] == [
            (each.path, each.rule, each.allow) for each in applied(policy, cycle).findings
        ]
        assert {"cycle": 1} == policy.counters
        assert ["again: masked by the rule cycle, and no allow keeps it"] == list(map(str, policy.why(cycle)))
        assert ["a.b.again"] == [each.allow for each in policy.why({"a": {"b": cycle}}) if each.rule == "cycle"][:1]
        assert cycle is redact(cycle, RedactionPolicy(dry_run=True))

    def test_shared_lists(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A few lists in each other end."""
        monkeypatch.setattr("structlog_enrich.redaction.walking._MOST", 1_000)
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

        policy = Broken()
        assert {"password": "[REDACTED:error]"} == applied(policy, {"password": SECRET}).value
        assert {"error": 1} == policy.counters
        assert ["error"] == [each.rule for each in policy.why({"password": SECRET})]

    def test_a_policy_that_drops(self) -> None:
        """What structlog takes for the end of an event ends nothing here."""

        class Dropping(RedactionPolicy):
            def rule_for(self, key: str) -> str | None:
                raise DropEvent

        assert {"a": "[REDACTED:error]"} == redact({"a": 1}, Dropping())

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


class TestRedactText:
    """`redact_text`, which takes a text."""

    @pytest.mark.parametrize("value", [b"password=x", None, 1, ["password=x"]], ids=range(4))
    def test_what_is_no_text(self, value: Any) -> None:
        """It says what takes it."""
        with pytest.raises(ConfigurationError) as caught:
            redact_text(value)
        expected = f"text must be a str, not a value of type {type(value).__name__}. redact() takes bytes"
        assert str(caught.value).startswith(expected)

    def test_a_subclass(self) -> None:
        """Its own code isn't asked, and where it is clean it stays."""

        class Text(str):
            __slots__ = ()

            def encode(self, *_arguments: Any, **_named: Any) -> bytes:
                raise AssertionError

        clean = Text("paid")
        assert clean is redact_text(clean)
        assert "password=[REDACTED:password]" == redact_text(Text(f"password={SECRET}"))
