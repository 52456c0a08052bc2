"""What a team's own tests ask of its policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.redaction.applying import applied

if TYPE_CHECKING:
    from structlog_enrich.redaction.policy import RedactionPolicy

__all__ = ["assert_keeps", "assert_redacts"]

_SHORTEST: Final = 4
_MARKER: Final = re.compile(r"\[REDACTED:[^\[\]\s]{1,256}\]")


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
    before = repr(value)
    for number, secret in enumerate(secrets):
        if len(secret) < _SHORTEST or repr(secret)[1:-1] not in before:
            msg = f"secrets[{number}] must be a text of at least {_SHORTEST} characters that is in the value"
            raise ValueError(msg)
    left, findings = applied(policy, value)
    after = _MARKER.sub("", repr(left))
    remaining = [number for number, secret in enumerate(secrets) if repr(secret)[1:-1] in after]
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
