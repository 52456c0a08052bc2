"""Where a second look at a text is worth it, and what is looked for there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from structlog_enrich.redaction.values.rule import Rule
from structlog_enrich.redaction.values.words import ANCHORED

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Anchor", "anchors"]

_AFTER_KEY: Final = (
    rb"[a-z0-9_.\-\x80-\xff]{0,32}+[\"'`\])}\\]{0,4}+[ \t]{0,16}+(?:[=:,>|?(!\"'`\\]|->|is[ \t]|for[ \t]|value)"
)
_SHORT_OPTIONS: Final = (b"pass", b"pwd", b"token", b"secret", b"key", b"apikey", b"accesskey", b"accesstoken")


class Anchor(NamedTuple):
    """Name a place worth looking at: a literal, exact if it has a capital, and what must follow it."""

    literal: bytes
    after: bytes
    finder: Rule | str
    """What is looked for there: a rule, or one of `Look`'s finders by its name."""
    cost: int = 1

    @property
    def exact(self) -> bool:
        """Tell whether case counts: where the literal has a capital."""
        return self.literal != self.literal.lower()


def anchors(rules: Iterable[Rule], words: Iterable[str]) -> list[Anchor]:
    """Return where *rules* look, and where a secret may be told by its structure or by a key with one of *words*."""
    found = [
        Anchor(literal.encode("ascii"), rule.after.encode("ascii"), rule, 5 if rule.before else 2)
        for rule in rules
        for literal in rule.literals
    ]
    found += [Anchor(each.encode(), _AFTER_KEY, "key", 3) for each in sorted({*words, *ANCHORED})]
    found += [
        Anchor(b"--", rb"[a-z]", "option"),
        *(Anchor(b" -%b" % each, b"", "short option") for each in _SHORT_OPTIONS),
        Anchor(b"kind", rb"[\"']?:[ \t]{0,8}[\"']?secret\b", "kubernetes", 100),
        Anchor(b"PRIVATE KEY", b"", "pem", 4),
        Anchor(b"eyJ", rb"[a-z0-9_-]{6}", "jwt", 4),
        Anchor(b"ZXlK", rb"[a-z0-9]{8}", "encoded", 4),
        Anchor(b"LS0tLS1CRUdJTi", b"", "encoded", 4),
        Anchor(b"://", rb"[^\s/?#\"'<>@:]{0,128}+[@:]", "userinfo", 3),
        Anchor(b"@", rb"[a-z0-9.-]{0,64}+:[0-9p]", "bare userinfo", 3),
    ]
    return found
