"""What a policy says of values by their class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.redaction.class_cache import ClassCache
from structlog_enrich.redaction.fields import NO_FIELDS, fields_of, is_like
from structlog_enrich.redaction.kinds import bases_of, is_secret_type
from structlog_enrich.redaction.sensitive import CLASSIFICATIONS
from structlog_enrich.redaction.strategies import MASK, Drop, Partial

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structlog_enrich.redaction.fields import Fields
    from structlog_enrich.redaction.strategies import Strategy

__all__ = ["ClassRules"]

_BY_NAME: Final[dict[str, Strategy]] = {"drop": Drop(), "partial": Partial()}


class ClassRules:
    """Decide by a class.

    Args:
        types: Classifications, dotted names of classes, and `TypedDict`s.

    >>> rules = ClassRules({"secret", "decimal.Decimal"})
    >>> from decimal import Decimal
    >>> rules.rule_of(Decimal), rules.rule_of(float)
    ('decimal.Decimal', None)
    """

    __slots__ = ("_dicts", "_known", "_names", "classifications", "has_dicts")

    def __init__(self, types: Iterable[str | type]) -> None:
        named = {each for each in types if isinstance(each, str)}
        self.classifications: Final = frozenset(named.intersection(CLASSIFICATIONS))
        self._names: Final = frozenset(named.difference(CLASSIFICATIONS))
        self._known: Final[ClassCache[str | None]] = ClassCache(self._rule, None)
        dicts = (each for each in types if isinstance(each, type))
        self._dicts: Final = sorted(dicts, key=lambda each: each.__qualname__)
        self.has_dicts: Final = bool(self._dicts)

    def rule_of(self, kind: type) -> str | None:
        """Return the id of the rule that masks every value of a class, or None; never raises."""
        return self._known.of(kind)

    def of_dict(self, value: dict[Any, Any]) -> Fields:
        """Return what the first of the `TypedDict`s says whose keys these are."""
        return next((fields_of(kind) for kind in self._dicts if is_like(value, kind)), NO_FIELDS)

    @staticmethod
    def named(strategy: str) -> Strategy:
        """Return the strategy that a field asks for by a name that the policy has no settings for: at worst a mask."""
        return _BY_NAME.get(strategy, MASK)

    def _rule(self, kind: type) -> str | None:
        if "secret" in self.classifications and is_secret_type(kind):
            return "secret"
        if self._names:
            return next((name for name in map(_name, bases_of(kind)) if name in self._names), None)
        return None


def _name(kind: type) -> str:
    return f"{type.__dict__['__module__'].__get__(kind)}.{type.__dict__['__qualname__'].__get__(kind)}"
