"""A policy applied to one line of JSON, whose every other byte stays what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structlog_enrich.cli.jsontext import read, written
from structlog_enrich.redaction.applying import applied
from structlog_enrich.redaction.pairs import VALUES, name_beside, named_items

if TYPE_CHECKING:
    from structlog_enrich.cli.jsontext import Document
    from structlog_enrich.redaction import RedactionPolicy

__all__ = ["Hit", "JSONMasker", "Masked"]

_MOST_KEYS: Final = 8_192
_CLASSIFICATIONS: Final = frozenset({"internal", "personal", "secret"})


class Hit(NamedTuple):
    """Name what was found: the rule, as a line names it, and where in the line."""

    rule: str
    path: str = ""


class Masked(NamedTuple):
    """Hold what is left of a text, and what was found in it."""

    text: str
    hits: list[Hit]


class JSONMasker:
    """Mask what a policy finds in lines of JSON.

    Args:
        policy: What is a secret, and what stands in its place.

    >>> from structlog_enrich.redaction import DEFAULT_POLICY
    >>> JSONMasker(DEFAULT_POLICY).mask('{"n": 1.10, "db": {"password": "hunter2"}}')
    Masked(text='{"n":1.10,"db":{"password":"[REDACTED:password]"}}', hits=[Hit(rule='password', path='db.password')])
    """

    __slots__ = ("_clean_keys", "_looks_first", "_policy")

    def __init__(self, policy: RedactionPolicy) -> None:
        self._policy = policy
        self._clean_keys: set[str] = set()
        # Where a value stands, or what its class is, no first look tells.
        self._looks_first = policy.compiled.start is None and policy.types <= _CLASSIFICATIONS

    def mask(self, text: str) -> Masked | None:
        """Return *text* without its secrets, the very same where there is none; None when it isn't JSON.

        The line of a service that masks says in `redacted` what it masked: that isn't taken for a secret itself.
        """
        document = read(text)
        if document is None:
            return None
        value = document.value
        if self._looks_first and type(value) in {dict, list} and self._is_clean(document):
            return Masked(text, [])
        said = value.get("redacted") if isinstance(value, dict) and "schema_version" in value else None
        if type(said) is list and all(map(self._is_mark, said)):
            value = {**value, "redacted": None}
        left, findings = applied(self._policy, value)
        hits = [Hit(each.rule, each.path) for each in findings]
        if left is value:
            return Masked(text, hits)
        if value is not document.value and "redacted" in left:
            left["redacted"] = said
        return Masked(written(left, document, text), hits)

    def _is_clean(self, document: Document) -> bool:
        texts: list[str] = []
        lists: list[list[Any]] = [document.value] if type(document.value) is list else []
        for each in document.objects:
            if not self._clean_keys.issuperset(each) and not all(map(self._is_clean_key, each)):
                return False
            if not VALUES.isdisjoint(each) and any(name_beside(each, key) for key in VALUES):
                return False
            texts += [value for value in each.values() if type(value) is str]
            lists += [value for value in each.values() if type(value) is list]
        for items in lists:
            if named_items(items):
                return False
            texts += [value for value in items if type(value) is str]
            lists += [value for value in items if type(value) is list]
        # No rule's secret goes on behind a blank line; what looks like one only costs the second look.
        return self._policy.compiled.clean("\n\n".join(texts))

    def _is_clean_key(self, key: str) -> bool:
        if key in self._clean_keys:
            return True
        compiled = self._policy.compiled
        if type(key) is not str or compiled.rule_for(key) is not None or not compiled.clean(key):
            return False
        if len(self._clean_keys) >= _MOST_KEYS:
            self._clean_keys.clear()
        self._clean_keys.add(key)
        return True

    def _is_mark(self, entry: Any) -> bool:
        # `payload.password:password`: what is found there is the very name of the rule that found it.
        if type(entry) is not str:
            return False
        path, _, rule = entry.rpartition(":")
        left, rules = self._policy.scan(entry)
        return not rules or (rules == (rule,) and left.startswith(f"{path}:"))
