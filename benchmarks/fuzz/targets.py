"""What is fuzzed, and what must hold of it whatever the input."""

# ruff: noqa: S101 (what must hold is asserted: the fuzzer stops where it does not)
from __future__ import annotations

import copy
import re
import time
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.applying import applied, redact, redact_text
from structlog_enrich.redaction.classifier import DEFAULT_CLASSIFIER
from structlog_enrich.redaction.paths import parse_path
from structlog_enrich.redaction.patterns import check_pattern
from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.values import DEFAULT_RULES, PII_RULES, Rule, Scanner
from structlog_enrich.redaction.words import ANYWHERE, TAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SEEDS", "TARGETS", "WORDS"]

_RULES: Final = (*DEFAULT_RULES, *(rule for rules in PII_RULES.values() for rule in rules))
_ENGINES: Final = ("re", "re2")
# Ten times what the slowest honest text takes, under coverage too: only what grows faster than it should is slower.
_SECONDS_PER_BYTE: Final = 1e-4
_LEAST_SECONDS: Final = 0.5
_PUMPED: Final = 16_384
_EVERY: Final = 64
_PATTERNS: Final = 200


def text(data: bytes) -> None:
    """`redact_text`: both engines alike, a second time nothing more, in linear time, and never raising."""
    given = data.decode("utf-8", "surrogateescape")
    left = _in_time(redact_text, given)
    assert left == redact_text(left), "a second time it changes more"
    spans = [each.spans(given) for each in _scanners()]
    assert spans[0] == spans[1], f"the engines disagree: {spans}"
    assert all(0 <= start < end <= len(given) for start, end, _ in spans[0]), f"spans outside of the text: {spans[0]}"
    if data and sum(data) % _EVERY == 0:
        _in_time(redact_text, given * (_PUMPED // len(given) + 1))


def value(data: bytes) -> None:
    """`redact`: the caller's value as it was, the same object where it is clean, and a second time nothing more."""
    given = _value(iter(data.decode("utf-8", "surrogateescape").split("\x00")), 4)
    before = copy.deepcopy(given)
    left = redact(given)
    assert before == given, "the caller's value was changed"
    assert bool(applied(DEFAULT_POLICY, given).findings) or left is given, "a clean value became another object"
    assert left == redact(left), f"a second time it changes more: {left!r}"


def path(data: bytes) -> None:
    """`parse_path`: segments or a `ConfigurationError`, and a name in quotes is that very name."""
    given = data.decode("utf-8", "surrogateescape")
    try:
        found = parse_path(given)
    except ConfigurationError:
        found = ()
    assert len(found) <= len(given)
    quoted = given[:400].replace("\\", "\\\\").replace('"', '\\"')
    assert (given[:400],) == parse_path(f'["{quoted}"]')


def policy(data: bytes) -> None:
    """`RedactionPolicy.from_toml`: a policy that works, or a `ConfigurationError`."""
    given = data.decode("utf-8", "replace")
    if "\n" not in given and given.endswith(".toml"):
        # That would be a path.
        given += "\n"
    try:
        made = RedactionPolicy.from_toml(given, hash_keys={"1": bytes(range(32))})
    except ConfigurationError:
        return
    made.scan(given)
    redact({"password": given, "a": [given]}, made)
    assert isinstance(made.describe(), str)


def pattern(data: bytes) -> None:
    """`check_pattern`: what it takes both engines take, find the same by, and take linear time for."""
    head, _, rest = data.partition(b"\n")
    given = head[:_PATTERNS].decode("utf-8", "surrogateescape")
    try:
        check_pattern(given)
    except ConfigurationError:
        return
    scanners = _for_pattern(given)
    shown = rest.decode("utf-8", "surrogateescape")
    spans = [each.spans(shown) for each in scanners]
    assert spans[0] == spans[1], f"the engines disagree on {shown!r}: {spans}"
    if shown:
        _in_time(re.compile(given.encode()).search, (rest * (_PUMPED // len(rest) + 1))[:_PUMPED])


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "text": text,
    "value": value,
    "path": path,
    "policy": policy,
    "pattern": pattern,
}
"""Each takes any bytes, and raises when what must hold doesn't."""

_TOML: Final = (
    'keys = ["iban"]\npaths = ["payload.user.*"]\nallow = ["csrf_token", "rule:jwt"]\npacks = ["email", "card"]\n'
    'dry_run = false\n[strategies]\nemail = "hash"\niban = { partial = 4 }\n"payload.user.*" = { fixed = "***" }\n'
    '[[values]]\nid = "voucher"\npattern = "VCH-[A-Z0-9]{12}"\nexample = "VCH-7K2M9Q4R8T1W"\nliterals = ["VCH-"]\n'
)

SEEDS: Final[dict[str, tuple[bytes, ...]]] = {
    "text": tuple("".join(rule.example).encode() for rule in _RULES),
    "value": (
        b"d\x00password\x00hunter2\x00",
        b"l\x00t\x00--password\x00hunter2",
        b"d\x00name\x00DB_PASSWORD\x00value\x00x",
    ),
    "path": (b"users[*]['x-y'].*secret", b"**.a", b'["a.b"]'),
    "policy": (_TOML.encode(), b'types = ["internal"]\nignore_case = true\ndefaults = false\n'),
    "pattern": (rb"(?:a|b){1,3}[^\s]\w+?" + b"\nababx", rb"(?i)VCH-[A-Z0-9]{12}" + b"\nvch-", rb"\bx$" + b"\nx\n"),
}
"""From what the fuzzer starts."""

WORDS: Final = tuple(
    dict.fromkeys(
        (
            *(literal for rule in DEFAULT_RULES for literal in rule.literals),
            *(word for words in (*ANYWHERE.values(), *TAIL.values()) for word in words.split() if word.isascii()),
            *(
                "=",
                ": ",
                "Bearer ",
                "://",
                "[REDACTED:token]",
                "-----BEGIN ",
                "--",
                '\\"',
                "\\n",
                "…[+1]",
                "{",
                "[[values]]",
            ),
        )
    )
)
"""What it may put into a text as a whole."""


@cache
def _scanners() -> tuple[Scanner, ...]:
    return tuple(
        Scanner(_RULES, DEFAULT_CLASSIFIER.classify, each, judge=DEFAULT_CLASSIFIER.judge) for each in _ENGINES
    )


def _for_pattern(given: str) -> list[Scanner]:
    return [Scanner([Rule("fuzzed", given, "")], lambda _key: None, each) for each in _ENGINES]


def _in_time(function: Callable[[Any], Any], given: Any) -> Any:
    start = time.thread_time()
    found = function(given)
    seconds = time.thread_time() - start
    assert seconds <= _LEAST_SECONDS + _SECONDS_PER_BYTE * len(given), f"{seconds:.1f} s for {len(given)} characters"
    return found


def _value(parts: Iterator[str], depth: int) -> Any:
    part = next(parts, "")
    if depth and part == "d":
        return {next(parts, ""): _value(parts, depth - 1) for _ in range(2)}
    if depth and part in {"l", "t"}:
        items = [_value(parts, depth - 1) for _ in range(3)]
        return items if part == "l" else tuple(items)
    if part[:1] == "b":
        return part[1:].encode("utf-8", "surrogateescape")
    return int(part) if part.isascii() and part.isdigit() and len(part) < 20 else part  # noqa: PLR2004 (64 bits)
