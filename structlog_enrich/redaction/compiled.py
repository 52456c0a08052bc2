"""A policy, compiled: what is asked for every value."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.redaction.checking import (
    FOUND_BY_STRUCTURE,
    PLAIN,
    allowed,
    checked_rules,
    checked_strategies,
    checked_types,
    several,
    shown_whole_or_not,
)
from structlog_enrich.redaction.class_rules import ClassRules
from structlog_enrich.redaction.classifier import KeyClassifier
from structlog_enrich.redaction.fields import NO_FIELDS, fields_of, fields_within
from structlog_enrich.redaction.first_look import FirstLook
from structlog_enrich.redaction.keys_in_texts import KeysInTexts
from structlog_enrich.redaction.markers import is_marker, marker
from structlog_enrich.redaction.matcher import PathMatcher
from structlog_enrich.redaction.notes import apart
from structlog_enrich.redaction.scanning import scanner_for
from structlog_enrich.redaction.sensitive import CLASSIFICATIONS
from structlog_enrich.redaction.strategies import MASK
from structlog_enrich.redaction.values import DEFAULT_RULES, Rule
from structlog_enrich.redaction.values.scanner import BUDGET_RULE
from structlog_enrich.redaction.words import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from structlog_enrich.redaction.counting import Counters
    from structlog_enrich.redaction.fields import Fields
    from structlog_enrich.redaction.matcher import PathState
    from structlog_enrich.redaction.sensitive import Sensitive
    from structlog_enrich.redaction.strategies import Strategy
    from structlog_enrich.redaction.values import Scanner
    from structlog_enrich.redaction.values.guarded import Gate

__all__ = ["STRATEGY_ERROR", "Compiled"]

STRATEGY_ERROR: Final = "strategy-error"
"""The counter of strategies that failed; what they should have replaced was masked."""

_PATH_RULE: Final = "path"
_NOTED: Final = frozenset(
    {
        *(*RULES, *FOUND_BY_STRUCTURE, *(rule.id for rule in DEFAULT_RULES), *CLASSIFICATIONS),
        *(_PATH_RULE, BUDGET_RULE, "error"),
    }
)
_UNMARKED: Final = re.compile(r"[\[\]\s:]")
_DEFAULT_TYPES: Final = frozenset({"personal", "secret"})


class Compiled:
    """Check what a policy was told, and answer by it.

    Args:
        told: The parameters of `RedactionPolicy`, as they were given.
        counters: Where what is masked is counted.
        decide: Decides by a key instead of the rules for keys.

    Raises:
        ConfigurationError: One of the parameters isn't what it must be.

    Attributes:
        start: Where a walk stands in all paths before its first step; None when there are none.
        rule_for: Returns the id of the rule by which a value under a key may be masked, or None when none is.
        classify: The same by the rules for keys, whatever else decides.

    >>> from structlog_enrich.redaction.counting import Counters
    >>> Compiled({"keys": {"iban"}}, Counters()).judge("IBAN", "DE02")
    'iban'
    """

    __slots__ = (
        "_classes",
        "_classifier",
        "_counters",
        "_decides",
        "_first_look",
        "_kept",
        "_labels",
        "_noted",
        "_scanner",
        "_scans_plainly",
        "_silent",
        "allow",
        "classify",
        "defaults",
        "dry_run",
        "keys",
        "paths",
        "rule_for",
        "start",
        "strategies",
        "types",
        "values",
    )

    def __init__(
        self, told: Mapping[str, Any], counters: Counters, decide: Callable[[str], str | None] | None = None
    ) -> None:
        self.paths: Final[tuple[str, ...]] = several("paths", told.get("paths", ()))
        self.values: Final = checked_rules(told.get("values", ()), Rule)
        self.types: Final = checked_types(told.get("types", ()))
        self.allow: Final[frozenset[str]] = frozenset(several("allow", told.get("allow", ())))
        self.defaults: Final[bool] = told.get("defaults", True)
        self.dry_run: Final[bool] = told.get("dry_run", False)
        names: tuple[str, ...] = several("keys", told.get("keys", ()))
        strategies = told.get("strategies") or {}
        built_in = {rule.id for rule in DEFAULT_RULES} if strategies or self.allow else set()
        own = {
            *self.paths,
            *(rule.id for rule in self.values),
            *(each for each in (*names, *self.types) if isinstance(each, str)),
        }
        kept_keys, kept_paths, without = allowed(sorted(self.allow, key=str), own | built_in)
        self._kept: Final = frozenset(kept_paths)
        self._classifier: Final = KeyClassifier(
            keys=(name for name in names if name not in without),
            allow=kept_keys,
            without=without & RULES.keys() if self.defaults else RULES,
        )
        self.keys: Final[frozenset[str]] = frozenset(names)
        # The first of several paths that mean a value counts, so the allowed ones come first.
        ways = (*kept_paths, *(path for path in self.paths if path not in without))
        self.start: Final = PathMatcher(ways, ignore_case=told.get("ignore_case", False)).start
        odd = {key: _UNMARKED.sub("-", key) for key in names if _UNMARKED.search(key)}
        self._labels: Final = {**odd, **dict.fromkeys(self.paths, _PATH_RULE)}
        self._noted: Final = _NOTED.union(own, odd.values())
        self._silent: Final = without if self.defaults else without | FOUND_BY_STRUCTURE
        self._classes: Final = ClassRules((self.types | (_DEFAULT_TYPES if self.defaults else frozenset())) - without)
        self.strategies: Final = MappingProxyType(checked_strategies(strategies, own | built_in))
        self._scans_plainly: Final = not (self.strategies or self.dry_run or odd)
        self._scanner: Scanner | None = None
        self._first_look: FirstLook | None = None
        self._counters: Final = counters
        self.classify: Final = self._classifier.classify
        self.rule_for: Final = decide or self.classify
        self._decides: Final = decide is not None

    def judge(self, key: str, value: Any, state: PathState | None = None, mark: Sensitive | None = None) -> str | None:
        """Return the id of the rule that masks *value* as a whole, or None: then what is in it is looked at.

        Args:
            key: The name it stands under; `""` for the element of a list.
            value: The value, of which none of its own code runs.
            state: Where it stands in all paths: `start.step(…)` for each level; None when no path leads there.
            mark: What its field is marked with.
        """
        if state is not None and state.path is not None:
            return None if state.path in self._kept else state.path
        if mark is not None and mark.classification in self._classes.classifications:
            return None if key and self._classifier.allows(key) else mark.classification
        rule = None
        if key:
            rule = self._decided(key, value) if self._decides else self._classifier.judge(key, value)
        if rule is None and type(value) not in PLAIN:
            rule = self._classes.rule_of(type(value))
        return rule

    def keeps(self, state: PathState | None) -> bool:
        """Tell whether what stands there is allowed with all that is in it: then it is neither judged nor scanned."""
        return state is not None and state.path in self._kept

    def fields(self, value: Any, kinds: tuple[type, ...] = ()) -> Fields | None:
        """Return which fields of *value* are marked sensitive, by its class, or by its keys for a `TypedDict`; or None.

        Args:
            value: Anything.
            kinds: The `TypedDict`s that an annotation names for it or for what is in it.
        """
        if type(value) is not dict:
            fields = fields_of(type(value))
        else:
            fields = fields_within(value, kinds) if kinds else NO_FIELDS
            if fields is NO_FIELDS:
                fields = self._classes.of_dict(value)
        return None if fields is NO_FIELDS else fields

    def strategy_for(self, rule: str, *, key: str = "", mark: Sensitive | None = None) -> Strategy:
        """Return what is done with what *rule* found.

        Args:
            rule: The id of the rule.
            key: The name it stands under. Under one of a password nothing that shows a part of it is done.
            mark: The field's own mark, whose strategy counts; one that the policy has no settings for masks.
        """
        name = rule if mark is None or mark.strategy is None else mark.strategy
        strategy = self.strategies.get(name) or (MASK if name == rule else self._classes.named(name))
        if strategy.reveals and (shown_whole_or_not(rule) or (key and shown_whole_or_not(key))):
            return MASK
        return strategy

    def notes_of(self, given: Any) -> tuple[list[str], list[Any]]:
        """Return which of these are what a line says of what was masked or cut, looking like it, and which are not."""
        return apart(given, self._noted, self.clean)

    def count(self, rule: str) -> None:
        """Count what was masked by *rule* without being asked for here."""
        self._counters.add(rule)

    def replace(
        self, rule: str, value: Any, path: str | Callable[[], str] = "", *, key: str = "", mark: Sensitive | None = None
    ) -> Any:
        """Count, and return what stands in place of *value*; `DROP` when nothing does. Never raises.

        Args:
            rule: The id of the rule that `judge` returned.
            value: The value itself, not what it is rendered as.
            path: Where it stands, or what returns that.
            key: The name it stands under.
            mark: The field's mark.
        """
        self._counters.add(rule)
        if self.dry_run or (type(value) is str and is_marker(value)):
            return value
        label = self.label(rule)
        try:
            strategy = self.strategy_for(rule, key=key, mark=mark)
            return strategy(value, path if isinstance(path, str) else path(), label)
        except (Exception, DropEvent):  # noqa: BLE001 (a strategy may be anybody's code)
            self._counters.add(STRATEGY_ERROR)
            return marker(label)

    def label(self, rule: str) -> str:
        """Return how the line names a rule: its id, as far as a marker can hold it, and `path` for those of paths."""
        return self._labels.get(rule) or (_UNMARKED.sub("-", rule) if self._decides else rule)

    def scan(
        self, text: str, path: str | Callable[[], str] = "", *, whole: bool = False
    ) -> tuple[str, tuple[str, ...]]:
        """Return *text* with each secret in it replaced, and the rules that found them; *text* itself if none.

        Args:
            text: What is looked at.
            path: Where it stands, or what returns that.
            whole: Whether all of a very long text is looked at, piece by piece, instead of masked.
        """
        if not self._scans_plainly:
            return self.scanner.redact(text, whole=whole, replace=lambda rule, secret: self._within(rule, secret, path))
        text, rules = self.scanner.redact(text, whole=whole)
        for rule in rules:
            self._counters.add(rule)
        return text, rules

    def clean(self, text: str) -> bool:
        """Tell whether `scan` would find nothing in *text*."""
        return self.scanner.clean(text)

    @property
    def nothing(self) -> Compiled:
        """What finds nothing, for what is allowed with all that is in it."""
        from structlog_enrich.redaction.policy import NOTHING  # noqa: PLC0415 (which imports this one)

        return NOTHING.compiled

    @property
    def gate(self) -> Gate:
        """What says of a text that it may hold a secret: the cheapest look there is."""
        return self.scanner.gate

    @property
    def first_look(self) -> FirstLook:
        """What tells most clean values without a walk, made when it is first needed."""
        if self._first_look is None:
            self._first_look = FirstLook(self)
        return self._first_look

    @property
    def has_dict_types(self) -> bool:
        """Whether a plain dict may have marked fields, being a `TypedDict`."""
        return self._classes.has_dicts

    @property
    def scanner(self) -> Scanner:
        """What looks at texts, made when it is first needed and shared by policies that find the same in them."""
        if self._scanner is None:
            built_in = DEFAULT_RULES if self.defaults else ()
            rules = tuple(rule for rule in (*built_in, *self.values) if rule.id not in self._silent)
            self._scanner = scanner_for(rules, self._classifier, self._silent)
        return self._scanner

    def keys_in_texts(self) -> KeysInTexts:
        """Return what tells by which key a secret in a text is found."""
        return KeysInTexts(self.scanner, self._classifier)

    def _decided(self, key: str, value: Any) -> str | None:
        return None if value is None or type(value) is bool else self.rule_for(key)

    def _within(self, rule: str, secret: str, path: str | Callable[[], str]) -> str:
        found = self.replace(rule, secret, path)
        # Nothing, or what is no text, can't stand in one.
        return found if isinstance(found, str) else marker(self.label(rule))
