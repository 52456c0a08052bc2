"""What the last stage of a chain masks and what `redact` masks: the same."""

from __future__ import annotations

import base64
import enum
import json
from collections import ChainMap, OrderedDict, UserDict, UserList, UserString, deque, namedtuple
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import attrs
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.processors.redact import Redact
from structlog_enrich.redaction import DEFAULT_POLICY, PII, Drop, RedactionPolicy, Sensitive, redact
from structlog_enrich.redaction.members import ABSENT, bytes_text, members_of, plainer

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "q7Zk3RxV9mBt" + "W2nHc8JpL5sYd"
Pair = namedtuple("Pair", ["key", "note"])  # noqa: PYI024 (that kind too)


class Address(TypedDict):
    """A TypedDict with a marked field."""

    street: Annotated[Any, Sensitive("personal")]
    city: Any


class Whole(enum.Enum):
    """An enum whose member is the canary."""

    X = CANARY


class Worded(enum.Enum):
    """An enum whose member has it in a text."""

    X = f"password={CANARY}"


@dataclass
class Marked:
    """A dataclass with a marked field and others."""

    mail: Annotated[Any, Sensitive("personal")]
    note: Any
    address: Address | None = None


@dataclass(slots=True)
class Several:
    """A dataclass that holds `TypedDict`s."""

    by_name: dict[str, Address]
    those: tuple[Address | Marked, ...]
    auth: Any


@attrs.define
class Attrs:
    """An attrs class."""

    note: Any
    pin: Annotated[Any, Sensitive("internal")]


class Model(pydantic.BaseModel):
    """A model that takes what it doesn't know."""

    model_config = pydantic.ConfigDict(extra="allow")
    mail: Annotated[Any, Sensitive("personal")]


class Abstract(Mapping[str, Any]):
    """A mapping by its methods alone."""

    def __init__(self, held: dict[str, Any]) -> None:
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


NAMES = st.sampled_from(
    ["a", "note", "key", "auth", "session", "pin", "name", "value", "password", "street", "city", "mail", "credentials"]
)
TEXTS = st.sampled_from(
    [CANARY, f"password={CANARY}", json.dumps({"api_key": CANARY}), json.dumps({"note": CANARY}), "paid", "--password"]
)
HASHABLE = st.one_of(
    TEXTS,
    TEXTS.map(str.encode),
    TEXTS.map(lambda text: b"\xff " + text.encode()),
    TEXTS.map(UserString),
    TEXTS.map(PurePosixPath),
    st.sampled_from([Whole.X, Worded.X, 471199, 1.5, True, None]),
    st.tuples(TEXTS, TEXTS),
    st.frozensets(TEXTS, max_size=2),
)
KEYS = NAMES | st.tuples(NAMES, TEXTS) | st.frozensets(TEXTS, max_size=1) | NAMES.map(str.encode) | TEXTS
LEAVES = st.one_of(
    HASHABLE,
    TEXTS.map(lambda text: memoryview(text.encode())),
    TEXTS.map(lambda text: bytearray(text.encode())),
    TEXTS.map(ValueError),
    st.tuples(TEXTS, TEXTS).map(lambda texts: KeyError(*texts)),
    st.sets(HASHABLE, max_size=2),
    TEXTS.map(pydantic.SecretStr),
)


def _holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(NAMES, inner, max_size=3)
    address = st.fixed_dictionaries({"street": inner, "city": inner})
    marked = st.builds(Marked, inner, inner, st.none() | address)
    return st.one_of(
        named,
        st.dictionaries(KEYS, inner, max_size=3),
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(deque),
        st.lists(inner, max_size=3).map(UserList),
        *(named.map(kind) for kind in (UserDict, MappingProxyType, OrderedDict, Abstract)),
        named.map(lambda held: ChainMap({}, held)),
        st.builds(Pair, inner, inner),
        marked,
        st.builds(Several, st.dictionaries(NAMES, address, max_size=2), st.tuples(address | marked), inner),
        st.builds(Attrs, inner, inner),
        st.builds(lambda mail, extra: Model(mail=mail, extra=extra), inner, inner),
        address,
    )


VALUES = st.recursive(LEAVES, _holding, max_leaves=6)
POLICIES = {
    "default": DEFAULT_POLICY,
    "packs": DEFAULT_POLICY | PII.all,
    "more": RedactionPolicy(
        keys={"note"},
        types={Address, "internal", "pathlib.PurePath"},
        paths=["v.a", "v[*].note", "**.city"],
        allow={"v.key", "mail"},
        strategies={"password": Drop(), "auth": Drop()},
    ),
}


def _texts(value: Any) -> Iterator[str]:
    kind = type(value)
    if isinstance(value, str):
        yield base64.b64decode(value[7:]).decode("latin-1") if value.startswith("base64:") else value
    elif isinstance(value, bytes | bytearray):
        yield bytes_text(value)[0]
    elif (plain := plainer(value)) is not ABSENT:
        yield from _texts(plain)
    elif (
        isinstance(value, BaseException)
        or kind is pydantic.SecretStr
        or (members := members_of(value, 1_000)) is ABSENT
    ):
        yield str(value)
    elif type(members) is dict:
        yield from (text for each in members.items() for part in each for text in _texts(part))
    else:
        yield from (text for each in members for text in _texts(each))


def _count(value: Any) -> int:
    return sum(text.count(CANARY) for text in _texts(value))


def _count_on_line(value: Any, policy: RedactionPolicy) -> int:
    line = Redact(policy)(None, "info", {"event": "x", "v": value})
    return _count({name: each for name, each in line.items() if name not in {"redacted", "truncated"}})


class TestAgreement:
    """A line, and `redact`."""

    @pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))
    @given(value=VALUES)
    def test_mask_the_same(self, value: Any, policy: RedactionPolicy) -> None:
        """As often as the canary is left on the line, it is left by `redact`."""
        assert _count_on_line(value, policy) == _count(redact({"event": "x", "v": value}, policy))
