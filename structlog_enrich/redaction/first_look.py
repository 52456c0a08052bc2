"""Whether a value needs nothing: told at one look, as most are clean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.redaction.known import KnownNames, Spoken
from structlog_enrich.redaction.pairs import NAMES, VALUES

if TYPE_CHECKING:
    from structlog_enrich.redaction.compiled import Compiled

__all__ = ["FirstLook"]

_MOST_VALUES: Final = 1_024
_MOST_CHARACTERS: Final = 32_768
_PAIR: Final = 2


class FirstLook:
    """Tell the values that are sure to be clean: dicts and lists of known names, texts without a secret and numbers.

    Whatever is in doubt is left to the walk.

    Args:
        compiled: What is a secret.

    >>> from structlog_enrich.redaction.policy import DEFAULT_POLICY
    >>> look = FirstLook(DEFAULT_POLICY.compiled)
    >>> look.is_clean({"order": {"id": "o-1", "lines": [1, 2]}}), look.is_clean({"token": "a1b2c3"})
    (True, False)
    """

    __slots__ = ("_gate", "_is_clean", "_looks", "_names", "_rule_for")

    def __init__(self, compiled: Compiled) -> None:
        # Where a path leads, or a dict may have marked fields, names alone don't tell.
        self._looks = compiled.start is None and not compiled.has_dict_types
        self._gate = compiled.gate
        self._is_clean = compiled.clean
        self._names = KnownNames(Spoken(compiled, None))
        self._rule_for = compiled.rule_for

    def is_clean(self, value: Any) -> bool:
        """Tell whether nothing in *value* is a secret, for sure. Never raises."""
        try:
            return self._tells(value)
        except (Exception, DropEvent):  # noqa: BLE001 (a key's own code, or a policy's: the walk takes care of it)
            return False

    def _tells(self, value: Any) -> bool:
        kind = type(value)
        if not self._looks or (kind is not dict and kind is not list):
            return False
        texts: list[str] = []
        add = texts.append
        todo = [value]
        left = _MOST_VALUES
        for part in todo:
            left -= len(part)
            if left < 0 or len(todo) > _MOST_VALUES or not self._is_plain(part):
                return False
            for each in part.values() if type(part) is dict else part:
                kind = type(each)
                if kind is str:
                    add(each)
                elif kind is dict or kind is list or kind is tuple:
                    todo.append(each)
                elif kind is not int and kind is not float and kind is not bool and each is not None:
                    return False
        # One look for all: a secret doesn't begin in one value and end in another.
        text = "\n".join(texts)
        if len(text) > _MOST_CHARACTERS:
            return False
        return not self._gate.match(text.encode("utf-8", "surrogatepass")) or all(map(self._is_clean, texts))

    def _is_plain(self, part: Any) -> bool:
        known = self._names
        if type(part) is dict:
            if not (known.names.issuperset(part) or known.learn(part)):
                return False
            # Of `{"name": …, "value": …}` the one says what the other is.
            return not known.has_values or VALUES.isdisjoint(part) or NAMES.isdisjoint(part)
        if len(part) == _PAIR and type(part[0]) is str and self._rule_for(part[0]) is not None:
            return False
        # What follows `--password` in a list is one.
        return not any(type(each) is str and each[:1] == "-" for each in part)
