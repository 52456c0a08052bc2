"""The page of redaction rules: what is found unless a service says otherwise, and what the packs find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.redaction.packs import PACKS, pack
from structlog_enrich.redaction.values import DEFAULT_RULES
from structlog_enrich.redaction.words import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structlog_enrich.redaction.values import Rule

__all__ = ["redaction_rules"]

_PREAMBLE: Final = """\
<!-- Generated from the rules by `python -m structlog_enrich.export`; change those, not this page. -->

# Redaction rules

What `DEFAULT_POLICY` finds, by the id that stands in `[REDACTED:…]`, in `redacted` and in `allow={"rule:…"}`.
[Redaction](redaction.md) says how to add to it, and how to keep what it finds.
"""

_KEYS: Final = """\
## By key

A key is read as words, so one rule knows many spellings. The same rules find what is assigned to such a key inside a
text.

| rule | what stands under such a key |
| --- | --- |
"""

_VALUES: Final = """\
## By the form of a text

Private keys (`private-key`), JSON web tokens (`jwt`), passwords in URLs (`url-userinfo`), keys in queries
(`query-key`), the data of a Kubernetes secret (`kubernetes-secret`) and what looks random under the name of a service
(`provider-key`) are found by their structure, all others by a pattern.

| rule | begins with or holds | documented at |
| --- | --- | --- |
"""

_PACKS: Final = """\
## Packs

| rule | pack | documented at |
| --- | --- | --- |
"""


def redaction_rules() -> str:
    """Return the page as Markdown."""
    keys = "".join(f"| `{rule}` | {meaning} |\n" for rule, meaning in sorted(RULES.items()))
    packs = [(name, rule) for name in PACKS if name != "all" for rule in pack(name).values]
    rows = "".join(f"| `{rule.id}` | `PII.{name}` | {_link(rule.source)} |\n" for name, rule in packs)
    return "\n".join([_PREAMBLE, _KEYS + keys, _VALUES + _patterns(DEFAULT_RULES), _PACKS + rows])


def _patterns(rules: Iterable[Rule]) -> str:
    by_id: dict[str, list[Rule]] = {}
    for rule in rules:
        by_id.setdefault(rule.id, []).append(rule)
    return "".join(_row(name, each) for name, each in sorted(by_id.items()))


def _row(name: str, rules: list[Rule]) -> str:
    literals = dict.fromkeys(literal for rule in rules for literal in rule.literals)
    shown = " ".join(f"`{literal.strip()}`" for literal in literals if literal.strip()).replace("|", r"\|")
    sources = " ".join(dict.fromkeys(_link(rule.source) for rule in rules))
    return f"| `{name}` | {shown} | {sources} |\n"


def _link(source: str) -> str:
    if not source.startswith("https://"):
        return source
    host = source.removeprefix("https://").partition("/")[0].removeprefix("www.")
    return f"[{host}]({source})"
