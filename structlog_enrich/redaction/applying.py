"""A policy applied to a value outside of logging: what is left of it, and what was found where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.findings import Finding
from structlog_enrich.redaction.kinds import name_of
from structlog_enrich.redaction.markers import DROP
from structlog_enrich.redaction.policy import DEFAULT_POLICY
from structlog_enrich.redaction.unknown import shown
from structlog_enrich.redaction.walking import Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.redaction.policy import RedactionPolicy

__all__ = ["Applied", "Finding", "applied", "explained", "redact", "redact_text"]


class Applied(NamedTuple):
    """What is left of a value, and what was found in it; a clean value is left as the same object."""

    value: Any
    findings: tuple[Finding, ...]


def redact(value: Any, policy: RedactionPolicy = DEFAULT_POLICY) -> Any:
    """Return *value* without its secrets, for what leaves the process otherwise than by a log line.

    Args:
        value: Anything: an event, a response, an exception, an object of a class of yours. It isn't changed, and where
            it holds nothing to redact the very same object is returned. Iterators aren't consumed, lazy objects not
            evaluated. What is a mapping, a set or a sequence only by its methods is read through them; any other
            object is read by its fields or, where it has none, by its `repr`.
        policy: What is a secret, and what stands in its place; default `DEFAULT_POLICY`.

    Returns:
        A copy of what had to change; an object in which something was found as a dict of its fields, or as text. What
        can't be read, is too deep, too much or in itself is `[REDACTED:error]`, `depth`, `items` or `cycle`.

    >>> redact({"user": {"name": "ada", "password": "hunter2"}, "dsn": "postgres://app:hunter2@db/shop"})
    {'user': {'name': 'ada', 'password': '[REDACTED:password]'}, 'dsn': 'postgres://app:[REDACTED:url-userinfo]@db/shop'}
    """
    return applied(policy, value, shown).value


def redact_text(text: str, policy: RedactionPolicy = DEFAULT_POLICY) -> str:
    """Return *text* with a marker in place of each secret in it, and *text* itself where there is none.

    Args:
        text: Any text: a message, a body, a whole file. Of more than 131,072 bytes the rest is masked as a whole.
        policy: What is a secret, and what stands in its place; default `DEFAULT_POLICY`.

    Raises:
        ConfigurationError: *text* is no text.

    >>> redact_text("retrying with Authorization: Bearer q7Zk3RxV9mBtW2nH")
    'retrying with Authorization: Bearer [REDACTED:authorization]'
    """
    kind = type(text)
    if not issubclass(kind, str):
        raise ConfigurationError(
            "text",
            "must be a str",
            received=f"a value of type {name_of(kind)}",
            remedy="redact() takes bytes and any other value",
        )
    plain = str.__str__(text)
    found = policy.scan(plain)[0]
    return text if found == plain else found


def applied(policy: RedactionPolicy, value: Any, render: Callable[[Any], Any] = shown) -> Applied:
    """Return *value* as the policy leaves it.

    It reads the standard containers, texts, bytes, exceptions and objects with fields, without any code of their own.
    An object in which something is found becomes a dict of its fields. What is too deep, too much or in itself goes.

    Args:
        policy: What is found, and what stands in its place.
        value: Anything; it isn't changed.
        render: Returns the text, dict or list that stands for any other object, or the object itself, which then stays.

    >>> from structlog_enrich.redaction.policy import RedactionPolicy
    >>> event = {"user": {"password": "hunter2"}, "n": 1}
    >>> applied(RedactionPolicy(), event).value
    {'user': {'password': '[REDACTED:password]'}, 'n': 1}
    """
    if policy.compiled.first_look.is_clean(value):
        return Applied(value, ())
    walk = Walk(policy.compiled, render)
    left = walk.one(value, None, policy.compiled.start)
    return Applied(None if left is DROP else left, tuple(walk.findings))


def explained(policy: RedactionPolicy, event: Any) -> tuple[Finding, ...]:
    """Return what is found in *event*; what is masked already counts as found by the rule that its marker names.

    A text that is an object of JSON is read as one: a line that was pasted has paths.
    """
    # A question is no redaction: it isn't counted, and no strategy runs.
    asked = policy.as_dry_run().compiled
    walk = Walk(asked, shown, explains=True)
    walk.one(_pasted(event) if type(event) is str else event, None, asked.start)
    return tuple(dict.fromkeys(walk.findings))


def _pasted(text: str) -> Any:
    if not text.lstrip().startswith("{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
