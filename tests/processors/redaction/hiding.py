"""Where a secret may hide, drawn by Hypothesis: under which key, in which text, in what, and how it is logged."""

from __future__ import annotations

import collections
import enum
import json
import types
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, make_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import attrs
import pydantic
from hypothesis import strategies as st

from structlog_enrich import bound_contextvars, span
from tests.never_raises.strategies import Recipe, made

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.judge.bypass.planting import Planting

KEYS: Final = (
    *("password", "DB_PASSWORD", "userPassword", "db-passwd", "passphrase", "pwd", "api_key", "X-Api-Key", "apiKey"),
    *(
        "clientSecret",
        "secret",
        "access_token",
        "refreshToken",
        "authorization",
        "private_key",
        "aws_secret_access_key",
    ),
    *("csrf_token", "credentials", "database.password", "password_new", "encryption_key"),
)
"""Names of secrets, in the spellings that there are."""

# What is drawn around a secret: anything, and what might lead a scanner astray.
_ODD: Final = (
    *("password", "token", "Bearer ", "--", "=", ":", "&", "?", "://", "@", "\\", "\n", "\r\n", "\x1b[31m", "\x00"),
    *(
        "[REDACTED:token]",
        "[REDACTED:",
        "\u2026[+12]",
        "...",
        "****",
        "${",
        "<",
        ">",
        "'",
        '"',
        "`",
        "{",
        "}",
        "[",
        "]",
    ),
    *("-----BEGIN", "eyJ", "\ufeff", "\u0430", "\u017f", "\u212a", "\U0001f511", "\ud800", "%70", "\\u0070", "key"),
)
_around = st.one_of(
    st.just(""),
    st.text(st.characters(codec=None), max_size=30),
    st.lists(st.sampled_from(_ODD), max_size=5).map("".join),
)
_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(codec=None), max_size=20),
    st.binary(max_size=12), st.sampled_from(_ODD), st.dates(), st.decimals(),
)  # fmt: skip


class _Kinds(NamedTuple):
    """Hold a value between two others, as the classes below do."""

    before: Any
    value: Any
    behind: Any


@dataclass
class _Data:
    before: Any
    value: Any
    behind: Any


@dataclass(slots=True, frozen=True)
class _Slots:
    before: Any
    value: Any
    behind: Any


@attrs.define
class _Attrs:
    before: Any
    value: Any
    behind: Any


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    before: Any
    value: Any
    behind: Any


class _Plain:
    def __init__(self, *given: Any) -> None:
        self.given = given

    def __repr__(self) -> str:
        return f"Plain{self.given!r}"


class _Text(str):
    __slots__ = ()


@cache
def _record(key: str, kind: str) -> Any:
    name = key.replace("-", "_").replace(".", "_")
    if kind == "attrs":
        return attrs.make_class("Login", [name])
    if kind == "model":
        return pydantic.create_model("Login", **{name: (Any, ...)})
    if kind == "namedtuple":
        return collections.namedtuple("Login", [name])  # noqa: PYI024 (its fields are drawn)
    return make_dataclass("Login", [name], slots=kind == "slots")


def _filled(key: str, kind: str, leaf: Any) -> Any:
    found = _record(key, kind)
    return found(**{found.model_fields.copy().popitem()[0]: leaf}) if kind == "model" else found(leaf)


def _error(*given: Any, notes: tuple[str, ...] = (), cause: BaseException | None = None) -> Exception:
    error = ValueError(*given)
    for each in notes:
        error.add_note(each)
    error.__cause__ = cause
    return error


_LEAVES: Final[dict[str, Callable[[str], Any]]] = {
    "text": str,
    "text of a class": _Text,
    "spaced text": lambda secret: f" {secret}\n",
    "bytes": str.encode,
    "no UTF-8": lambda secret: b"\xff" + secret.encode(),
    "bytearray": lambda secret: bytearray(secret.encode()),
    "memory": lambda secret: memoryview(secret.encode()),
    "list": lambda secret: ["ada", secret],
    "tuple": lambda secret: (secret, 1),
    "set": lambda secret: {secret},
    "frozenset": lambda secret: frozenset([secret]),
    "deque": lambda secret: collections.deque([secret]),
    "dict": lambda secret: {"ada": {"of": secret}},
    "dict of keys": lambda secret: {secret: 1},
    "proxy": lambda secret: types.MappingProxyType({"ada": secret}),
    "enum": lambda secret: enum.Enum("Kind", {"A": secret}).A,  # type: ignore[attr-defined]
    "error": _error,
    "object": _Plain,
    "dataclass": lambda secret: _Data(1, secret, 2),
    "model": lambda secret: _Model(before=1, value=secret, behind=2),
    "SecretStr": pydantic.SecretStr,
}

