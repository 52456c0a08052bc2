"""Which patterns are safe to run on whatever is logged: those whose time can't run away.

Python's `re` tries one way after another, and a text can be made for which there are more ways than time. So a pattern
is taken only when few ways are possible: where a repeat could go on or end at the same character, the ways multiply,
and to no more than `MOST_WAYS`, fewer where it is tried at each character. RE2 would need none of this; a policy means
the same with and without it.
"""

from __future__ import annotations

import re
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.dialects import difference

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MOST_WAYS", "check_pattern"]

MOST_WAYS: Final = 1_024
"""In how many ways a pattern may match one text from one place, counted so that there are never more."""
_MOST_STEPS: Final = 2_048
_MOST_REPEATS: Final = 1_000
# The scanner matches behind a literal within so many characters, so a repeat without end has this one.
_WINDOW: Final = 512
_MOST_TURNS: Final = 10
_LONGEST: Final = 2_000
_ALL: Final = frozenset(range(256))
_CATEGORIES: Final = {
    op.CATEGORY_DIGIT: frozenset(b"0123456789"),
    op.CATEGORY_SPACE: frozenset(b" \t\n\r\f\v"),
    op.CATEGORY_WORD: frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
}
_OPPOSITES: Final = {
    op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
    op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
    op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
}
_REFUSED: Final = {
    op.ASSERT: "look-around",
    op.ASSERT_NOT: "look-around",
    op.GROUPREF: "a reference to a group",
    op.GROUPREF_EXISTS: "a condition",
    op.ATOMIC_GROUP: "an atomic group",
    op.POSSESSIVE_REPEAT: "a possessive repeat",
}
Bytes = frozenset[int]


def check_pattern(pattern: str, parameter: str = "pattern", *, anchored: bool = False) -> None:
    """Refuse a pattern that isn't in the syntax `re` and RE2 share, or that may take more than linear time.

    Args:
        pattern: At most 2,000 ASCII characters.
        parameter: What the error calls it.
        anchored: Whether it is tried behind literals only: then a repeat needs no end.

    Raises:
        ConfigurationError: It isn't a pattern, or not a safe one; the offending part and its place are named.

    >>> check_pattern(r"VCH-[A-Z0-9]{12}")
    >>> check_pattern(r"(a+)+b")
    Traceback (most recent call last):
      ...
    structlog_enrich.exceptions.ConfigurationError: pattern must have an end to each repeat, not '(a+)+b'. Write \
`{1,64}` for `+`, with at most 1000, or give the literals it begins with
    """
    shown = f"{pattern!r:.120}"
    if not isinstance(pattern, str) or not pattern.isascii() or not 0 < len(pattern) <= _LONGEST:
        raise ConfigurationError(parameter, f"must be 1 to {_LONGEST} characters of ASCII", received=shown)
    if (part := difference(pattern)) is not None:
        raise ConfigurationError(
            parameter,
            f"must do without {part}, which RE2 doesn't know or reads otherwise",
            received=shown,
            remedy="Write it in the syntax both share: https://github.com/google/re2/wiki/Syntax",
        )
    try:
        # In bytes, as it will run.
        re.compile(pattern.encode("ascii"))
        parsed = _parser.parse(pattern.encode("ascii"))
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigurationError(parameter, "must be a regular expression", received=f"{shown}: {error}") from None
    _refuse(parsed, parameter, shown, anchored=anchored)
    if _first(list(parsed))[1]:
        raise ConfigurationError(parameter, "must not match an empty text", received=shown)
    ways = _ways(list(parsed), frozenset())
    # Tried at each character, its length counts too.
    if ways > MOST_WAYS or (not anchored and ways * parsed.getwidth()[1] > _MOST_STEPS):
        raise ConfigurationError(
            parameter,
            "must take linear time",
            received=shown,
            remedy="Keep repeats that may match the same characters apart by something else, or make them shorter",
        )


