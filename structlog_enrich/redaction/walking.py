"""The walk over a value outside of logging: masks what a policy finds, and copies only what has to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.redaction.findings import finding, rule_named, withheld
from structlog_enrich.redaction.kinds import name_of
from structlog_enrich.redaction.markers import DROP, DROPPED, is_marker, marker, rules_in, without_markers
from structlog_enrich.redaction.members import (
    ABSENT,
    Unordered,
    base64_text,
    bytes_text,
    key_text,
    members_of,
    plainer,
    told_by,
)
from structlog_enrich.redaction.pairs import name_beside, named_items
from structlog_enrich.redaction.paths import path_text
from structlog_enrich.redaction.values.rule import filler

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from structlog_enrich.redaction.compiled import Compiled
    from structlog_enrich.redaction.fields import Fields
    from structlog_enrich.redaction.findings import Finding
    from structlog_enrich.redaction.matcher import PathState
    from structlog_enrich.redaction.paths import Path
    from structlog_enrich.redaction.sensitive import Sensitive

__all__ = ["Walk"]

_DEPTH: Final = 64
# A few shared lists in each other make billions of values out of nothing.
_MOST: Final = 250_000
_LIKE_A_SECRET: Final = 24
_SCALARS: Final = frozenset({int, float, bool, type(None), complex, range})
_NOTES: Final = frozenset({"redacted", "truncated"})


class Walk:
    """Walk over one value.

    Args:
        compiled: What is a secret, and what stands in its place.
        render: Returns the text, dict or list that stands for an object of which nothing is known, or that object.
        explains: Whether what a marker names counts as found, and keys in texts are told; nothing is replaced then, for
            which the policy has to be a dry run.

    Attributes:
        findings: What was found.
    """

    __slots__ = ("_active", "_compiled", "_keys", "_left", "_render", "_unplaced", "findings")

    def __init__(self, compiled: Compiled, render: Callable[[Any], Any], *, explains: bool = False) -> None:
        self._compiled = compiled
        self._render = render
        self._keys = compiled.keys_in_texts() if explains else None
        self._active: set[int] = set()
        self._left = _MOST
        # How many sets, exceptions and keys that are secrets it is in: no path leads there.
        self._unplaced = 0
        self.findings: list[Finding] = []

    def one(
        self,
        item: Any,
        path: Path | None,
        state: PathState | None,
        key: str = "",
        depth: int = 0,
        mark: Sensitive | None = None,
        kinds: tuple[type, ...] = (),
    ) -> Any:
        """Return what is left of *item*, itself if it is clean; `DROP` for nothing. Never raises.

        Args:
            item: Anything.
            path: Where it stands.
            state: Where that is in the policy's paths; None when none leads there.
            key: What says what it is.
            depth: How many containers it stands in.
            mark: What its field is marked with.
            kinds: The `TypedDict`s that an annotation names for the dicts in it.
        """
        compiled, unplaced = self._compiled, self._unplaced
        try:
            if compiled.keeps(state):
                return item
            self._left -= 1
            if self._left < 0:
                return self._withheld("items", item, path)
            if type(item) is str and is_marker(item):
                self._read(item, path, state, key)
                return item
            rule = compiled.judge(key, item, state, mark)
            if rule is None:
                return self._value(item, path, state, key, depth, kinds)
            return self._replaced(rule, item, path, key, mark)
        except (Exception, DropEvent):  # noqa: BLE001 (fails closed: what couldn't be judged isn't passed on)
            self._unplaced = unplaced
            return self._withheld("error", item, path)

    def _value(
        self, value: Any, path: Path | None, state: PathState | None, key: str, depth: int, kinds: tuple[type, ...]
    ) -> Any:
        kind = type(value)
        if kind in _SCALARS:
            return value
        if kind is str:
            return self._text(value, value, path, state)
        if (plain := plainer(value)) is not ABSENT:
            left = self.one(plain, path, state, key, depth)
            return value if left is plain else left
        if issubclass(kind, str):
            return self._text(value, str.__str__(value), path, state)
        if issubclass(kind, bytes | bytearray):
            text, encoding = bytes_text(value)
            # What is no text is judged as it would be written.
            if key and encoding != "utf-8" and (rule := self._compiled.judge(key, base64_text(text))) is not None:
                return self._replaced(rule, value, path, key)
            found = self._text(text, text, path, state)
            return value if found is text else found.encode(encoding, "backslashreplace")
        identity = id(value)
        if identity in self._active or depth >= _DEPTH:
            return self._withheld("cycle" if identity in self._active else "depth", value, path)
        self._active.add(identity)
        try:
            key = key if key and self._compiled.rule_for(key) else ""
            return self._compound(value, path, state, key, depth, kinds)
        finally:
            self._active.discard(identity)

    def _compound(
        self, value: Any, path: Path | None, state: PathState | None, key: str, depth: int, kinds: tuple[type, ...]
    ) -> Any:
        if issubclass(type(value), BaseException):
            return self._exception(value, path, key, depth)
        members = members_of(value, self._left + 1)
        kind = type(members)
        if kind is dict:
            fields = self._compiled.fields(value, kinds)
            return self._mapping(value, members, path, state, depth, fields, kinds)
        if kind is list:
            return self._items(value, members, path, state, key, depth, kinds)
        if kind is Unordered:
            return self._elements(value, members, path, key, depth)
        plain = self._render(value)
        if plain is value:
            return value
        left = self.one(plain, path, state, key, depth + 1)
        return value if left is plain else left

    def _mapping(
        self,
        whole: Any,
        items: dict[Any, Any],
        path: Path | None,
        state: PathState | None,
        depth: int,
        fields: Fields | None,
        kinds: tuple[type, ...],
    ) -> Any:
        written: dict[Any, Any] = {}
        changed = False
        for key, item in items.items():
            name = key if type(key) is str else key_text(key)
            shown, rules = self._compiled.scan(name)
            while shown != name and shown in written:
                shown += "#"
            # Also where the key stays, no secret is named.
            spelled = marker(self._compiled.label(rules[0])) if rules and shown == name else shown
            place: Path = (path, spelled)
            # No path leads to what a secret is the name of, nor to that itself.
            self._unplaced += bool(rules)
            for each in rules:
                self._found(each, place)
            if path is None and name in _NOTES and type(item) is list:
                found = self._notes(item, place)
            else:
                found = self.one(
                    item,
                    place,
                    None if state is None else state.step(name),
                    name_beside(items, name) or name,
                    depth + 1,
                    None if fields is None else fields.marks.get(name),
                    kinds if fields is None else fields.within.get(name, ()),
                )
            self._unplaced -= bool(rules)
            changed |= found is not item or shown != name
            if found is not DROP:
                written[key if shown == name else shown] = found
        return written if changed else whole

    def _notes(self, given: list[Any], path: Path) -> Any:
        # What a line says of what was masked looks like what it is about.
        notes, others = self._compiled.notes_of(given)
        self._unplaced += 1
        left = self.one(others, path, None) if others else others
        self._unplaced -= 1
        return given if left is others else [*notes, *(left if type(left) is list else [left])]

    def _items(
        self,
        whole: Any,
        items: list[Any],
        path: Path | None,
        state: PathState | None,
        key: str,
        depth: int,
        kinds: tuple[type, ...],
    ) -> Any:
        names = named_items(items, self._compiled.rule_for)
        found = [
            self.one(
                each,
                (path, at),
                None if state is None else state.step(at),
                names.get(at, key),
                depth + 1,
                None,
                kinds,
            )
            for at, each in enumerate(items)
        ]
        if _are_same(items, found):
            return whole
        left = [DROPPED if each is DROP else each for each in found]
        return tuple(left) if isinstance(whole, tuple) else left

    def _elements(self, whole: Any, items: list[Any], path: Path | None, key: str, depth: int) -> Any:
        # They have no place of their own, so theirs is the set's.
        self._unplaced += 1
        found = [self.one(each, path, None, key, depth + 1) for each in items]
        self._unplaced -= 1
        return whole if _are_same(items, found) else [each for each in found if each is not DROP]

    def _exception(self, error: BaseException, path: Path | None, key: str, depth: int) -> Any:
        told = told_by(error)
        name = name_of(type(error))
        text = f"{name}: {told.text}"
        if key and (rule := self._compiled.judge(key, text)) is not None:
            return self._replaced(rule, error, path, key)
        self._unplaced += 1
        args = [self.one(each, path, None, "", depth + 1) for each in told.args]
        if _are_same(told.args, args):
            left = self.one(text, path, None, "", depth + 1)
        else:
            left = f"{name}: {', '.join(_texts(args))}"
        more = [self.one(each, path, None, "", depth + 1) for each in told.more]
        self._unplaced -= 1
        if left is text and _are_same(told.more, more):
            return error
        return ", ".join(_texts((left, *more)))

    def _text(self, whole: Any, text: str, path: Path | None, state: PathState | None) -> Any:
        if self._keys is not None:
            # Nothing is replaced, and what is found is told more closely.
            self._read(text, path, state)
            for rule, key in self._keys.found(text):
                self._found(rule, path, key)
            return whole
        found, rules = self._compiled.scan(text, lambda: path_text(path))
        for rule in rules:
            self._found(rule, path)
        return whole if found == text else found

    def _replaced(self, rule: str, value: Any, path: Path | None, key: str, mark: Sensitive | None = None) -> Any:
        self._found(rule, path, "" if mark is not None and rule == mark.classification else key)
        return self._compiled.replace(rule, value, lambda: path_text(path), key=key, mark=mark)

    def _read(self, text: str, path: Path | None, state: PathState | None, key: str = "") -> None:
        if self._keys is None or not (labels := rules_in(text)):
            return
        # What stood there is gone, and anything that looks like it shows by which key it was found.
        before = [] if key else self._keys.found(without_markers(text, filler(_LIKE_A_SECRET)))
        for label in labels:
            rule = rule_named(self._compiled, label, state)
            if rule is None:
                self.findings.append(withheld(label, path, is_placed=not self._unplaced))
                continue
            for each in {name: None for by, name in before if by == rule} or (key,):
                self._found(rule, path, each)

    def _found(self, rule: str, path: Path | None, key: str = "") -> None:
        self.findings.append(finding(self._compiled, rule, path, key, is_placed=not self._unplaced))

    def _withheld(self, rule: str, value: Any, path: Path | None) -> Any:
        self._compiled.count(rule)
        self.findings.append(withheld(rule, path, is_placed=not self._unplaced))
        return value if self._compiled.dry_run else marker(rule)


def _are_same(items: Sequence[Any], found: Sequence[Any]) -> bool:
    return all(one is other for one, other in zip(items, found, strict=True))


def _texts(parts: Sequence[Any]) -> list[str]:
    return [DROPPED if each is DROP else str(each) for each in parts]
