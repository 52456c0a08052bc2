"""The one walk over values: masks, renders, cuts, in this order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson
from structlog.exceptions import DropEvent

from structlog_enrich.processors.limits import MAX_NOTES, SHORTEST
from structlog_enrich.processors.paths import path_text
from structlog_enrich.processors.values import SECRET, Unordered, bytes_text, safe_repr, simpler, unreadable
from structlog_enrich.redaction.markers import marker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structlog_enrich.processors.known import KnownNames
    from structlog_enrich.processors.limits import Limits
    from structlog_enrich.processors.paths import Path

__all__ = ["INT_MAX", "INT_MIN", "Walk", "cut"]

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
"""The integers every reader takes: those of a signed 64-bit column."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_NON_FINITE: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_BYTES_PER_CHARACTER: Final = 6
_BYTES_PER_VALUE: Final = 32
_BYTES_PER_ENTRY: Final = 96
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_CONTAINERS: Final = frozenset({dict, list, Unordered})
# Digits are made in time that grows with the square of their number; 4,300 are the most that Python makes by default.
_MAX_BITS: Final = 14_000


def cut(text: str, most: int) -> str:
    """Return *text* within *most* characters, its end replaced by `…[+N]`: N characters are gone.

    >>> cut("x" * 100, 64) == "x" * 57 + "…[+43]"
    True
    """
    if len(text) <= most:
        return text
    kept = most - len(f"…[+{len(text)}]")
    return f"{text[:kept]}…[+{len(text) - kept}]"


