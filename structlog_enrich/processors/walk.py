"""The one walk over values: masks, renders, cuts, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.processors.limits import MAX_NOTES, SHORTEST
from structlog_enrich.processors.paths import path_text
from structlog_enrich.processors.plain import INT_MAX, INT_MIN
from structlog_enrich.processors.texts import cut, digits, encodable, key_text, sort_key
from structlog_enrich.processors.values import BASE64, SECRET, Unordered, simpler, unreadable
from structlog_enrich.redaction.markers import DROP, marker
from structlog_enrich.redaction.pairs import VALUES, name_beside, named_items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structlog_enrich.processors.known import KnownNames
    from structlog_enrich.processors.limits import Limits
    from structlog_enrich.processors.paths import Path
    from structlog_enrich.redaction.compiled import Compiled
    from structlog_enrich.redaction.fields import Fields
    from structlog_enrich.redaction.matcher import PathState
    from structlog_enrich.redaction.sensitive import Sensitive

__all__ = ["Walk"]

_NON_FINITE: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_BYTES_PER_CHARACTER: Final = 6
_BYTES_PER_VALUE: Final = 32
_BYTES_PER_ENTRY: Final = 96
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_CONTAINERS: Final = frozenset({dict, list, Unordered})
_NO_NAMES: Final[frozenset[str]] = frozenset()
# Behind the place where a text is cut so much is looked at as well: a secret may end there.
_WINDOW: Final = 4_096
_DROPPED: Final = "dropped"


class Walk:
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
        texts: What has yet to be scanned.
        written: Texts that a strategy made, which no scan may change.
        redacted: `path:rule` of each value that was masked.
        truncated: `path:rule` of each value that was cut.
        size: No more bytes than this will what was walked need, as JSON.
        failed: What went wrong at a value, which was masked for it; None when nothing did.
    """

    __slots__ = (
        "_active",
        "_compiled",
        "_known",
        "_limits",
        "_nodes",
        "_room",
        "_scans",
        "failed",
        "redacted",
        "size",
        "texts",
        "truncated",
        "written",
    )

    def __init__(self, compiled: Compiled, known: KnownNames, limits: Limits, *, scans: bool = True) -> None:
        self._compiled = compiled
        self._known = known
        self._limits = limits
        self._scans = scans
        self._active: set[int] = set()
        # More values than half the bytes of a line can't fit on it: a few shared lists in each other would make
        # billions of values out of nothing.
        self._nodes = limits.max_line // 2
        # So would one long text, cut sixty thousand times: once there is enough to choose from, texts become short.
        self._room = limits.max_line * 16
        self.texts: list[str] = []
        self.written: set[str] = set()
        self.redacted: list[str] = []
        self.truncated: list[str] = []
        self.size = 0
        self.failed: BaseException | None = None

    def value(
        self,
        value: Any,
        path: Path,
        depth: int = 1,
        state: PathState | None = None,
        kind_within: type | None = None,
        key: str = "",
    ) -> Any:
        """Return what is written for *value*, which stands at *path* and is no secret as a whole.

        Args:
            value: Anything.
            path: Where it stands.
            depth: How many containers it stands in.
            state: Where that is in the policy's paths; None when none leads there.
            kind_within: The `TypedDict` that an annotation says the dicts in it are.
            key: What says what the elements of a list are, where it said nothing of the list.
        """
        kind = type(value)
        if kind is str:
            return self.text(value, path)
        self.size += _BYTES_PER_VALUE
        self._nodes -= 1
        if value is None or kind is bool:
            return value
        if kind is int:
            if INT_MIN <= value <= INT_MAX:
                return value
            # Digits cost time before they cost room.
            return self.text(digits(value), path) if self._room > 0 else self._cut_away("max_line", path)
        if kind is float:
            # Infinity minus itself is not a number, and not a number is unequal to all.
            return value if value - value == 0.0 else _NON_FINITE[repr(value)]
        if self._nodes <= 0:
            return self._cut_away("max_line", path)
        return self._compound(value, path, depth, state, kind_within, key)

    def item(
        self,
        item: Any,
        path: Path,
        depth: int = 1,
        state: PathState | None = None,
        key: str = "",
        mark: Sensitive | None = None,
        kind_within: type | None = None,
    ) -> Any:
        """Return what is written for an entry of a container, replaced if it is a secret; `DROP` for nothing.

        Args:
            item: The entry.
            path: Where it stands.
            depth: How many containers it stands in.
            state: Where that is in the policy's paths.
            key: What says what it is.
            mark: What its field is marked with.
            kind_within: As for `value`.
        """
        compiled = self._compiled
        try:
            if compiled.keeps(state):
                return self._kept(item, path, depth)
            rule = None if mark is None else compiled.judge_mark(mark)
            if rule is None:
                rule = compiled.judge(key, item, state)
            if rule is None:
                return self.value(item, path, depth, state, kind_within, key if key and compiled.rule_for(key) else "")
            label = compiled.label(rule)
            found = compiled.replace(rule, item, lambda: path_text(path), key=key, mark=mark)
            if found == marker(label):
                return self._masked(label, path)
            self._note(self.redacted, path, label)
            if found is DROP:
                return found
            if found is item or type(found) is not str:
                return self.value(found, path, depth, state, kind_within)
            found = self._fitted(found, path, "max_string")
            self.written.add(found)
            return found  # noqa: TRY300 (one way out of many)
        except (Exception, DropEvent) as error:  # noqa: BLE001 (fails closed: what couldn't be judged isn't written)
            self.failed = error
            self._compiled.count("error")
            return self._masked("error", path)

    def text(self, text: str, path: Path, limit: str = "max_string") -> str:
        """Return what is written for a text unless a secret is found in it, cut at the *limit* of that name."""
        most = SHORTEST if self._room <= 0 else getattr(self._limits, limit)
        if len(text) > most and self._scans:
            # Looked at before it is cut: half a token is none to whoever looks later.
            head = text[: most + _WINDOW]
            found, rules = self._compiled.scan(head, lambda: path_text(path))
            for rule in rules:
                self._note(self.redacted, path, self._compiled.label(rule))
            text = self._fitted(found, path, limit, gone=len(text) - len(head))
            self.written.add(text)
            return text
        text = self._fitted(text, path, limit)
        self.texts.append(text)
        return text

    def rescanned(self, text: str, path: Path, limit: str = "max_string") -> str:
        """Return *text*, which was collected, without the secrets in it."""
        if text in self.written:
            return text
        found, rules = self._compiled.scan(text, lambda: path_text(path))
        if not rules:
            return text
        for rule in rules:
            self._note(self.redacted, path, self._compiled.label(rule))
        return self._fitted(found, path, limit)

    def shown(self, text: str, path: Path) -> str:
        """Return a text made of what was walked: it is cut and not looked into again."""
        return self._fitted(text, path, "max_string")

    def mapping(
        self,
        mapping: Mapping[Any, Any],
        path: Path | None,
        depth: int = 0,
        state: PathState | None = None,
        fields: Fields | None = None,
    ) -> dict[str, Any]:
        """Return what is written for a dict that no one else holds."""
        written: dict[str, Any] = {}
        most = self._longest()
        known: set[str] | frozenset[str] = self._known.names
        # Where a path leads, a field is marked or an entry may be named by another, names alone don't tell.
        if state is not None or fields is not None or not VALUES.isdisjoint(mapping):
            known = _NO_NAMES
        left = self._limits.max_items
        plain = characters = 0
        collect = self.texts.append
        for key, item in mapping.items():
            if not left:
                self._cut_away("max_items", path)
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
            # Judged as it was spelled: neither a cut nor the mark of a collision may hide a secret's name.
            self._known.learn((text,))
            name = self._name(text, written, path)
            found = self.item(
                item,
                (path, name),
                depth + 1,
                None if state is None else state.step(text),
                name_beside(mapping, text) or text,
                None if fields is None else fields.marks.get(text),
                None if fields is None else fields.within.get(text),
            )
            if found is not DROP:
                written[name] = found
        self._count(plain, characters)
        return written

    def _compound(
        self, value: Any, path: Path, depth: int, state: PathState | None, kind_within: type | None, key: str
    ) -> Any:
        identity = id(value)
        if identity in self._active:
            return "[CYCLE]"
        self._active.add(identity)
        try:
            plain = self._simpler(value)
            if plain is SECRET:
                return self._masked("secret", path)
            if type(plain) in _SCALARS:
                if type(plain) is str and plain.startswith(BASE64) and (rule := self._rule_within(value)):
                    return self._masked(rule, path)
                return self.value(plain, path, depth)
            if depth > self._limits.max_depth:
                # What was read counts, or many such would cost much and show nothing.
                self._nodes -= len(plain) if type(plain) in _CONTAINERS else 0
                self._note(self.truncated, path, "max_depth")
                return "[DEPTH]"
            if type(plain) is dict:
                return self.mapping(plain, path, depth, state, self._compiled.fields(value, kind_within))
            if type(plain) is list:
                return self._list(plain, path, depth, state, kind_within, key)
            if type(plain) is Unordered:
                return self._set(plain, path, depth)
            return self.item(plain, path, depth + 1, state)
        finally:
            self._active.discard(identity)

    def _simpler(self, value: Any) -> Any:
        kind, most = type(value), self._limits.max_items
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
        if not self._scans or not issubclass(type(value), bytes | bytearray | memoryview):
            return None
        rules = self._compiled.scan(bytes(value).decode("latin-1"))[1]
        return rules[0] if rules else None

    def _kept(self, item: Any, path: Path, depth: int) -> Any:
        """Return what is written for what the policy allows with all that is in it."""
        compiled, texts, scans = self._compiled, self.texts, self._scans
        self._compiled, self.texts, self._scans = compiled.nothing, [], False
        try:
            return self.value(item, path, depth)
        finally:
            self._compiled, self.texts, self._scans = compiled, texts, scans

    def _list(
        self, items: list[Any], path: Path, depth: int, state: PathState | None, kind_within: type | None, key: str
    ) -> list[Any]:
        if len(items) > self._limits.max_items:
            self._cut_away("max_items", path)
            items.pop()
        names = named_items(items)
        most = self._longest()
        plain = characters = 0
        collect = self.texts.append
        for index, item in enumerate(items):
            # As in `mapping`; the list is our own, so what needs nothing stays.
            kind = type(item)
            if index in names or key or state is not None:
                below = None if state is None else state.step(index)
                found = self.item(item, (path, index), depth + 1, below, names.get(index, key), None, kind_within)
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
                found = self.item(item, (path, index), depth + 1, None, "", None, kind_within)
                items[index] = marker(_DROPPED) if found is DROP else found
                continue
            plain += 1
        self._count(plain, characters)
        return items

    def _set(self, items: Unordered, path: Path, depth: int) -> list[Any]:
        if len(items) > self._limits.max_items:
            self._cut_away("max_items", path)
            items.pop()
        # An element has no place of its own until all are sorted, so its path is the set's.
        found = (self.item(item, path, depth + 1) for item in items)
        return sorted((each for each in found if each is not DROP), key=sort_key)

    def _longest(self) -> int:
        return self._limits.max_string if self._room > 0 else SHORTEST

    def _count(self, plain: int, characters: int) -> None:
        # A name that is known has at most 64 characters of one byte each.
        self._nodes -= plain
        self._room -= characters
        self.size += plain * _BYTES_PER_ENTRY + characters * _BYTES_PER_CHARACTER

    def _fitted(self, text: str, path: Path, limit: str, gone: int = 0) -> str:
        most: int = getattr(self._limits, limit)
        if self._room <= 0:
            most, limit = SHORTEST, "max_line"
        if len(text) > most or gone:
            text = cut(text, most, gone)
            self._note(self.truncated, path, limit)
        text = encodable(text)
        self._nodes -= 1
        self._room -= len(text)
        self.size += len(text) * _BYTES_PER_CHARACTER + _BYTES_PER_VALUE
        return text

    def _name(self, key: str, taken: dict[str, Any], path: Path | None) -> str:
        name = key
        if self._scans and key not in self._known.names:
            name, rules = self._compiled.scan(key[: self._longest() + _WINDOW])
            for rule in rules:
                self._note(self.redacted, (path, name), self._compiled.label(rule))
            name += key[self._longest() + _WINDOW :] if not rules else ""
        name = encodable(cut(name, self._longest()))
        self._room -= len(name)
        self.size += len(name) * _BYTES_PER_CHARACTER
        if name not in taken:
            return name
        number = 2
        while f"{name}#{number}" in taken:
            number += 1
        return f"{name}#{number}"

    def _masked(self, rule: str, path: Path) -> str:
        self._note(self.redacted, path, rule)
        stands = marker(rule)
        self.written.add(stands)
        self.size += len(stands) * _BYTES_PER_CHARACTER
        return stands

    def _cut_away(self, rule: str, path: Path | None) -> str:
        self._note(self.truncated, path, rule)
        return "…"

    def _note(self, notes: list[str], path: Path | None, rule: str) -> None:
        # One more than may be written shows that there were more.
        if len(notes) <= MAX_NOTES:
            note = f"{path_text(path)}:{rule}"
            if note not in notes:
                self.size += len(note) * _BYTES_PER_CHARACTER + _BYTES_PER_VALUE
                notes.append(note)