def _refuse(parsed: Any, parameter: str, shown: str, *, anchored: bool) -> None:
    for kind, argument in parsed:
        if kind in _REFUSED:
            raise ConfigurationError(parameter, f"must do without {_REFUSED[kind]}", received=shown)
        if (
            kind in {op.MAX_REPEAT, op.MIN_REPEAT}
            and argument[1] > _MOST_REPEATS
            and not (anchored and argument[1] is op.MAXREPEAT)
        ):
            raise ConfigurationError(
                parameter,
                "must have an end to each repeat",
                received=shown,
                remedy=f"Write `{{1,64}}` for `+`, with at most {_MOST_REPEATS}, or give the literals it begins with",
            )
        for part in _parts(kind, argument):
            _refuse(part, parameter, shown, anchored=anchored)


def _parts(kind: Any, argument: Any) -> list[Any]:
    if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.SUBPATTERN}:
        return [argument[-1]]
    return list(argument[1]) if kind is op.BRANCH else []


def _first(items: list[Any]) -> tuple[Bytes, bool]:
    """Return with which bytes a sequence may begin, and whether it may be empty."""
    begins: Bytes = frozenset()
    for kind, argument in items:
        found, empty = _begin(kind, argument)
        begins |= found
        if not empty:
            return begins, False
    return begins, True


def _begin(kind: Any, argument: Any) -> tuple[Bytes, bool]:
    if kind is op.AT:
        return frozenset(), True
    if kind in {op.MAX_REPEAT, op.MIN_REPEAT}:
        found, empty = _first(list(argument[2]))
        return found, empty or not argument[0]
    if kind is op.SUBPATTERN:
        return _first(list(argument[3]))
    if kind is op.BRANCH:
        each = [_first(list(part)) for part in argument[1]]
        return frozenset[int]().union(*(found for found, _ in each)), any(empty for _, empty in each)
    return _one(kind, argument), False


def _one(kind: Any, argument: Any) -> Bytes:
    # Somewhere around it case may not count, so a letter is always both.
    if kind is op.LITERAL:
        return _both_cases({argument})
    if kind is op.NOT_LITERAL:
        return _ALL - {argument}
    if kind is op.ANY:
        return _ALL
    if kind is op.RANGE:
        return _both_cases(range(argument[0], argument[1] + 1))
    if kind is op.CATEGORY:
        return _CATEGORIES[argument] if argument in _CATEGORIES else _ALL - _CATEGORIES[_OPPOSITES[argument]]
    if kind is op.IN:
        negated = argument[0][0] is op.NEGATE
        found = frozenset[int]().union(*(_one(*each) for each in argument[negated:]))
        return _ALL - found if negated else found
    return _ALL


def _both_cases(found: Iterable[int]) -> Bytes:
    letters = bytes(found)
    return frozenset(letters + letters.lower() + letters.upper())


def _ways(items: list[Any], after: Bytes) -> int:
    """Return a bound on how many ways a sequence can match, when one of *after* follows; it stops beyond the most."""
    ways = 1
    for at, (kind, argument) in enumerate(items):
        follows, empty = _first(items[at + 1 :])
        if empty:
            follows |= after
        if kind in {op.MAX_REPEAT, op.MIN_REPEAT}:
            least, most, part = argument
            begins, _ = _first(list(part))
            # Round and round, what follows one turn is the next.
            inner = _ways(list(part), follows | begins if most > 1 else follows)
            if inner > 1 and most > _MOST_TURNS:
                return MOST_WAYS + 1
            ways *= inner ** min(most, _MOST_TURNS)
            if begins & follows and most > least:
                ways *= min(most, _WINDOW) - least + 1 if least < _WINDOW else 1
        elif kind is op.SUBPATTERN:
            ways *= _ways(list(argument[3]), follows)
        elif kind is op.BRANCH:
            ways *= _branches(argument[1], follows)
        if ways > MOST_WAYS:
            return ways
    return ways


def _branches(parts: list[Any], follows: Bytes) -> int:
    # Of branches that begin alike several may match; of the others one.
    each = [(_first(list(part)), _ways(list(part), follows)) for part in parts]
    total, taken = 0, frozenset[int]()
    for (begins, empty), ways in each:
        seen = begins | follows if empty else begins
        total = total + ways if seen & taken else max(total, ways)
        taken |= seen
    return total
