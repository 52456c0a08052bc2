"""The redaction policy that a person asks for on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.packs import pack

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["hash_keys_of", "policy_of"]

_REMEDY = "Write one `id=key` a line, the newest first"


def policy_of(
    path: str | None = None, *, packs: Sequence[str] = (), allow: Sequence[str] = (), hash_keys: str | None = None
) -> RedactionPolicy:
    """Return the policy of a file, or the default one, with more packs and more that is allowed.

    Args:
        path: A file of TOML.
        packs: Names of packs.
        allow: Keys, paths and `rule:` ids that stay, those of the packs too.
        hash_keys: A file with the keys for `hash`.

    Raises:
        ConfigurationError: One of the files can't be read, or says what no policy can be; no pack has such a name.

    >>> policy_of(packs=["email", "ip"], allow=["rule:email"]).scan("alice@example.com from 10.1.2.3")[0]
    'alice@example.com from [REDACTED:ip]'
    """
    if path is None and hash_keys is not None:
        raise ConfigurationError("--hash-keys", "must come with a policy that hashes", received="without --policy")
    base = DEFAULT_POLICY
    if path is not None:
        # As a path, so that a name of any form is one.
        base = RedactionPolicy.from_toml(Path(path), hash_keys=hash_keys_of(hash_keys) if hash_keys else None)
    if not packs and not allow:
        return base
    more = [pack(each) for each in packs]
    # Made at once: what is allowed may be a rule of a pack's.
    return RedactionPolicy(
        keys=base.keys.union(*(each.keys for each in more)),
        paths=base.paths,
        values=(*base.values, *(rule for each in more for rule in each.values if rule not in base.values)),
        types=base.types,
        allow=base.allow.union(allow),
        strategies=base.strategies,
        defaults=base.defaults,
        ignore_case=base.ignore_case,
        dry_run=base.dry_run,
    )


def hash_keys_of(path: str) -> dict[str, str]:
    """Return the keys for `hash` that a file holds: `id=key` a line, `#` before a comment.

    Raises:
        ConfigurationError: It can't be read, or a line is something else; it tells which, and nothing of what it holds.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it isn't UTF-8"
        raise ConfigurationError(
            "--hash-keys", "must be a file that can be read", received=f"{path!r}: {why}"
        ) from None
    keys: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, key = (each.strip() for each in line.partition("="))
        if not sign or name in keys:
            raise ConfigurationError(
                "--hash-keys", "must hold an id and a key a line", received=f"line {number}", remedy=_REMEDY
            )
        keys[name] = key
    if not keys:
        raise ConfigurationError("--hash-keys", "must hold a key", received="none", remedy=_REMEDY)
    return keys
