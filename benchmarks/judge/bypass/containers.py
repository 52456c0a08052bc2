"""Secrets in containers that a walk over dicts and lists passes by."""

from __future__ import annotations

import array
import collections
import enum
import types
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, TypedDict

from benchmarks.judge.bypass.planting import Case
from structlog_enrich.redaction import RedactionPolicy, Sensitive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.judge.bypass.planting import Planting

__all__ = ["CONTAINERS"]


class _Account(NamedTuple):
    user: str
    password: Any


class _Ordered(collections.OrderedDict[str, Any]):
    """Tell less of itself than it holds."""

    def items(self) -> Any:
        """Return nothing."""
        return {}.items()


class _List(list[Any]):
    """Tell less of itself than it holds."""

    def __iter__(self) -> Any:
        """Yield nothing."""
        return iter(())


class _Login(TypedDict):
    user: str
    phrase: Annotated[str, Sensitive()]


@dataclass
class _Plain:
    user: str
    password: str


@dataclass(slots=True)
class _Slotted:
    user: str
    password: str


@dataclass(frozen=True)
class _Frozen:
    user: str
    password: str


@dataclass
class _Unseen:
    user: str
    password: str = field(repr=False)


@dataclass
class _Marked:
    user: str
    motto: Annotated[str, Sensitive()]


class _OwnMapping(Mapping[str, Any]):
    """Be a mapping and no dict."""

    def __init__(self, **items: Any) -> None:
        self._items = items

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class _OwnSequence(Sequence[Any]):
    """Be a sequence and no list."""

    def __init__(self, *items: Any) -> None:
        self._items = items

    def __getitem__(self, at: Any) -> Any:
        return self._items[at]

    def __len__(self) -> int:
        return len(self._items)


def _enum(planting: Planting) -> None:
    planting.info(mode=enum.Enum("Mode", {"LOGIN": {"password": planting.secret}}).LOGIN)  # type: ignore[attr-defined]


def _enum_of_text(planting: Planting) -> None:
    planting.info(mode=enum.Enum("Mode", {"DSN": f"postgres://app:{planting.secret}@db/shop"}).DSN)  # type: ignore[attr-defined]


def _typed_dict(planting: Planting) -> None:
    login: _Login = {"user": "ada", "phrase": planting.secret}
    log = planting.logger(redaction=RedactionPolicy(types={_Login}))
    planting.through(log.info, "x", login=login)


def _generator(planting: Planting) -> None:
    trap = planting.trap("a generator")
    planting.info(rows=(trap() for _ in range(3)), password=planting.secret)


def _iterators(planting: Planting) -> None:
    trap = planting.trap("an iterator")
    rows = [planting.secret]
    waiting = iter(rows)
    mapped, chosen, called = map(trap, [1]), filter(trap, [1]), iter(trap, None)
    planting.info(mapped=mapped, chosen=chosen, called=called, waiting=waiting, password=planting.secret)
    if next(waiting, None) is None:
        planting.evaluated.append("a list's iterator")


def _holds(**given: Any) -> Any:
    return types.SimpleNamespace(**given)


def _context_var(planting: Planting) -> None:
    variable: ContextVar[str] = ContextVar("x", default=f"password={planting.secret}")
    planting.info(variable=variable)


def _missing(planting: Planting) -> None:
    form = {"password": planting.secret, "note": "x"}
    planting.info(errors=[{"type": "missing", "loc": ("body", "user"), "input": form}])


def _named(planting: Planting, key: str) -> dict[str, str]:
    return {"name": key, "value": planting.secret}


