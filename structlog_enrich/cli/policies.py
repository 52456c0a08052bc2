"""The redaction policy that a person asks for on the command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.packs import pack

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["hash_keys_of", "policy_of"]

_REMEDY = "Write one `id=key` a line, the newest first"
_KEYS_REMEDY = "Add --hash-keys FILE, a file of its own with one `id=key` a line, the newest first"
# What `Hash` calls its parameters.
_KEY = re.compile(r"key\Z|key_id\Z|previous")


def policy_of(
    path: str | None = None, *, packs: Sequence[str] = (), allow: Sequence[str] = (), hash_keys: str | None = None
) -> RedactionPolicy:
    """Return the policy of a file, or the default one, with more packs and more that is allowed.

    Args:
        path: A file of TOML.
        packs: Names of packs, several of them with commas between them too.
        allow: Keys, paths and `rule:` ids that stay, those of the packs too.
        hash_keys: A file with the keys for `hash`.

    Raises:
        ConfigurationError: One of the files can't be read, or says what no policy can be; no pack has such a name. It
            names the option, and the file.

    >>> policy_of(packs=["email,ip"], allow=["rule:email"]).scan("alice@example.com from 10.1.2.3")[0]
    'alice@example.com from [REDACTED:ip]'
    """
    if path is None and hash_keys is not None:
        raise ConfigurationError("--hash-keys", "must come with a policy that hashes", received="without --policy")
    base = DEFAULT_POLICY
    if path is not None:
        base = _of_file(path, hash_keys)
    if not packs and not allow:
        return base
    more = [_pack(each.strip()) for given in packs for each in given.split(",")]
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


def _of_file(path: str, hash_keys: str | None) -> RedactionPolicy:
    keys = None if hash_keys is None else hash_keys_of(hash_keys)
    try:
        # As a path, so that a name of any form is one.
        return RedactionPolicy.from_toml(Path(path), hash_keys=keys)
    except ConfigurationError as error:
        if error.parameter == "hash_keys":
            raise ConfigurationError(
                "--hash-keys",
                f"must be given for the strategy `hash` in {path!r}",
                received="none",
                remedy=_KEYS_REMEDY,
            ) from None
        # What is wrong with a key stands in the file of the keys.
        where = hash_keys if _KEY.match(error.parameter) else path
        named = "--policy" if repr(path) in error.received else f"{where}: {error.parameter}"
        raise ConfigurationError(named, error.rule, received=error.received, remedy=error.remedy) from None


def _pack(name: str) -> RedactionPolicy:
    try:
        return pack(name)
    except ConfigurationError as error:
        raise ConfigurationError("--pack", error.rule, received=error.received) from None


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
