"""The one walk over values: masks, renders, cuts, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.processors.plain import INT_MAX, INT_MIN
from structlog_enrich.processors.texts import digits, key_text, sort_key
from structlog_enrich.processors.values import BASE64, SECRET, Unordered, simpler, unreadable
from structlog_enrich.processors.writing import BYTES_PER_VALUE, Writing
from structlog_enrich.redaction.markers import DROP, marker
from structlog_enrich.redaction.pairs import VALUES, name_beside, named_items
from structlog_enrich.redaction.paths import path_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structlog_enrich.processors.limits import Limits
    from structlog_enrich.redaction.compiled import Compiled
    from structlog_enrich.redaction.fields import Fields
    from structlog_enrich.redaction.known import KnownNames
    from structlog_enrich.redaction.matcher import PathState
    from structlog_enrich.redaction.paths import Path
    from structlog_enrich.redaction.sensitive import Sensitive

__all__ = ["Walk"]

_NON_FINITE: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_CONTAINERS: Final = frozenset({dict, list, Unordered})
_NO_NAMES: Final[frozenset[str]] = frozenset()
_DROPPED: Final = "dropped"


class Walk(Writing):
    """Walk the values of one event and build what may be written.

    What its key, its place or its type makes a secret is replaced. Texts are only collected: whether one of them holds
    a secret is asked once for all. The result is made of new containers throughout, so nothing the caller still holds
    can change it later.

    Args:
        compiled: What is a secret.
        known: The names that need no look.
        limits: Where to cut.
        scans: Whether texts are looked into.

    Attributes:
        failed: What went wrong at a value, which was masked for it; None when nothing did.
    """

    __slots__ = ("_active", "_known", "failed")

    def __init__(self, compiled: Compiled, known: KnownNames, limits: Limits, *, scans: bool = True) -> None:
        super().__init__(compiled, limits, scans=scans)
        self._known = known
        self._active: set[int] = set()
        self.failed: BaseException | None = None

    def value(
        self,
        value: Any,
        path: Path,
        depth: int = 1,
        state: PathState | None = None,
        kinds: tuple[type, ...] = (),
        key: str = "",
    ) -> Any:
        """Return what is written for *value*, which stands at *path* and is no secret as a whole.

        Args:
            value: Anything.
            path: Where it stands.
            depth: How many containers it stands in.
            state: Where that is in the policy's paths; None when none leads there.
            kinds: The `TypedDict`s that an annotation names for the dicts in it.
            key: What says what the elements of a list are, where it said nothing of the list.
        """
        kind = type(value)
        if kind is str:
            return self.text(value, path)
        self.size += BYTES_PER_VALUE
        self.nodes -= 1
        if value is None or kind is bool:
            return value
        if kind is int:
            if INT_MIN <= value <= INT_MAX:
                return value
            # Digits cost time before they cost room.
            return self.text(digits(value), path) if self.room > 0 else self.cut_away("max_line", path)
        if kind is float:
            # Infinity minus itself is not a number, and not a number is unequal to all.
            return value if value - value == 0.0 else _NON_FINITE[repr(value)]
        if self.nodes <= 0:
            return self.cut_away("max_line", path)
        return self._compound(value, path, depth, state, kinds, key)

    def item(
        self,
        item: Any,
        path: Path,
        depth: int = 1,
        state: PathState | None = None,
        key: str = "",
        mark: Sensitive | None = None,
        kinds: tuple[type, ...] = (),
    ) -> Any:
        """Return what is written for an entry of a container, replaced if it is a secret; `DROP` for nothing.

        Args:
            item: The entry.
            path: Where it stands.
            depth: How many containers it stands in.
            state: Where that is in the policy's paths.
            key: What says what it is.
            mark: What its field is marked with.
            kinds: As for `value`.
        """
        compiled = self.compiled
        try:
            if compiled.keeps(state):
                return self._kept(item, path, depth)
            rule = compiled.judge(key, item, state, mark)
            if rule is None:
                return self.value(item, path, depth, state, kinds, key if key and compiled.rule_for(key) else "")
            label = compiled.label(rule)
            found = compiled.replace(rule, item, lambda: path_text(path), key=key, mark=mark)
            if found == marker(label):
                return self.masked(label, path)
            self.note(self.redacted, path, label)
            if found is DROP:
                return found
            if found is item and compiled.dry_run:
                # It would be gone as a whole, so nothing in it is found besides.
                self.settled.add(path)
                return self._kept(item, path, depth)
            if found is item or type(found) is not str:
                # What a strategy made is written without another look; what it left as it was isn't its own.
                return self.value(found, path, depth, state, kinds) if found is item else self._kept(found, path, depth)
            found = self.fitted(found, path, "max_string")
            self.written.add(found)
            return found  # noqa: TRY300 (one way out of many)
        except (Exception, DropEvent) as error:  # noqa: BLE001 (fails closed: what couldn't be judged isn't written)
            self.failed = error
            self.compiled.count("error")
            return self.masked("error", path)

    def mapping(
        self,
        mapping: Mapping[Any, Any],
        path: Path | None,
        depth: int = 0,
        state: PathState | None = None,
        fields: Fields | None = None,
        kinds: tuple[type, ...] = (),
    ) -> dict[str, Any]:
        """Return what is written for a dict that no one else holds.

        Args:
            mapping: The dict.
            path: Where it stands; None for the line itself.
            depth: How many containers it stands in.
            state: Where that is in the policy's paths.
            fields: Which of its fields are marked; None when none is.
            kinds: As for `value`, for dicts in it.
        """
        written: dict[str, Any] = {}
        most = self.longest()
        known: set[str] | frozenset[str] = self._known.names
        # Where a path leads, a field is marked or an entry may be named by another, names alone don't tell.
        if state is not None or fields is not None or kinds or not VALUES.isdisjoint(mapping):
            known = _NO_NAMES
        left = self.limits.max_items
        plain = characters = 0
        collect = self.texts.append
        for key, item in mapping.items():
            if not left:
                self.cut_away("max_items", path)
                break
            left -= 1
            kind = type(item)
            if type(key) is str and key in known and key not in written:
                # The names and values that most events are made of need nothing, and are told without a call.
                if kind is str and len(item) <= most and item.isascii():
                    characters += len(item)
                    collect(item)
                elif not (
                    (kind is int and INT_MIN <= item <= INT_MAX)
                    or kind is bool
                    or item is None
                    or (kind is float and item - item == 0.0)
                ):
                    found = self.item(item, (path, key), depth + 1)
                    if found is not DROP:
                        written[key] = found
                    continue
                written[key] = item
                plain += 1
                continue
            text = key if type(key) is str else key_text(key)
            # As base64 bytes hide their words.
            hidden = text.startswith(BASE64) and issubclass(type(key), bytes)
            spelled = bytes.decode(key, "latin-1") if hidden else text
            # Judged as it was spelled: neither a cut nor the mark of a collision may hide a secret's name.
            is_known = self._known.learn((text,))
            name = self.name(text, written, path, is_known=is_known)
            found = self.item(
                item,
                (path, name),
                depth + 1,
                None if state is None else state.step(text),
                name_beside(mapping, text) or spelled,
                None if fields is None else fields.marks.get(text),
                kinds if fields is None else fields.within.get(text, ()),
            )
            if found is not DROP:
                written[name] = found
        self.count(plain, characters)
        return written

    def _compound(
        self, value: Any, path: Path, depth: int, state: PathState | None, kinds: tuple[type, ...], key: str
    ) -> Any:
        identity = id(value)
        if identity in self._active:
            return "[CYCLE]"
        self._active.add(identity)
        try:
            plain = self._simpler(value)
            if plain is SECRET:
                return self.masked("secret", path)
            if type(plain) in _SCALARS:
                if type(plain) is str and plain.startswith(BASE64) and (rule := self._rule_within(value)):
                    if not self.compiled.dry_run:
                        return self.masked(rule, path)
                    self.note(self.redacted, path, rule)
                return self.item(plain, path, depth, None, key)
            if depth > self.limits.max_depth:
                # What was read counts, or many such would cost much and show nothing.
                self.nodes -= len(plain) if type(plain) in _CONTAINERS else 0
                self.note(self.truncated, path, "max_depth")
                return "[DEPTH]"
            if type(plain) is dict:
                fields = self.compiled.fields(value, kinds)
                return self.mapping(plain, path, depth, state, fields, kinds)
            if type(plain) is list:
                return self._list(plain, path, depth, state, kinds, key)
            if type(plain) is Unordered:
                return self._set(plain, path, depth, key)
            return self.item(plain, path, depth + 1, state, key)
        finally:
            self._active.discard(identity)

    def _simpler(self, value: Any) -> Any:
        kind, most = type(value), self.limits.max_items
        if kind is dict and len(value) <= most:
            return value.copy()
        if kind is list or kind is tuple:
            return list(value[: most + 1])
        try:
            return simpler(value, most)
        except (Exception, DropEvent):  # noqa: BLE001 (the value's own code; what can't be examined isn't written)
            return unreadable(value)

    def _rule_within(self, value: Any) -> str | None:
        # Bytes that are no text are written as base64, which hides what is in them from every later look.
        if not self.scans or not issubclass(type(value), bytes | bytearray | memoryview):
            return None
        rules = self.compiled.scan(bytes(value).decode("latin-1"))[1]
        return rules[0] if rules else None

    def _kept(self, item: Any, path: Path, depth: int) -> Any:
        """Return what is written for what the policy allows with all that is in it."""
        compiled, texts, scans = self.compiled, self.texts, self.scans
        self.compiled, self.texts, self.scans = compiled.nothing, [], False
        try:
            return self.value(item, path, depth)
        finally:
            self.compiled, self.texts, self.scans = compiled, texts, scans

    def _list(
        self, items: list[Any], path: Path, depth: int, state: PathState | None, kinds: tuple[type, ...], key: str
    ) -> list[Any]:
        if len(items) > self.limits.max_items:
            self.cut_away("max_items", path)
            items.pop()
        names = named_items(items, self.compiled.rule_for)
        most = self.longest()
        plain = characters = 0
        collect = self.texts.append
        for index, item in enumerate(items):
            # As in `mapping`; the list is our own, so what needs nothing stays.
            kind = type(item)
            if index in names or key or state is not None:
                below = None if state is None else state.step(index)
                found = self.item(item, (path, index), depth + 1, below, names.get(index, key), None, kinds)
                # A gap would give what follows another place.
                items[index] = marker(_DROPPED) if found is DROP else found
                continue
            if kind is str and len(item) <= most and item.isascii():
                characters += len(item)
                collect(item)
            elif not (
                (kind is int and INT_MIN <= item <= INT_MAX)
                or kind is bool
                or item is None
                or (kind is float and item - item == 0.0)
            ):
                found = self.item(item, (path, index), depth + 1, None, "", None, kinds)
                items[index] = marker(_DROPPED) if found is DROP else found
                continue
            plain += 1
        self.count(plain, characters)
        return items

    def _set(self, items: Unordered, path: Path, depth: int, key: str) -> list[Any]:
        if len(items) > self.limits.max_items:
            self.cut_away("max_items", path)
            items.pop()
        # An element has no place of its own until all are sorted, so its path is the set's.
        found = (self.item(item, path, depth + 1, None, key) for item in items)
        return sorted((each for each in found if each is not DROP), key=sort_key)
