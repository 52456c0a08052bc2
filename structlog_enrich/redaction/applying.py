"""A policy applied to a value outside of logging: what is left of it, and what was found where."""

from __future__ import annotations

import re
from collections import ChainMap, UserDict, deque
from dataclasses import dataclass
from types import MappingProxyType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structlog_enrich.redaction.caching import LONGEST_KEY
from structlog_enrich.redaction.fields import NO_FIELDS, fields_of
from structlog_enrich.redaction.kinds import bases_of, namespace_of
from structlog_enrich.redaction.markers import DROP, marker
from structlog_enrich.redaction.pairs import name_beside, named_items
from structlog_enrich.redaction.policy import DEFAULT_POLICY
from structlog_enrich.redaction.unknown import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from structlog_enrich.redaction.fields import Fields
    from structlog_enrich.redaction.matcher import PathState
    from structlog_enrich.redaction.policy import RedactionPolicy

__all__ = ["Applied", "Finding", "applied", "explained", "redact", "redact_text"]

_DEPTH: Final = 64
# A few shared lists in each other make billions of values out of nothing.
_MOST: Final = 250_000
_SCALARS: Final = frozenset({int, float, bool, type(None), complex})
_ORDERED: Final[tuple[Any, ...]] = (list, tuple, deque)
_UNORDERED: Final[tuple[Any, ...]] = (set, frozenset)
_ARGS: Final = vars(BaseException)["args"].__get__
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+")
_MARKED: Final = re.compile(r"\[REDACTED:([^\[\]\s]{1,256})\]")
_NOTES: Final = frozenset({"redacted", "truncated"})
_BY_PLACE: Final = frozenset({"personal", "internal", "secret", "path"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Say what was found at one place.

    Attributes:
        path: Where, as `redacted` spells it.
        rule: The id of the rule.
        allow: What to write into `allow` to keep it.
    """

    path: str
    rule: str
    allow: str

    def __str__(self) -> str:
        shown = self.allow.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.path or "the text"}: masked by the rule {self.rule}; allow={{"{shown}"}} keeps it'


class Applied(NamedTuple):
    """What is left of a value, and what was found in it; a clean value is left as the same object."""

    value: Any
    findings: tuple[Finding, ...]


def redact(value: Any, policy: RedactionPolicy = DEFAULT_POLICY) -> Any:
    """Return *value* without its secrets, for what leaves the process otherwise than by a log line.

    Args:
        value: Anything: an event, a response, an exception, an object of a class of yours. It isn't changed, and where
            it holds nothing to redact the very same object is returned. Iterators aren't consumed, lazy objects not
            evaluated; any other object is read by its fields or, where it has none, by its `repr`.
        policy: What is a secret, and what stands in its place; default `DEFAULT_POLICY`.

    Returns:
        A copy of what had to change; an object in which something was found as a dict of its fields, or as text.

    >>> redact({"user": {"name": "ada", "password": "hunter2"}, "dsn": "postgres://app:hunter2@db/shop"})
    {'user': {'name': 'ada', 'password': '[REDACTED:password]'}, 'dsn': 'postgres://app:[REDACTED:url-userinfo]@db/shop'}
    """
    return applied(policy, value, shown).value


def redact_text(text: str, policy: RedactionPolicy = DEFAULT_POLICY) -> str:
    """Return *text* with a marker in place of each secret in it, and *text* itself where there is none.

    Args:
        text: Any text: a message, a body, a whole file. Of more than 131,072 bytes the rest is masked as a whole.
        policy: What is a secret, and what stands in its place; default `DEFAULT_POLICY`.

    >>> redact_text("retrying with Authorization: Bearer q7Zk3RxV9mBtW2nH")
    'retrying with Authorization: Bearer [REDACTED:authorization]'
    """
    return policy.scan(text)[0]


def applied(policy: RedactionPolicy, value: Any, render: Callable[[Any], Any] = shown) -> Applied:
    """Return *value* as the policy leaves it.

    It reads the standard containers, texts, bytes, exceptions and objects with fields, without any code of their own.
    An object in which something is found becomes a dict of its fields. What is too deep, too much or in itself goes.

    Args:
        policy: What is found, and what stands in its place.
        value: Anything; it isn't changed.
        render: Returns the text, dict or list that stands for any other object, or the object itself, which then stays.

    >>> from structlog_enrich.redaction.policy import RedactionPolicy
    >>> event = {"user": {"password": "hunter2"}, "n": 1}
    >>> applied(RedactionPolicy(), event).value
    {'user': {'password': '[REDACTED:password]'}, 'n': 1}
    """
    if policy.compiled.first_look.is_clean(value):
        return Applied(value, ())
    walk = _Walk(policy, render=render)
    left = walk.one(value, "", policy.compiled.start, "", -1)
    return Applied(None if left is DROP else left, tuple(walk.findings))


def explained(policy: RedactionPolicy, event: Any) -> tuple[Finding, ...]:
    """Return what is found in *event*; what is masked already counts as found by the rule that its marker names."""
    # A question is no redaction: it isn't counted, and no strategy runs.
    asked = policy.as_dry_run()
    walk = _Walk(asked, reads_markers=True)
    walk.one(event, "", asked.compiled.start, "", -1)
    return tuple(dict.fromkeys(walk.findings))


class _Walk:
    def __init__(
        self,
        policy: RedactionPolicy,
        *,
        render: Callable[[Any], Any] = shown,
        reads_markers: bool = False,
    ) -> None:
        self._policy = policy.compiled
        self._render = render
        self._active: set[int] = set()
        self._left = _MOST
        self._reads_markers = reads_markers
        self.findings: list[Finding] = []

    def value(self, value: Any, path: str, state: PathState | None, key: str, depth: int) -> Any:
        kind = type(value)
        if kind in _SCALARS or self._policy.keeps(state):
            return value
        if issubclass(kind, str):
            return self._text(value, path, key)
        if issubclass(kind, bytes | bytearray):
            text = _bytes(value).decode("utf-8", "backslashreplace")
            found = self._text(text, path, key)
            return value if found == text else found.encode()
        identity = id(value)
        if identity in self._active or depth >= _DEPTH:
            return marker("cycle" if identity in self._active else "depth")
        self._active.add(identity)
        try:
            return self._compound(value, path, state, key if key and self._policy.rule_for(key) else "", depth)
        finally:
            self._active.discard(identity)

    def _compound(self, value: Any, path: str, state: PathState | None, key: str, depth: int) -> Any:
        kind = type(value)
        # By the methods of the base class: what a subclass says of itself may be less than it holds.
        if issubclass(kind, dict):
            return self._mapping(value, dict.copy(value), path, state, depth, self._policy.fields(value))
        if issubclass(kind, MappingProxyType | ChainMap | UserDict):
            return self._mapping(value, dict(value), path, state, depth, None)
        if issubclass(kind, tuple) and hasattr(kind, "_fields"):
            named = dict(zip(kind._fields, tuple.__iter__(value), strict=False))
            return self._mapping(value, named, path, state, depth, self._policy.fields(value))
        for base in _ORDERED:
            if issubclass(kind, base):
                return self._items(value, list(base.__iter__(value)), path, state, depth, key)
        for base in _UNORDERED:
            if issubclass(kind, base):
                return self._items(value, list(base.__iter__(value)), path, state, depth, paired=False)
        if issubclass(kind, BaseException):
            return self._exception(value, path, depth)
        fields = _attributes(value)
        if fields is not None:
            return self._mapping(value, fields, path, state, depth, self._policy.fields(value))
        plain = self._render(value)
        left = plain if plain is value else self.one(plain, path, state, "", depth)
        return value if left is plain else left

    def _exception(self, error: BaseException, path: str, depth: int) -> Any:
        inner = (error.__cause__, error.__context__, *getattr(error, "exceptions", ()))
        parts = [*_ARGS(error), *getattr(error, "__notes__", ()), *(each for each in inner if each is not None)]
        found = [self.one(each, path, None, "", depth) for each in parts]
        if all(one is other for one, other in zip(parts, found, strict=True)):
            return error
        return f"{type(error).__name__}: {', '.join(map(str, found))}"

    def _mapping(
        self,
        whole: Any,
        items: Mapping[Any, Any],
        path: str,
        state: PathState | None,
        depth: int,
        fields: Fields | None,
    ) -> Any:
        written: dict[Any, Any] = {}
        changed = False
        for key, item in list(items.items()):
            name = key if type(key) is str else _name(key)
            shown, rules = self._policy.scan(name)
            while shown != name and shown in written:
                shown += "#"
            below, place = state and state.step(name), _extended(path, shown)
            for each in rules:
                self._found(place, each)
            mark = None if fields is None else fields.marks.get(name)
            if name in _NOTES and not path and self._policy.are_notes(item):
                written[key] = item
                continue
            if mark is not None and not self._policy.keeps(below) and (rule := self._policy.judge_mark(mark)):
                found = self._policy.replace(rule, item, place, key=name, mark=mark)
                self._found(place, rule)
            elif fields is not None and name in fields.within and type(item) in {dict, list}:
                found = self._typed(item, fields.within[name], place, below, depth + 1)
            else:
                found = self.one(item, place, below, name_beside(items, name) or name, depth)
            changed |= found is not item or shown != name
            if found is not DROP:
                written[key if shown == name else shown] = found
        return written if changed else whole

    def _typed(self, value: Any, kind: type, path: str, state: PathState | None, depth: int) -> Any:
        if type(value) is dict:
            return self._mapping(value, value, path, state, depth, fields_of(kind))
        found = [
            self._typed(each, kind, f"{path}[{at}]", state and state.step(at), depth + 1)
            if type(each) is dict
            else self.one(each, f"{path}[{at}]", state and state.step(at), "", depth)
            for at, each in enumerate(value)
        ]
        return value if all(one is other for one, other in zip(value, found, strict=True)) else found

    def _items(
        self,
        whole: Any,
        items: list[Any],
        path: str,
        state: PathState | None,
        depth: int,
        key: str = "",
        *,
        paired: bool = True,
    ) -> Any:
        names = named_items(items, self._policy.rule_for) if paired else {}
        found = [
            self.one(each, f"{path}[{at}]", state and state.step(at), names.get(at, key), depth)
            for at, each in enumerate(items)
        ]
        if all(one is other for one, other in zip(items, found, strict=True)):
            return whole
        kept = [each for each in found if each is not DROP]
        return tuple(kept) if isinstance(whole, tuple) else kept

    def one(self, item: Any, path: str, state: PathState | None, key: str, depth: int) -> Any:
        self._left -= 1
        if self._left < 0:
            return marker("items")
        try:
            rule = self._policy.judge(key, item, state)
            if rule is None:
                return self.value(item, path, state, key, depth + 1)
            self._found(path, rule, key)
            return self._policy.replace(rule, item, path, key=key)
        except Exception:  # noqa: BLE001 (fails closed: what couldn't be judged isn't passed on)
            return marker("error")

    def _text(self, text: str, path: str, key: str) -> str:
        if self._reads_markers:
            for rule in _MARKED.findall(text):
                self._found(path, rule, key)
        found, rules = self._policy.scan(text, path)
        for rule in rules:
            self._found(path, rule)
        return text if found == text else found

    def _found(self, path: str, rule: str, key: str = "") -> None:
        label = self._policy.label(rule)
        # What its key gave away is kept by its key, anything else by its rule; a path or a type by its place.
        by_key = bool(key) and self._policy.rule_for(key) == rule
        if by_key and key.isprintable() and ":" not in key and len(key) <= LONGEST_KEY:
            allow = _extended("", key)
        else:
            allow = path if label in _BY_PLACE and not by_key else f"rule:{rule}"
        self.findings.append(Finding(path, label, allow))


def _extended(path: str, name: str) -> str:
    if _PLAIN.fullmatch(name):
        return f"{path}.{name}" if path else name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'


def _bytes(value: bytes | bytearray) -> bytes:
    return bytes.__getitem__(value, slice(None)) if isinstance(value, bytes) else bytes(memoryview(value))


def _name(key: Any) -> str:
    if issubclass(type(key), str):
        return str.__str__(key)
    if issubclass(type(key), bytes):
        return _bytes(key).decode("utf-8", "backslashreplace")
    return str(key) if type(key) in {int, float, bool, type(None)} else f"<{type(key).__name__}>"


def _attributes(value: Any) -> dict[str, Any] | None:
    """Return the fields of an object that keeps them in its own dict or in slots; None for what is no such object."""
    kind = type(value)
    names: list[str] = []
    for base in reversed(bases_of(kind)):
        space = namespace_of(base)
        for each in ("__dataclass_fields__", "__attrs_attrs__", "__pydantic_fields__", "__struct_fields__"):
            given = space.get(each, ())
            names += [each if isinstance(each, str) else each.name for each in given]
    if not names and fields_of(kind) is NO_FIELDS:
        return None
    own = object.__getattribute__(value, "__dict__") if hasattr(kind, "__dict__") and _has_dict(value) else {}
    slots = {name: _slot(value, kind, name) for name in names if name not in own}
    return {**own, **{name: each for name, each in slots.items() if each is not DROP}}


def _has_dict(value: Any) -> bool:
    try:
        object.__getattribute__(value, "__dict__")
    except AttributeError:
        return False
    return True


def _slot(value: Any, kind: type, name: str) -> Any:
    for base in bases_of(kind):
        descriptor = namespace_of(base).get(name)
        if isinstance(descriptor, MemberDescriptorType):
            try:
                return descriptor.__get__(value)
            except AttributeError:
                return DROP
    return DROP