CONTAINERS: Final = (
    Case("dict in list in tuple", lambda p: p.info(a=([{"b": ({"password": p.secret},)}],))),
    Case("list in list", lambda p: p.info(a=[[[{"password": p.secret}]]])),
    Case("namedtuple", lambda p: p.info(account=_Account("ada", p.secret))),
    Case("namedtuple of collections", lambda p: p.info(a=collections.namedtuple("A", "u password")("ada", p.secret))),  # noqa: PYI024
    Case("namedtuple in a set", lambda p: p.info(accounts={_Account("ada", p.secret)})),
    Case("mapping proxy", lambda p: p.info(form=types.MappingProxyType({"password": p.secret}))),
    Case("ordered dict", lambda p: p.info(form=collections.OrderedDict(password=p.secret))),
    Case("ordered dict that hides its items", lambda p: p.info(form=_Ordered(password=p.secret))),
    Case("list that hides its items", lambda p: p.info(forms=_List([{"password": p.secret}]))),
    Case("chain map", lambda p: p.info(form=collections.ChainMap({"user": "ada"}, {"password": p.secret}))),
    Case("default dict", lambda p: p.info(form=collections.defaultdict(str, password=p.secret))),
    Case("user dict", lambda p: p.info(form=collections.UserDict(password=p.secret))),
    Case("user list", lambda p: p.info(forms=collections.UserList([{"password": p.secret}]))),
    Case("user string", lambda p: p.info(text=collections.UserString(f"password={p.secret}"))),
    Case("counter", lambda p: p.info(seen=collections.Counter([f"password={p.secret}"]))),
    Case("mapping of its own", lambda p: p.info(form=_OwnMapping(password=p.secret))),
    Case("sequence of its own", lambda p: p.info(forms=_OwnSequence({"password": p.secret}))),
    Case("views of a dict", lambda p: p.info(items={"password": p.secret}.items())),
    Case("values of a dict", lambda p: p.info(values={"dsn": f"postgres://app:{p.secret}@db"}.values())),
    Case("frozen set", lambda p: p.info(seen=frozenset({f"password={p.secret}"}))),
    Case("deque", lambda p: p.info(forms=collections.deque([{"password": p.secret}]))),
    Case("array of bytes", lambda p: p.info(raw=array.array("B", f"password={p.secret}".encode()).tobytes())),
    Case("bytes", lambda p: p.info(body=f"password={p.secret}".encode())),
    Case("bytearray", lambda p: p.info(body=bytearray(f'{{"password": "{p.secret}"}}'.encode()))),
    Case("view of bytes", lambda p: p.info(body=memoryview(f"password={p.secret}".encode()))),
    Case("bytes that are no UTF-8", lambda p: p.info(body=b"\xff\xfe password=" + p.secret.encode())),
    Case("generator", _generator),
    Case("iterators", _iterators),
    Case("dataclass", lambda p: p.info(account=_Plain("ada", p.secret))),
    Case("dataclass with slots", lambda p: p.info(account=_Slotted("ada", p.secret))),
    Case("frozen dataclass", lambda p: p.info(account=_Frozen("ada", p.secret))),
    Case("dataclass in a list", lambda p: p.info(accounts=[_Plain("ada", p.secret)])),
    Case("dataclass whose repr hides it", lambda p: p.info(account=_Unseen("ada", p.secret))),
    Case("dataclass with a marked field", lambda p: p.info(account=_Marked("ada", p.secret))),
    Case("typed dict with a marked field", _typed_dict),
    Case("enum of a dict", _enum),
    Case("enum of a text", _enum_of_text),
    Case("namespace", lambda p: p.info(options=_holds(password=p.secret))),
    Case("namespace in a list", lambda p: p.info(options=[_holds(user="ada", api_key=p.secret)])),
    Case("partial function", lambda p: p.info(retry=partial(print, password=p.secret))),
    Case("context variable", _context_var),
    Case("exception as a value", lambda p: p.info(failure=ValueError(f"password={p.secret}"))),
    Case("name and value", lambda p: p.info(env=[_named(p, "DB_PASSWORD")])),
    Case("name and value in capitals", lambda p: p.info(env={"Name": "DB_PASSWORD", "Value": p.secret})),
    Case("value before its name", lambda p: p.info(env={"value": p.secret, "name": "DB_PASSWORD"})),
    Case("key and value", lambda p: p.info(tags=[{"key": "api_key", "value": p.secret}, {"key": "n", "value": 1}])),
    Case("key and typed value", lambda p: p.info(tags=[{"key": "api_key", "value": {"stringValue": p.secret}}])),
    Case("header and value", lambda p: p.info(sent={"header": "Authorization", "value": f"Bearer {p.secret}"})),
    Case("headers as a dict", lambda p: p.info(headers={"Authorization": f"Bearer {p.secret}"})),
    Case("headers as pairs", lambda p: p.info(headers=[("Accept", "*/*"), ("Authorization", f"Bearer {p.secret}")])),
    Case("headers as lists", lambda p: p.info(headers=[["X-Api-Key", p.secret]])),
    Case("headers as pairs of bytes", lambda p: p.info(headers=[(b"x-api-key", p.secret.encode())])),
    Case("cookies as pairs of bytes", lambda p: p.info(headers=[(b"cookie", f"sessionid={p.secret}".encode())])),
    Case("errors of a form", lambda p: p.info(errors=[{"loc": ["body", "password"], "input": p.secret}])),
    Case("errors of a form, an unknown field's neighbour", _missing),
    Case("dict of lists", lambda p: p.info(headers={"X-Api-Key": [p.secret]})),
    Case("environ", lambda p: p.info(environ={"HTTP_AUTHORIZATION": f"Basic {p.secret}", "HTTP_X_API_KEY": p.secret})),
    Case("cookie in an environ", lambda p: p.info(environ={"HTTP_COOKIE": f"sessionid={p.secret}"})),
    Case("pair in a set", lambda p: p.info(sent={("X-Api-Key", p.secret)})),
)