class Walk:
    """Walk the values of one event and build what may be written.

    The result is made of new containers throughout, so nothing the caller still holds can change it later.

    Args:
        known: The names that need no look, with the rules that decide on all others.
        limits: Where to cut.

    Attributes:
        redacted: `path:rule` of each value that was masked.
        truncated: `path:rule` of each value that was cut.
        size: No more bytes than this will what was walked need, as JSON.
    """

    __slots__ = ("_active", "_known", "_limits", "_nodes", "_room", "redacted", "size", "truncated")

    def __init__(self, known: KnownNames, limits: Limits) -> None:
        self._known = known
        self._limits = limits
        self._active: set[int] = set()
        # More values than half the bytes of a line can't fit on it: a few shared lists in each other would make
        # billions of values out of nothing.
        self._nodes = limits.max_line // 2
        # So would one long text, cut sixty thousand times: once there is enough to choose from, texts become short.
        self._room = limits.max_line * 16
        self.redacted: list[str] = []
        self.truncated: list[str] = []
        self.size = 0

    def value(self, value: Any, path: Path, depth: int = 1) -> Any:
        """Return what is written for *value*, which stands at *path*."""
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
            return self.text(_digits(value), path) if self._room > 0 else self._cut_away("max_line", path)
        if kind is float:
            # Infinity minus itself is not a number, and not a number is unequal to all.
            return value if value - value == 0.0 else _NON_FINITE[repr(value)]
        if self._nodes <= 0:
            return self._cut_away("max_line", path)
        return self._compound(value, path, depth)

    def text(self, text: str, path: Path, limit: str = "max_string") -> str:
        """Return what is written for a text, cut at the *limit* of that name."""
        most: int = getattr(self._limits, limit)
        if self._room <= 0:
            most, limit = SHORTEST, "max_line"
        if len(text) > most:
            text = cut(text, most)
            self._note(self.truncated, path, limit)
        if not text.isascii() and _SURROGATES.search(text):
            text = _SURROGATES.sub("\ufffd", text)
        self._nodes -= 1
        self._room -= len(text)
        self.size += len(text) * _BYTES_PER_CHARACTER + _BYTES_PER_VALUE
        return text

    def message(self, value: Any, path: Path) -> str:
        """Return the line's message: a text as it is, anything else rendered, as JSON when it has parts."""
        if value is None:
            return ""
        rendered = self.value(value, path)
        if type(rendered) is str:
            return rendered
        return self.text(orjson.dumps(rendered).decode(), path)

    def _compound(self, value: Any, path: Path, depth: int) -> Any:
        identity = id(value)
        if identity in self._active:
            return "[CYCLE]"
        self._active.add(identity)
        try:
            plain = self._simpler(value)
            if plain is SECRET:
                return self._masked("secret", path)
            if type(plain) in _SCALARS:
                return self.value(plain, path, depth)
            if depth > self._limits.max_depth:
                # What was read counts, or many such would cost much and show nothing.
                self._nodes -= len(plain) if type(plain) in _CONTAINERS else 0
                self._note(self.truncated, path, "max_depth")
                return "[DEPTH]"
            if type(plain) is dict:
                return self.mapping(plain, path, depth)
            if type(plain) is list:
                return self._list(plain, path, depth)
            if type(plain) is Unordered:
                return self._set(plain, path, depth)
            return self.value(plain, path, depth + 1)
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

    def mapping(self, mapping: Mapping[Any, Any], path: Path | None, depth: int = 0) -> dict[str, Any]:
        """Return what is written for a dict that no one else holds."""
        written: dict[str, Any] = {}
        known, left, most = self._known.names, self._limits.max_items, self._longest()
        plain = characters = 0
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
                elif not (
                    (kind is int and INT_MIN <= item <= INT_MAX)
                    or kind is bool
                    or item is None
                    or (kind is float and item - item == 0.0)
                ):
                    written[key] = self.value(item, (path, key), depth + 1)
                    continue
                written[key] = item
                plain += 1
                continue
            text = key if type(key) is str else _key_text(key)
            # Judged as it was spelled: neither a cut nor the mark of a collision may hide a secret's name.
            rule = None if self._known.learn((text,)) else self._known.rule_for(text)
            name = self._name(text, written)
            if rule is None or item is None or kind is bool:
                written[name] = self.value(item, (path, name), depth + 1)
            else:
                written[name] = self._masked(rule, (path, name))
        self._count(plain, characters)
        return written

    def _list(self, items: list[Any], path: Path, depth: int) -> list[Any]:
        if len(items) > self._limits.max_items:
            self._cut_away("max_items", path)
            items.pop()
        most = self._longest()
        plain = characters = 0
        for index, item in enumerate(items):
            # As in `mapping`; the list is our own, so what needs nothing stays.
            kind = type(item)
            if kind is str and len(item) <= most and item.isascii():
                characters += len(item)
            elif not (
                (kind is int and INT_MIN <= item <= INT_MAX)
                or kind is bool
                or item is None
                or (kind is float and item - item == 0.0)
            ):
                items[index] = self.value(item, (path, index), depth + 1)
                continue
            plain += 1
        self._count(plain, characters)
        return items

    def _set(self, items: Unordered, path: Path, depth: int) -> list[Any]:
        if len(items) > self._limits.max_items:
            self._cut_away("max_items", path)
            items.pop()
        # An element has no place of its own until all are sorted, so its path is the set's.
        return sorted((self.value(item, path, depth + 1) for item in items), key=_sort_key)

    def _longest(self) -> int:
        return self._limits.max_string if self._room > 0 else SHORTEST

    def _count(self, plain: int, characters: int) -> None:
        # A name that is known has at most 64 characters of one byte each.
        self._nodes -= plain
        self._room -= characters
        self.size += plain * _BYTES_PER_ENTRY + characters * _BYTES_PER_CHARACTER

    def _name(self, key: str, taken: dict[str, Any]) -> str:
        name = cut(key, self._longest())
        self._room -= len(name)
        if not name.isascii() and _SURROGATES.search(name):
            name = _SURROGATES.sub("\ufffd", name)
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
        self.size += len(stands) * _BYTES_PER_CHARACTER
        return stands

    def _cut_away(self, rule: str, path: Path | None) -> str:
        self._note(self.truncated, path, rule)
        return "…"

    def _note(self, notes: list[str], path: Path | None, rule: str) -> None:
        # One more than may be written shows that there were more.
        if len(notes) <= MAX_NOTES:
            note = f"{path_text(path)}:{rule}"
            self.size += len(note) * _BYTES_PER_CHARACTER + _BYTES_PER_VALUE
            notes.append(note)


def _digits(number: int) -> str:
    try:
        if number.bit_length() <= _MAX_BITS:
            return str(number)
    except ValueError:
        pass  # The interpreter was told to make fewer digits.
    return hex(number)


def _key_text(key: Any) -> str:
    try:
        bases = type(key).__mro__
        if str in bases:
            return str.__str__(key)
        if bytes in bases:
            return bytes_text(key)
        return str.__str__(str(key))
    except (Exception, DropEvent):  # noqa: BLE001 (a stranger's __str__)
        return safe_repr(key)


def _sort_key(item: Any) -> tuple[bool, float, str]:
    if isinstance(item, int | float):
        return False, item, ""
    return True, 0.0, item if isinstance(item, str) else repr(item)
