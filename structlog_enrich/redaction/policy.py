"""The redaction policy: a value, built once, compiled at construction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.redaction.keys import DEFAULT_KEYS, spellings

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DEFAULT_POLICY", "RedactionPolicy"]

_CACHE_SIZE: Final = 4_096
_LONGEST_KEY: Final = 256


class RedactionPolicy:
    """Decide by its key whether a value is a secret.

    Args:
        keys: Names whose values are masked, compared without regard to case, humps and the separators `_`, `-`, `.`
            and blank. It replaces the default: `RedactionPolicy(keys=DEFAULT_POLICY.keys | {"iban"})` adds to it.

    Raises:
        TypeError: *keys* isn't several names; one text is none of several.
        ValueError: A name that isn't text of at most 256 characters, has nothing but separators, or holds a colon or
            what can't be printed.

    >>> policy = RedactionPolicy(keys={"iban"})
    >>> policy.rule_for("IBAN"), policy.rule_for("bank")
    ('iban', None)
    """

    __slots__ = ("_cache", "_rules", "keys")

    keys: frozenset[str]

    def __init__(self, *, keys: Iterable[str] = DEFAULT_KEYS) -> None:
        if isinstance(keys, str | bytes):
            msg = f"keys must be several names, not the one text {keys!r:.80}. Write keys={{{keys!r:.80}}}"
            raise TypeError(msg)
        try:
            self.keys = frozenset(keys)
        except TypeError:
            msg = f"keys must be several names, not {keys!r:.80}"
            raise TypeError(msg) from None
        for key in self.keys:
            # In `redacted` the rule follows the last colon of `path:rule`, so the rule itself has none.
            if not isinstance(key, str) or not spellings(key[:_LONGEST_KEY])[0] or ":" in key or not key.isprintable():
                msg = f"keys must hold printable names without a colon, not {key!r:.80}"
                raise ValueError(msg)
            if len(key) > _LONGEST_KEY:
                msg = f"keys must hold names of at most {_LONGEST_KEY} characters, not one of {len(key)}"
                raise ValueError(msg)
        self._rules: Final = {each: key for key in sorted(self.keys) for each in spellings(key)}
        self._cache: dict[str, str | None] = {}

    def __repr__(self) -> str:
        kind = type(self)
        if kind is RedactionPolicy and self.keys == DEFAULT_KEYS:
            return "DEFAULT_POLICY"
        return f"{kind.__name__}(keys={sorted(self.keys)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RedactionPolicy):
            return NotImplemented
        # A subclass may decide otherwise by the same names.
        return type(self) is type(other) and self.keys == other.keys

    def __hash__(self) -> int:
        return hash(self.keys)

    def __reduce__(self) -> tuple[object, ...]:
        # The cache stays here: its keys are data.
        return _rebuild, (type(self), self.keys), getattr(self, "__dict__", None)

    def rule_for(self, key: str) -> str | None:
        """Return the id of the rule that masks what stands under *key*, or None when nothing does."""
        try:
            return self._cache[key]
        except KeyError:
            pass
        found = (self._rules.get(each) for each in spellings(key[:_LONGEST_KEY]))
        rule = next(filter(None, found), None)
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        if len(key) <= _LONGEST_KEY:
            self._cache[key] = rule
        return rule

    def describe(self) -> str:
        """Return a text that two policies share exactly when they mask alike, by the same rule ids."""
        return repr(sorted(self._rules.items()))


def mask(rule: str) -> str:
    """Return what stands in place of a value that *rule* masked.

    >>> mask("password")
    '[REDACTED:password]'
    """
    return f"[REDACTED:{rule}]"


def _rebuild(kind: type[RedactionPolicy], keys: frozenset[str]) -> RedactionPolicy:
    policy = kind.__new__(kind)
    RedactionPolicy.__init__(policy, keys=keys)
    return policy


DEFAULT_POLICY: Final = RedactionPolicy()
"""What is masked unless a service says otherwise."""
