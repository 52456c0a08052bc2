"""What a policy is told, checked and put in order: names, paths, classes, exceptions from it, strategies."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.classifier import DEFAULT_CLASSIFIER
from structlog_enrich.redaction.paths import parse_path
from structlog_enrich.redaction.patterns import check_pattern
from structlog_enrich.redaction.sensitive import CLASSIFICATIONS, NAMED
from structlog_enrich.redaction.spelling import plain_spelling, words_of
from structlog_enrich.redaction.strategies import MASK, Drop, Partial, Strategy
from structlog_enrich.redaction.words import METADATA, RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structlog_enrich.redaction.values import Rule

__all__ = [
    "FOUND_BY_STRUCTURE",
    "PLAIN",
    "RULE_PREFIX",
    "allowed",
    "checked_rules",
    "checked_strategies",
    "checked_types",
    "several",
    "shown_whole_or_not",
    "type_name",
]

RULE_PREFIX: Final = "rule:"
"""What stands before the id of a rule in `allow`."""

FOUND_BY_STRUCTURE: Final = frozenset(
    {"jwt", "kubernetes-secret", "private-key", "provider-key", "query-key", "url-userinfo"}
)
"""The ids of what the scanner finds by more than a pattern."""

_WHOLE: Final = frozenset(
    {
        *("authorization", "basic-auth", "cookie", "credential", "cvv", "kubernetes-secret", "mnemonic", "otp"),
        *("password", "pin", "private-key", "scan-budget", "ssn", "url-userinfo"),
    }
)
# What ends a name that tells about a password, and may hold one all the same.
_HOLDING: Final = frozenset(
    {
        *("column", "comment", "description", "details", "field", "fields", "form", "hint", "history", "info", "input"),
        *("last", "list", "message", "messages", "note", "param", "parameter", "params", "placeholder", "prompt"),
        *("property", "result", "results", "template", "var", "variable"),
    }
)
PLAIN: Final = frozenset({str, int, float, bool, type(None), dict, list, tuple})
"""Classes whose values are never masked by their class."""

# Of the packs, so that what is done for them may be said before a policy takes them in.
_PERSONAL: Final = frozenset({"card", "email", "iban", "ip", "national-id", "phone"})
_RULE_ID: Final = re.compile(r"[a-z0-9_.-]{1,64}")
_DOTTED: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
# How a strategy is given that needs settings, by the name that a file calls it.
_WITH_SETTINGS: Final = {"hash": "Hash(key)", "fixed": "Fixed(text)", "truncate": "Truncate(length)"}
_WITHOUT_SETTINGS: Final[Mapping[str, Strategy]] = {"mask": MASK, "drop": Drop(), "partial": Partial()}


def several(parameter: str, given: Any) -> tuple[Any, ...]:
    """Return what was given for a parameter that takes several, in its order and without repeats.

    Raises:
        ConfigurationError: It is one text, or can't be gone through.

    >>> several("paths", ["a.b", "a.b"])
    ('a.b',)
    """
    if isinstance(given, str | bytes):
        raise ConfigurationError(
            parameter, "must be several", received=f"the one text {given!r:.80}", remedy=f"Write {{{given!r:.80}}}"
        )
    try:
        return tuple(dict.fromkeys(given))
    except TypeError:
        raise ConfigurationError(parameter, "must be several", received=f"{given!r:.80}") from None


def checked_rules(given: Iterable[Any], kind: type[Rule]) -> tuple[Rule, ...]:
    """Return rules for values, each with a safe pattern, an id that a marker can hold and a true example."""
    if isinstance(given, Iterable) and not isinstance(given, str | bytes):
        given = list(given)
        for each in given:
            _check_texts(each, kind)
    rules = several("values", given)
    for rule in rules:
        if not isinstance(rule, kind):
            raise ConfigurationError(
                "values", "must hold rules", received=f"{rule!r:.80}", remedy="Make one with Rule(id, pattern, …)"
            )
        if not isinstance(rule.id, str) or not _RULE_ID.fullmatch(rule.id):
            raise ConfigurationError(
                "values", "must hold ids of 1 to 64 of a-z, 0-9, `_`, `.` and `-`", received=f"{rule.id!r:.80}"
            )
        where = f"values[{rule.id!r}]"
        if not all(each and each.isascii() for each in rule.literals):
            raise ConfigurationError(
                f"{where}.literals", "must hold ASCII texts, none of them empty", received=f"{rule.literals!r:.80}"
            )
        check_pattern(rule.pattern, f"{where}.pattern", anchored=bool(rule.literals))
        if rule.after:
            check_pattern(rule.after, f"{where}.after", anchored=True)
        text = "".join(rule.example)
        example = text.encode("utf-8", "surrogatepass")
        if rule.compiled.search(example) is None:
            raise ConfigurationError(
                f"{where}.example", f"must be found by the pattern {rule.pattern!r:.80}", received=f"{text!r:.80}"
            )
        lowered = example.lower()
        if rule.literals and not any(
            each.encode() in (lowered if each == each.lower() else example) for each in rule.literals
        ):
            raise ConfigurationError(
                f"{where}.literals", "must hold one that stands in the example", received=f"{rule.literals!r:.80}"
            )
    return rules


def _check_texts(rule: Any, kind: type[Rule]) -> None:
    # Before it is compared with others, which what holds a list can't be.
    if not isinstance(rule, kind):
        return
    where = f"values[{rule.id!r:.80}]"
    if not isinstance(rule.example, str) and not _are_texts(rule.example):
        raise ConfigurationError(
            f"{where}.example", "must be a text, or a tuple of its parts", received=f"{rule.example!r:.80}"
        )
    if not _are_texts(rule.literals):
        raise ConfigurationError(
            f"{where}.literals",
            "must be a tuple of texts",
            received=f"{rule.literals!r:.80}",
            remedy='Write literals=("VCH-",), with the comma',
        )


def _are_texts(given: Any) -> bool:
    return isinstance(given, tuple) and all(isinstance(each, str) for each in given)


def checked_types(given: Iterable[Any]) -> frozenset[str | type]:
    """Return classifications and classes; a class by its name, but a `TypedDict` as it is: its values have no class."""
    found: set[str | type] = set()
    for each in several("types", given):
        if isinstance(each, type) and each in PLAIN:
            raise ConfigurationError(
                "types",
                "must hold classes of your own or of a library",
                received=type_name(each),
                remedy="What is plain text or a number is found by its key, its path or its text",
            )
        if isinstance(each, type):
            found.add(each if "__total__" in vars(each) and issubclass(each, dict) else type_name(each))
        elif isinstance(each, str) and (each in CLASSIFICATIONS[1:] or _DOTTED.fullmatch(each)):
            found.add(each)
        else:
            raise ConfigurationError(
                "types",
                f"must hold {', '.join(CLASSIFICATIONS[1:])}, classes or their dotted names",
                received=f"{each!r:.80}",
            )
    return frozenset(found)


def type_name(kind: type) -> str:
    """Return the dotted name by which a policy knows a class.

    >>> type_name(int)
    'builtins.int'
    """
    return f"{kind.__module__}.{kind.__qualname__}"


def allowed(given: Iterable[Any], rules: Iterable[str]) -> tuple[frozenset[str], tuple[str, ...], frozenset[str]]:
    """Tell apart the keys, the paths and the ids of *rules* in `allow`."""
    keys: set[str] = set()
    paths: list[str] = []
    without: set[str] = set()
    for each in several("allow", given):
        if not isinstance(each, str):
            raise ConfigurationError("allow", "must hold texts", received=f"{each!r:.80}")
        if each.startswith(RULE_PREFIX):
            without.add(_known("allow", each.removeprefix(RULE_PREFIX), rules))
            continue
        try:
            segments = parse_path(each)
        except ConfigurationError as error:
            raise ConfigurationError("allow", error.rule, received=error.received, remedy=error.remedy) from None
        if len(segments) == 1 and isinstance(segments[0], str):
            keys.add(segments[0])
        else:
            paths.append(each)
    return frozenset(keys), tuple(paths), frozenset(without)


def checked_strategies(given: Mapping[str, Any], rules: Iterable[str]) -> dict[str, Strategy]:
    """Return what is done for each of *rules*, and under the name of a strategy what fields ask for by that name."""
    try:
        items = dict(given).items()
    except (TypeError, ValueError):
        raise ConfigurationError("strategies", "must map rules to strategies", received=f"{given!r:.80}") from None
    found: dict[str, Strategy] = {}
    for rule, named in items:
        strategy = _WITHOUT_SETTINGS.get(named) or dict(items).get(named) if isinstance(named, str) else named
        where = f"strategies[{rule!r:.80}]"
        if not callable(strategy) or not hasattr(strategy, "reveals") or isinstance(strategy, type):
            raise ConfigurationError(
                where,
                "must be a strategy, or the name of one",
                received=f"{named!r:.80}" if isinstance(named, str) else f"of type {type(named).__name__}",
                remedy=_how(rule, named),
            )
        if rule in NAMED and strategy.name == rule:
            found[rule] = strategy
            continue
        _known("strategies", rule, rules)
        if strategy.reveals and shown_whole_or_not(rule):
            raise ConfigurationError(
                where, "must show nothing of what is a password", received=repr(strategy), remedy="Mask or drop it"
            )
        found[rule] = strategy
    return found


def _how(rule: Any, named: Any) -> str:
    """Return how the strategy is given that was meant, or which there are."""
    if isinstance(named, str) and named in _WITH_SETTINGS:
        made, shown = _WITH_SETTINGS[named], f"{rule!r:.80}"
        return f"Write {{{shown}: {made}}}, or for several rules {{{named!r}: {made}, {shown}: {named!r}}}"
    names = ", ".join(_WITHOUT_SETTINGS)
    return f"Write {names}, Hash(key), Fixed(text), Truncate(length) or, of a function, Call(function)"


def shown_whole_or_not(rule: str) -> bool:
    """Tell whether a part of what *rule* finds is too much to show: a password, whose every character counts.

    >>> shown_whole_or_not("db_password"), shown_whole_or_not("email"), shown_whole_or_not("password_count")
    (True, False, False)
    """
    names = [name for each in rule.replace("*", "").split(".") if (name := each.strip("[]\"'`"))]
    return (
        rule in _WHOLE
        or any(map(_names_a_password, names))
        or DEFAULT_CLASSIFIER.classify(names[-1] if names else "") in _WHOLE
    )


def _names_a_password(name: str) -> bool:
    if "password" not in name.lower():
        return False
    # `password_count` tells about one; in `password_field` it stands.
    last = words_of(plain_spelling(name))[0][-1]
    return DEFAULT_CLASSIFIER.classify(name) is not None or last not in METADATA - _HOLDING


def _known(parameter: str, rule: Any, rules: Iterable[str]) -> str:
    known = {*RULES, *FOUND_BY_STRUCTURE, *CLASSIFICATIONS[1:], *_PERSONAL, "scan-budget", *rules}
    if not isinstance(rule, str) or rule not in known:
        near = difflib.get_close_matches(str(rule), known, 3, 0.6)
        raise ConfigurationError(
            parameter,
            "must name rules of the policy",
            received=f"{rule!r:.80}",
            remedy=f"Near it are {', '.join(near)}" if near else "A key of your own becomes one in keys=",
        )
    return rule