# What brings a key and a secret together.
_JOINED: Final[dict[str, Callable[[str, Any], Any]]] = {
    "dict": lambda key, leaf: {"user": "ada", key: leaf},
    "bytes as key": lambda key, leaf: {key.encode(): leaf},
    "text of a class as key": lambda key, leaf: {_Text(key): leaf},
    "OrderedDict": lambda key, leaf: collections.OrderedDict({key: leaf}),
    "defaultdict": lambda key, leaf: collections.defaultdict(list, {key: leaf}),
    "UserDict": lambda key, leaf: collections.UserDict({key: leaf}),
    "ChainMap": lambda key, leaf: collections.ChainMap({"user": "ada"}, {key: leaf}),
    "MappingProxyType": lambda key, leaf: types.MappingProxyType({key: leaf}),
    "dataclass": lambda key, leaf: _filled(key, "dataclass", leaf),
    "slots": lambda key, leaf: _filled(key, "slots", leaf),
    "attrs": lambda key, leaf: _filled(key, "attrs", leaf),
    "model": lambda key, leaf: _filled(key, "model", leaf),
    "namedtuple": lambda key, leaf: _filled(key, "namedtuple", leaf),
    "pair": lambda key, leaf: (key, leaf),
    "header list": lambda key, leaf: [("accept", "*/*"), (key, leaf), ("host", "a")],
    "raw header list": lambda key, leaf: [(b"accept", b"*/*"), (key.lower().encode(), leaf)],
    "name and value": lambda key, leaf: [{"name": key, "value": leaf}],
}

# The same in one text, or as a list of them.
_WRITTEN: Final[dict[str, Callable[[str, str], Any]]] = {
    "assignment": lambda key, secret: f"{key}={secret}",
    "spaced assignment": lambda key, secret: f"{key} = {secret}",
    "colon": lambda key, secret: f"{key}: {secret}",
    "quoted": lambda key, secret: f"{key}='{secret}'",
    "quoted doubly": lambda key, secret: f'{key}="{secret}"',
    "prose": lambda _key, secret: f"the password is {secret}",
    "JSON": lambda key, secret: json.dumps({"user": "ada", key: secret}),
    "JSON with a list": lambda key, secret: json.dumps({key: [secret, secret]}),
    "JSON with an object": lambda key, secret: json.dumps({key: {"ada": secret}}),
    "indented JSON": lambda key, secret: json.dumps({key: secret}, indent=1),
    "JSON in JSON": lambda key, secret: json.dumps({"body": json.dumps({key: secret})}),
    "repr": lambda key, secret: repr({"user": "ada", key: secret}),
    "repr of bytes": lambda key, secret: repr({key.encode(): secret.encode()}),
    "form": lambda key, secret: urlencode({"user": "ada", key: secret, "next": "/"}),
    "query": lambda key, secret: f"https://shop.example/a?n=1&{key}={quote(secret)}#top",
    "userinfo": lambda _key, secret: f"postgres://app:{secret}@db:5432/shop",
    "XML": lambda key, secret: f"<{key}>{secret}</{key}>",
    "option": lambda key, secret: f"psql --{key} {secret}",
    "option with =": lambda key, secret: f"psql --{key}={secret}",
    "bearer": lambda _key, secret: f"Authorization: Bearer {secret}",
    "basic": lambda _key, secret: "authorization: Basic " + b64encode(f"ada:{secret}".encode()).decode(),
    "cookie": lambda _key, secret: f"Cookie: sid={secret}; theme={secret}",
    "DSN": lambda _key, secret: f"host=db user=app password={secret} dbname=shop",
    "GitHub": lambda _key, secret: "gh" + "p_" + (secret * 4)[:36],
    "Slack": lambda _key, secret: "xox" + "b-123456789012-123456789012-" + (secret * 3)[:24],
    "Stripe": lambda _key, secret: "sk_" + "live_" + (secret * 3)[:24],
    "GitLab": lambda _key, secret: "glp" + "at-" + (secret * 2)[:20],
    "JWT": lambda _key, secret: ".".join(
        (*(_part(each) for each in ({"alg": "HS256", "typ": "JWT"}, {"sub": secret})), (secret * 4)[:43])
    ),
    "PEM": lambda _key, secret: _pem((secret * 16)[:180]),
}
_ARGV: Final[dict[str, Callable[[str, str], Any]]] = {
    "argv": lambda key, secret: ["psql", "--host", "db", f"--{key.replace('_', '-')}", secret, "-v"],
    "argv with =": lambda key, secret: ("psql", f"--{key}={secret}"),
    "argv with a header": lambda _key, secret: ["curl", "-H", f"Authorization: Bearer {secret}", "https://a.example"],
}


