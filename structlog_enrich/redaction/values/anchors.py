"""Where a second look at a text is worth it, and what is looked for there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from structlog_enrich.redaction.values.rule import Rule
from structlog_enrich.redaction.values.words import ANCHORED

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Anchor", "anchors"]

_AFTER_KEY: Final = (
    rb"[a-z0-9_.\-\x80-\xff]{0,32}+(?:"
    rb"[\"'`\])}\\]{0,4}+[ \t]{0,16}+(?:[=:,>|?(!\"'`\\\x1b]|->|is[ \t]|for[ \t]|value|\r?\n[ \t]{0,32}+[\"']?value)"
    rb"|[ ]{1,4}\[|\t{1,4}[!-~]|%(?:25){0,3}3d|[ ][a-z0-9_ -]{0,64}+\\{0,3}+[\"'][ \t]{0,8}+[:=])"
)
# A user's name and its `@`, or a colon and what is no port.
_AFTER_SCHEME: Final = rb"[^\s/?#\"'<>@:]{0,128}+(?:@|:(?:[^0-9\s]|[0-9]{1,5}[^0-9/?#\s\"'<>`]|[0-9]{6}))"
# A group, once those within it are gone; what is escaped or listed in a class is none.
_NO_GROUP: Final = re.compile(r"\\[^b]|\[[^\]]*\]")
_GROUP: Final = re.compile(r"\([^()]*\)")
_LOOKS_ALIKE: Final = rb"[\x80-\xbf][a-z]" + _AFTER_KEY
_SHORT_OPTIONS: Final = (b"pass", b"pwd", b"token", b"secret", b"key", b"apikey", b"accesskey", b"accesstoken")


class Anchor(NamedTuple):
    """Name a place worth looking at: a literal, exact if it has a capital, and what must follow it."""

    literal: bytes
    after: bytes
    finder: Rule | str
    """What is looked for there: a rule, or one of `Look`'s finders by its name."""
    cost: int = 1
    ahead: bytes = b""
    """What must stand right before the literal: the edge of a word, or nothing."""

    @property
    def exact(self) -> bool:
        """Tell whether case counts: where the literal has a capital."""
        return self.literal != self.literal.lower()


def anchors(rules: Iterable[Rule], words: Iterable[str]) -> list[Anchor]:
    """Return where *rules* look, and where a secret may be told by its structure or by a key with one of *words*."""
    found = [
        Anchor(literal.encode("ascii"), rule.after.encode("ascii"), rule, 5 if rule.before else 2, ahead)
        for rule in rules
        for ahead in (rb"\b" if _begins_at_edge(rule) else b"",)
        for literal in rule.literals
    ]
    found += [Anchor(each.encode(), _AFTER_KEY, "key", 3) for each in sorted({*words, *ANCHORED})]
    # No letter needs to be escaped, and of those of other scripts that look like ours seldom one stands before ours.
    found += [Anchor(each, rb"(?:[46][1-9a-f]|[57][0-9a])", "escaped key", 3) for each in (b"%", b"\\u00")]
    found += [Anchor(each, _LOOKS_ALIKE, "key", 3) for each in (b"\xce", b"\xcf", b"\xd0", b"\xd1")]
    found += [
        Anchor(b"--", rb"[a-z]", "option"),
        *(Anchor(b" -%b" % each, b"", "short option") for each in _SHORT_OPTIONS),
        Anchor(b"kind", rb"[\"']?:[ \t]{0,8}[\"']?secret\b", "kubernetes", 100),
        Anchor(b"input_value=", b"", "input", 8),
        Anchor(b"[parameters: ", rb"[(\[]", "parameters", 16),
        Anchor(b")=(", b"", "columns", 8),
        Anchor(b"values", rb"(?:[ \t\r\n]|\\[nrt]){0,16}+(?:row)?[ ]?\(", "values", 8),
        Anchor(b"args=", rb"[(\[]", "arguments", 8),
        Anchor(b"parameters: $1", b"", "numbered", 8),
        Anchor(b"form-data;", b"", "part", 8),
        Anchor(b"PRIVATE KEY", b"", "pem", 4),
        Anchor(b"eyJ", rb"[a-z0-9_-]{6}", "jwt", 4),
        Anchor(b"ZXlK", rb"[a-z0-9]{8}", "encoded", 4),
        Anchor(b"LS0tLS1CRUdJTi", b"", "encoded", 4),
        Anchor(b"://", _AFTER_SCHEME, "userinfo", 3),
        Anchor(b"@", rb"(?:[a-z0-9.-]{0,64}+:[0-9p]|(?:tcp[46]?|unix)\()", "bare userinfo", 3),
    ]
    return found


def _begins_at_edge(rule: Rule) -> bool:
    r"""Tell whether every match begins with the literal, and with `\b` before it."""
    if rule.before or not rule.pattern.startswith(r"\b"):
        return False
    pattern, groups = _NO_GROUP.sub("", rule.pattern), rule.pattern.count("|")
    while groups:
        pattern, groups = _GROUP.subn("", pattern)
    return all(branch.startswith(r"\b") for branch in pattern.split("|"))
