"""A policy in a TOML file, so that one can serve every service.

```toml
keys = ["iban"]                       # as the parameters of RedactionPolicy
paths = ["payload.user.*"]
types = ["internal", "shop.models.Card"]
allow = ["csrf_token", "payload.note", "rule:jwt"]
packs = ["email", "card"]
ignore_case = false
dry_run = false
defaults = true

[strategies]
email = "hash"                        # its keys are given to from_toml, not to the file
iban = { partial = 4 }
"payload.user.*" = { fixed = "***" }
voucher = { truncate = 4 }

[[values]]
id = "voucher"
pattern = "VCH-[A-Z0-9]{12}"
example = "VCH-7K2M9Q4R8T1W"
literals = ["VCH-"]
entropy = 3.0
```
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.hashing import Hash
from structlog_enrich.redaction.packs import pack
from structlog_enrich.redaction.patterns import check_pattern
from structlog_enrich.redaction.policy import RedactionPolicy
from structlog_enrich.redaction.strategies import Fixed, Partial, Truncate
from structlog_enrich.redaction.values import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.redaction.strategies import Strategy

__all__ = ["read"]

_LISTS: Final = ("keys", "paths", "types", "allow", "packs")
_FLAGS: Final = ("defaults", "ignore_case", "dry_run")
_RULE: Final = {"id": str, "pattern": str, "example": str, "literals": list, "entropy": float, "source": str}
_NAMES: Final = frozenset({"mask", "drop", "partial", "hash"})
_NEEDED: Final = ("id", "pattern", "example")
_SETTINGS: Final[Mapping[str, Callable[[Any], Strategy]]] = {"partial": Partial, "truncate": Truncate, "fixed": Fixed}


def read(
    source: str | os.PathLike[str],
    hash_keys: Mapping[str, bytes | str] | None = None,
    kind: type[RedactionPolicy] = RedactionPolicy,
) -> RedactionPolicy:
    """Return the policy that TOML describes.

    Args:
        source: A path; or a text, which is a path too when it is one line that ends with `.toml`.
        hash_keys: The keys for `hash` by their ids, the newest first, at most two.
        kind: The class of the policy.

    Raises:
        ConfigurationError: It can't be read, isn't TOML, or says what no policy can be.

    >>> sorted(read('keys = ["iban", "bic"]').keys)
    ['bic', 'iban']
    """
    told = _parsed(source)
    known = {*_LISTS, *_FLAGS, "strategies", "values"}
    if unknown := sorted(told.keys() - known):
        raise ConfigurationError("policy", f"must hold {', '.join(sorted(known))}", received=f"{unknown[0]!r:.80}")
    for name in _LISTS:
        given = told.get(name, [])
        if type(given) is not list or not all(type(each) is str for each in given):
            raise ConfigurationError(name, "must be a list of texts", received=f"{given!r:.80}")
    strategies = told.get("strategies", {})
    if type(strategies) is not dict:
        raise ConfigurationError("strategies", "must be a table", received=f"{strategies!r:.80}")
    values = told.get("values", [])
    if type(values) is not list:
        raise ConfigurationError("values", "must be tables: [[values]]", received=f"{values!r:.80}")
    rules = [_rule(each) for each in values]
    packs = [pack(each) for each in told.get("packs", ())]
    made = {rule: _strategy(rule, given, strategies) for rule, given in strategies.items()}
    if hash_keys:
        made["hash"] = _hash(hash_keys)
    elif "hash" in made.values():
        raise ConfigurationError(
            "hash_keys", "must be given for `hash`", received="none", remedy='from_toml(…, hash_keys={"1": key})'
        )
    # Taken in before the policy is made, for it may allow their rules and say what is done for them.
    return kind(
        keys=frozenset(told.get("keys", ())).union(*(each.keys for each in packs)),
        values=(*rules, *(rule for each in packs for rule in each.values)),
        paths=told.get("paths", ()),
        types=told.get("types", ()),
        allow=told.get("allow", ()),
        strategies=made,
        **{name: told[name] for name in _FLAGS if name in told},
    )


def _parsed(source: str | os.PathLike[str]) -> dict[str, Any]:
    if isinstance(source, str) and not ("\n" not in source and source.endswith(".toml")):
        text = source
    elif isinstance(source, str | os.PathLike):
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it isn't UTF-8"
            raise ConfigurationError(
                "policy", "must be a file of TOML that can be read", received=f"{os.fspath(source)!r:.200}: {why}"
            ) from None
    else:
        raise ConfigurationError("source", "must be a path or a text", received=f"{source!r:.80}")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        is_text = isinstance(source, str) and text is source
        remedy = "Of a text only one line that ends with .toml is a path; pass any other as a Path" if is_text else ""
        raise ConfigurationError("policy", "must be TOML", received=f"{text!r:.80}: {error}", remedy=remedy) from None


def _rule(given: Any) -> Rule:
    if type(given) is not dict:
        raise ConfigurationError("values", "must be tables: [[values]]", received=f"{given!r:.80}")
    where = f"values[{given.get('id')!r:.80}]"
    for name, each in given.items():
        kind = _RULE.get(name)
        if kind is None:
            raise ConfigurationError(where, f"must hold {', '.join(_RULE)}", received=f"{name!r:.80}")
        if type(each) is not kind and not (kind is float and type(each) is int):
            raise ConfigurationError(f"{where}.{name}", f"must be a {kind.__name__}", received=f"{each!r:.80}")
    for name in _NEEDED:
        if name not in given:
            raise ConfigurationError(where, f"must have {', '.join(_NEEDED)}", received=f"one without {name}")
    literals = given.get("literals", [])
    if not all(type(each) is str and each for each in literals):
        raise ConfigurationError(f"{where}.literals", "must be a list of texts", received=f"{literals!r:.80}")
    # Before it is compiled, whose error would name neither the rule nor the file.
    check_pattern(given["pattern"], f"{where}.pattern", anchored=bool(literals))
    return Rule(
        given["id"],
        given["pattern"],
        (given["example"],),
        given.get("source", ""),
        tuple(literals),
        entropy=float(given.get("entropy", 0.0)),
    )


def _hash(keys: Any) -> Hash:
    if not isinstance(keys, Mapping):
        raise ConfigurationError(
            "hash_keys",
            "must map ids to keys",
            received=f"a value of type {type(keys).__name__}",
            remedy='Write hash_keys={"1": key}',
        )
    (key_id, key), *older = keys.items()
    return Hash(key, key_id=key_id, previous=dict(older))


def _strategy(rule: str, given: Any, strategies: Mapping[str, Any]) -> Strategy | str:
    # A name that has settings of its own in the table stands for those.
    if type(given) is str and (given in _NAMES or type(strategies.get(given)) is dict):
        return given
    if type(given) is dict and len(given) == 1:
        ((name, setting),) = given.items()
        if name in _SETTINGS:
            return _SETTINGS[name](setting)
    raise ConfigurationError(
        f"strategies[{rule!r:.80}]",
        'must be "mask", "drop", "partial", "hash", { partial = 4 }, { truncate = 12 } or { fixed = "***" }',
        received=f"{given!r:.80}",
    )