def _part(claims: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def _pem(body: str) -> str:
    kind = "PRIVATE" + " KEY"
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----"


# What holds anything, and what else is drawn beside it.
_HOLDERS: Final[dict[str, Callable[[Any, Any, Any], Any]]] = {
    "dict": lambda a, it, b: {"before": a, "value": it, "behind": b},
    "dict of numbers": lambda a, it, b: {1: a, 2: it, 3: b},
    "list": lambda a, it, b: [a, it, b],
    "list of one": lambda _a, it, _b: [it],
    "tuple": lambda a, it, b: (a, it, b),
    "deque": lambda a, it, b: collections.deque([a, it, b]),
    "UserList": lambda a, it, b: collections.UserList([a, it, b]),
    "namedtuple": _Kinds,
    "dataclass": _Data,
    "slots": _Slots,
    "attrs": _Attrs,
    "model": lambda a, it, b: _Model(before=a, value=it, behind=b),
    "UserDict": lambda a, it, b: collections.UserDict({"before": a, "value": it, "behind": b}),
    "OrderedDict": lambda a, it, b: collections.OrderedDict({"before": a, "value": it, "behind": b}),
    "ChainMap": lambda a, it, b: collections.ChainMap({"before": a}, {"value": it}, {"behind": b}),
    "MappingProxyType": lambda a, it, b: types.MappingProxyType({"before": a, "value": it, "behind": b}),
    "namespace": lambda a, it, b: types.SimpleNamespace(before=a, value=it, behind=b),
    "object": _Plain,
    "error": _error,
    "cause": lambda a, it, b: _error(a, cause=_error(it, b)),
    "group": lambda a, it, b: ExceptionGroup("many", [_error(a), _error(it), _error(b)]),
    "values": lambda a, it, b: {"before": a, "value": it, "behind": b}.values(),
}
_WRITTEN_AS_TEXT: Final = frozenset({"object", "error", "cause", "group", "values", "namespace"})
_ESCAPING: Final = frozenset[str]()
# What the scanner doesn't see within a `repr` or within escaped JSON; each is known, and none of a key beside a value.
_UNREAD_LEAVES: Final = frozenset[str]()
_UNREAD_WRITTEN: Final = frozenset[str]()
# What holds a text only.
_TEXT_HOLDERS: Final[dict[str, Callable[[Any, str, Any], Any]]] = {
    "bytes": lambda _a, it, _b: it.encode("utf-8", "surrogatepass"),
    "text of a class": lambda _a, it, _b: _Text(it),
    "set": lambda _a, it, _b: {it, "ada", 1},
    "frozenset": lambda _a, it, _b: frozenset([it, 1]),
    "key": lambda a, it, _b: {it: a},
    "enum": lambda _a, it, _b: enum.Enum("Kind", {"A": it}).A,  # type: ignore[attr-defined]
    "note": lambda a, it, _b: _error(a, notes=("first", it)),
    "JSON": lambda _a, it, _b: json.dumps({"body": [1, it]}),
    "JSON in JSON": lambda _a, it, _b: json.dumps([json.dumps([it])]),
    "path": lambda _a, it, _b: _Plain(it),
}


def _log(planting: Planting, *extra: Any) -> Any:
    return planting.logger(*extra, limits=planting.limits)


def _context(planting: Planting, value: Any) -> None:
    def log(value: Any) -> None:
        with bound_contextvars(data=value):
            _log(planting).info("x")

    planting.through(log, value)


def _raised(planting: Planting, value: Any) -> None:
    def log(value: Any) -> None:
        try:
            raise RuntimeError(value)
        except RuntimeError:
            _log(planting).exception("failed")

    planting.through(log, value)


def _span(planting: Planting, value: Any) -> None:
    def log(value: Any) -> None:
        with span("x", attributes={"data": value}, logger=_log(planting)) as one:
            one.set_attribute("more", value)

    planting.through(log, value)


def _added(planting: Planting, value: Any) -> None:
    log = _log(planting, lambda _logger, _name, event: {**event, "added": value})
    planting.through(log.info, "x", beside=value)


WAYS: Final[dict[str, Callable[[Planting, Any], None]]] = {
    "message": lambda planting, value: planting.through(_log(planting).info, value),
    "argument": lambda planting, value: planting.through(_log(planting).info, "%s of %r", value, value),
    "payload": lambda planting, value: planting.through(_log(planting).info, "x", data=value),
    "bound": lambda planting, value: planting.through(_log(planting).bind(data=value).warning, "x"),
    "context": _context,
    "exception": _raised,
    "span": _span,
    "processor": _added,
}
"""How a value gets into a line."""

AS_TEXT: Final = ("argument", "exception")
"""The ways on which a value is written as its `repr`, or within a text."""


@st.composite
def values(draw: st.DrawFn, secret: str, *, most: int = 4, as_text: bool = False) -> Recipe:
    """Draw a value that holds *secret* under the key of one or in a text, in at most so many containers.

    Args:
        draw: Hypothesis's.
        secret: The secret.
        most: How many containers it stands in.
        as_text: Whether it is written as a text, in which less is found.
    """
    key = draw(st.sampled_from(KEYS))
    unread: frozenset[str] = _UNREAD_LEAVES if as_text else frozenset()
    if draw(st.booleans()):
        leaf = draw(st.sampled_from(sorted(_LEAVES.keys() - unread)))
        joined = draw(st.sampled_from(sorted(_JOINED)))
        recipe = Recipe(f"{joined} of {key!r} and {leaf}", lambda: _JOINED[joined](key, _LEAVES[leaf](secret)))
    elif draw(st.integers(0, 7)) == 0 and not as_text:
        kind = draw(st.sampled_from(sorted(_ARGV)))
        recipe = Recipe(f"{kind} of {key!r}", lambda: _ARGV[kind](key, secret))
    else:
        recipe = draw(texts(secret, as_text=as_text))
    return draw(held(recipe, most=most, as_text=as_text))


@st.composite
def texts(
    draw: st.DrawFn,
    secret: str,
    *,
    around: st.SearchStrategy[str] = _around,
    bare: bool = False,
    as_text: bool = False,
) -> Recipe:
    """Draw a text in which *secret* is assigned to a key or says itself what it is, or unless *bare* what holds one."""
    holders = _TEXT_HOLDERS.keys() - (_ESCAPING if as_text else frozenset())
    holder = None if bare or draw(st.booleans()) else draw(st.sampled_from(sorted(holders)))
    escaped = as_text or holder in _ESCAPING
    kind = draw(st.sampled_from(sorted(_WRITTEN.keys() - (_UNREAD_WRITTEN if escaped else frozenset()))))
    key, before, behind = draw(st.sampled_from(KEYS)), draw(around), draw(around)
    # Escaped, a line break or a tab is a letter that stands against what follows.
    breaks = ["\n", "\t"]
    apart = draw(st.sampled_from([" ", " (", "; ", ", ", *breaks])) if before else ""
    after = draw(st.sampled_from([" ", " - ", *breaks])) if behind else ""
    text = f"{before}{apart}{_WRITTEN[kind](key, secret)}{after}{behind}"
    if holder is None:
        return Recipe(repr(text), lambda: text)
    beside = draw(_scalars)
    return Recipe(f"{holder} of {text!r} and {beside!r}", lambda: _TEXT_HOLDERS[holder](beside, text, beside))


@st.composite
def held(draw: st.DrawFn, recipe: Recipe, *, most: int = 4, as_text: bool = False) -> Recipe:
    """Draw what holds a value, at most so deep, with anything beside it."""
    kinds = sorted(_HOLDERS.keys() - (frozenset() if as_text else _WRITTEN_AS_TEXT))
    for _ in range(draw(st.integers(0, most))):
        recipe = _within(draw(st.sampled_from(kinds)), draw(_scalars), recipe, draw(_scalars))
    return recipe


def _within(kind: str, before: Any, inner: Recipe, behind: Any) -> Recipe:
    return Recipe(f"{kind} of {before!r}, {inner!r}, {behind!r}", lambda: _HOLDERS[kind](before, made(inner), behind))
