"""What a team's own tests ask of its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.redaction.applying import applied
from structlog_enrich.redaction.markers import without_markers
from structlog_enrich.redaction.members import ABSENT, bytes_text, members_of, plainer, told_by
from structlog_enrich.redaction.unknown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog_enrich.redaction.policy import RedactionPolicy

__all__ = ["assert_keeps", "assert_redacts"]

_SHORTEST: Final = 4
_MOST: Final = 250_000
# No secret holds it, so what stood on both sides of a marker isn't read as one.
_BETWEEN: Final = "\0"


def assert_redacts(policy: RedactionPolicy, value: Any, *secrets: str) -> None:
    """Fail unless the policy takes each of *secrets* out of *value*.

    Args:
        policy: The policy under test. A dry run fails, since it takes nothing out.
        value: An event, or a text.
        secrets: What must be gone, at least 4 characters each. Without them something must be found in *value*.

    Raises:
        AssertionError: A secret is left, or nothing was found. It shows what was found where, but no secret.
        ValueError: A secret is shorter, or isn't in *value* to begin with: then nothing would be shown by it.

    >>> from structlog_enrich.redaction.policy import DEFAULT_POLICY
    >>> assert_redacts(DEFAULT_POLICY, {"payload": {"db_password": "hunter2"}}, "hunter2")
    """
    before = list(_texts(value))
    for number, secret in enumerate(secrets):
        if len(secret) < _SHORTEST or not _holds(before, secret):
            msg = f"secrets[{number}] must be a text of at least {_SHORTEST} characters that is in the value"
            raise ValueError(msg)
    left, findings = applied(policy, value)
    after = [without_markers(each, _BETWEEN) for each in _texts(left)]
    remaining = [number for number, secret in enumerate(secrets) if _holds(after, secret)]
    if remaining or not findings or policy.dry_run:
        found = "; ".join(f"{each.path or 'the text'} by {each.rule}" for each in findings) or "nothing"
        problem = f"secrets {remaining} are left" if remaining else "nothing is redacted"
        msg = f"{problem}; found was {found}"
        raise AssertionError(msg)


def assert_keeps(policy: RedactionPolicy, value: Any) -> None:
    """Fail if the policy finds anything in *value*: what your lines need must stay.

    Raises:
        AssertionError: Something was found. It says where, by which rule and how to keep it.

    >>> from structlog_enrich.redaction.policy import DEFAULT_POLICY
    >>> assert_keeps(DEFAULT_POLICY, {"payload": {"session_id": "s-118822", "token_count": 12}})
    """
    if findings := policy.why(value):
        msg = "\n".join(map(str, findings))
        raise AssertionError(msg)


def _holds(texts: list[str], secret: str) -> bool:
    return any(secret in each for each in texts)


def _texts(value: Any) -> Iterator[str]:
    """Yield every key, leaf and exception's text in *value*, without the escapes of a `repr`."""
    seen: dict[int, Any] = {}
    todo = [value]
    while todo and len(seen) < _MOST:
        part = todo.pop()
        kind = type(part)
        if issubclass(kind, str):
            yield str.__str__(part)
            continue
        if issubclass(kind, bytes | bytearray):
            yield bytes_text(part)[0]
            continue
        if id(part) in seen:
            continue
        seen[id(part)] = part
        if (plain := plainer(part)) is not ABSENT:
            todo.append(plain)
        elif issubclass(kind, BaseException):
            args, text, more = told_by(part)
            todo += [*args, text, *more]
        elif (members := members_of(part, _MOST)) is ABSENT:
            text = shown(part)
            yield text if type(text) is str else ""
        elif type(members) is dict:
            todo += (*members, *members.values())
        else:
            todo += members
