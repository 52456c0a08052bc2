"""Tells by a key, and by the value where the key leaves it open, whether a value is a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.caching import LONGEST_KEY, BoundedCache
from structlog_enrich.redaction.markers import without_markers
from structlog_enrich.redaction.reading import Verdict, read
from structlog_enrich.redaction.shapes import (
    DOUBTS,
    is_fetch_mode,
    is_number,
    is_pin,
    is_said_of_it,
    is_truth_word,
    text_of,
)
from structlog_enrich.redaction.spelling import plain_spelling, words_of
from structlog_enrich.redaction.words import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["DEFAULT_CLASSIFIER", "KeyClassifier"]


class KeyClassifier:
    """Decide by a key whether the value under it is a secret.

    A key is read as words: case, humps, separators, accents, look-alikes and invisible characters don't count.
    `classify` answers by the key alone, `judge` by key and value. Neither raises, whatever the key and the value are.

    Args:
        keys: More names whose values are masked, whatever they are; each is also the id of its rule, as spelled here.
        allow: Names that are never masked. They win over *keys* and over the built-in rules.
        without: Ids of built-in rules that don't count, of `RULES`.

    Attributes:
        classify: Return the id of the rule by which a value under the key may be masked; None when no value is. It
            remembers so many keys that asking for a known one costs one look-up.

    Raises:
        ConfigurationError: *keys*, *allow* or *without* isn't several names, or holds one that is no text of 1 to 256
            printable characters, has nothing but separators or has a colon; *without* holds what is no rule.

    >>> classifier = KeyClassifier(keys={"iban"}, allow={"csrf_token"})
    >>> classifier.classify("dbPassword"), classifier.classify("IBAN"), classifier.classify("csrf-token")
    ('password', 'iban', None)
    >>> classifier.judge("token", "a1b2c3"), classifier.judge("token", 12), classifier.judge("session", "opened")
    ('token', None, None)
    """

    __slots__ = ("_allowed", "_given", "_verdicts", "allow", "classify", "keys", "without")

    classify: Callable[[str], str | None]

    def __init__(self, *, keys: Iterable[str] = (), allow: Iterable[str] = (), without: Iterable[str] = ()) -> None:
        self.keys = _names("keys", keys)
        self.allow = _names("allow", allow)
        self.without = _names("without", without)
        if unknown := sorted(self.without - RULES.keys()):
            raise ConfigurationError(
                "without", "must hold ids of rules", received=repr(unknown[0]), remedy=f"They are {', '.join(RULES)}"
            )
        self._given: Final = {form: key for key in sorted(self.keys) for form in _forms(plain_spelling(key))}
        self._allowed: Final = {form for key in self.allow for form in _forms(plain_spelling(key))}
        self._verdicts: Final = BoundedCache(self._read)
        rules: BoundedCache[str | None] = BoundedCache(self._rule)
        self.classify = rules.__getitem__

    def __repr__(self) -> str:
        said = (f"{name}={sorted(given)!r}" for name, given in self._said() if given)
        return f"{type(self).__name__}({', '.join(said)})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    def __reduce__(self) -> tuple[object, ...]:
        # What was looked up stays here: keys are data.
        return _rebuild, (type(self), dict(self._said()))

    def judge(self, key: str, value: Any) -> str | None:
        """Return the id of the rule that masks *value*, which stands under *key*, or None.

        Yes and no, None, and numbers under what is no number's name are no secrets. A container under a secret's name
        is one as a whole; where the key leaves it open, its own keys decide.

        >>> DEFAULT_CLASSIFIER.judge("pin", 4711), DEFAULT_CLASSIFIER.judge("has_password", "yes")
        ('pin', None)
        """
        verdict = self._verdicts[key]
        if verdict is None:
            return None
        if verdict.always:
            return verdict.rule
        if value is None or type(value) is bool or (not verdict.numbers and is_number(value)):
            return None
        if is_said_of_it(value) or (verdict.rule == "credential" and is_fetch_mode(value)):
            return None
        if verdict.doubt is None and not verdict.flag:
            return verdict.rule
        text = text_of(value)
        if text is None:
            return verdict.rule if verdict.doubt is None or (verdict.doubt == "pin" and is_pin(value)) else None
        if verdict.flag and is_truth_word(text):
            return None
        return verdict.rule if verdict.doubt is None or DOUBTS[verdict.doubt](text) else None

    def allows(self, key: str) -> bool:
        """Tell whether *key* is one of those that are never masked."""
        return bool(self._allowed) and not self._allowed.isdisjoint(_forms(plain_spelling(key)))

    def describe(self) -> str:
        """Return a text that two classifiers share exactly when they were told the same."""
        return repr([(name, sorted(given)) for name, given in self._said()])

    def _said(self) -> tuple[tuple[str, frozenset[str]], ...]:
        return ("keys", self.keys), ("allow", self.allow), ("without", self.without)

    def _rule(self, key: str) -> str | None:
        verdict = self._verdicts[key]
        return None if verdict is None else verdict.rule

    def _read(self, key: str) -> Verdict | None:
        # A marker's own words say nothing: it stands for one word that was no name.
        spelling = plain_spelling(without_markers(key, "x"))
        if self._allowed or self._given:
            forms = _forms(spelling)
            if not self._allowed.isdisjoint(forms):
                return None
            if given := next((self._given[form] for form in forms if form in self._given), None):
                return Verdict(given, always=True)
        return read(spelling, self.without)


def _forms(spelling: str) -> tuple[str, str]:
    return "_".join(words_of(spelling)[0]), "_".join(words_of(spelling, humps=False)[0])


def _names(parameter: str, given: Iterable[str]) -> frozenset[str]:
    if isinstance(given, str | bytes):
        raise ConfigurationError(parameter, "must be several names", received=f"the one text {given!r:.80}")
    try:
        names = frozenset(given)
    except TypeError:
        raise ConfigurationError(parameter, "must be several names", received=f"{given!r:.80}") from None
    for name in names:
        # In `redacted` the rule follows the last colon of `path:rule`, so a rule has none.
        if (
            not isinstance(name, str)
            or not 0 < len(name) <= LONGEST_KEY
            or ":" in name
            or not name.isprintable()
            or not _forms(plain_spelling(name))[0]
        ):
            raise ConfigurationError(
                parameter,
                f"must hold printable names with a letter or digit, of at most {LONGEST_KEY} characters and no colon",
                received=f"{name!r:.80}",
            )
    return names


def _rebuild(kind: type[KeyClassifier], said: dict[str, frozenset[str]]) -> KeyClassifier:
    return kind(**said)


DEFAULT_CLASSIFIER: Final = KeyClassifier()
"""What is a secret unless a service says otherwise."""
