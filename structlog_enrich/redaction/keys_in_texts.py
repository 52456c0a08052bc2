"""By which key a secret within a text was found, for whoever asks how to keep it: no line that is written needs it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from structlog_enrich.redaction.caching import LONGEST_KEY
from structlog_enrich.redaction.classifier import KeyClassifier

if TYPE_CHECKING:
    from structlog_enrich.redaction.values import Scanner

__all__ = ["KeysInTexts", "can_be_allowed"]

_MOST: Final = 16
_WORD: Final = re.compile(r"[^\W_]+")


class KeysInTexts:
    """Tell which name keeps what is found in a text, where one does.

    Args:
        scanner: What finds it.
        classifier: What the scanner asks of a key.

    >>> from structlog_enrich.redaction.policy import DEFAULT_POLICY
    >>> keys = DEFAULT_POLICY.compiled.keys_in_texts()
    >>> keys.found("GET /?id_token=a8Kx92lQ by postgres://ada:hunter2@db")
    [('token', 'id_token'), ('url-userinfo', '')]
    """

    __slots__ = ("_allowing", "_asked", "_classifier", "_scanner", "_source")

    def __init__(self, scanner: Scanner, classifier: KeyClassifier) -> None:
        self._source = scanner
        self._classifier = classifier
        # The keys for which a rule was named, by which they were.
        self._asked: dict[str, str] = {}
        self._scanner = scanner.judging(self._noted, classifier.judge, classifier.allows)
        self._allowing: dict[str, Scanner] = {}

    def found(self, text: str) -> list[tuple[str, str]]:
        """Return for each secret in *text* its rule, and the key that keeps it once it is allowed; "" for none."""
        spans = self._scanner.spans(text)
        left: dict[str, list[tuple[int, int, str]]] = {}
        keys: list[tuple[str, str]] = []
        for start, end, rule in spans:
            key = ""
            for each in self._candidates(rule, text):
                if each not in left:
                    left[each] = self._scanner_allowing(each).spans(text)
                # What another rule finds there as well, its key doesn't keep.
                if all(last <= start or end <= first for first, last, _ in left[each]):
                    key = each
                    break
            keys.append((rule, key))
        return keys

    def _noted(self, key: str) -> str | None:
        rule = self._classifier.classify(key)
        if rule is not None:
            self._asked[key] = rule
        return rule

    def _candidates(self, rule: str, text: str) -> list[str]:
        # Asked in this text or in one before; what another text was asked for isn't in this one.
        lowered = text.lower()
        asked = (
            key
            for key, by in self._asked.items()
            if by == rule and can_be_allowed(key) and all(word in lowered for word in _WORD.findall(key.lower()))
        )
        return sorted(asked, key=len, reverse=True)[:_MOST]

    def _scanner_allowing(self, key: str) -> Scanner:
        found = self._allowing.get(key)
        if found is None:
            told = self._classifier
            also = KeyClassifier(keys=told.keys, allow=told.allow | {key}, without=told.without)
            found = self._allowing[key] = self._source.judging(also.classify, also.judge, also.allows)
        return found


def can_be_allowed(key: str) -> bool:
    """Tell whether `allow` takes a name as a key.

    >>> can_be_allowed("a b"), can_be_allowed("a:b")
    (True, False)
    """
    return key.isprintable() and ":" not in key and len(key) <= LONGEST_KEY
