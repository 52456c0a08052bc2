"""The redaction policy: a value, checked at construction, compiled when it is first asked."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.counting import Counters

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from structlog_enrich.redaction.compiled import Compiled
    from structlog_enrich.redaction.findings import Finding
    from structlog_enrich.redaction.strategies import Strategy
    from structlog_enrich.redaction.values import Rule

__all__ = ["DEFAULT_POLICY", "NOTHING", "RedactionPolicy"]


class RedactionPolicy:
    """Say what must not leave the process, and what stands in its place.

    It holds the built-in rules and, beside them, what it is told. `policy | other` masks what either masks. Whatever
    is found by several counts as the first of: an allowed path, a path, a key, a type, the text itself.

    Args:
        keys: Names whose values are masked, whatever they are and however they are spelled. Each is a rule's id too.
        paths: Where values are masked, as `parse_path` takes them, from the top of the line: `payload.user.*`. Each is
            its rule's id; on the line that is `path`. Of a line they reach the message, `operation`, `context`,
            `payload`, `error`, the names and attributes of `span`, and labels; the rest of the header holds no data.
        values: Rules of your own for what a text holds.
        types: `internal`, `personal`, `secret`: what fields marked `Sensitive` must be to be masked, `personal` and
            `secret` are unless `defaults` is False; and classes, or their dotted names, whose values are masked as a
            whole. Of a `TypedDict` the marked fields are, in every dict that has its keys.
        allow: What is never masked, which wins over all else: a key, which is not judged by its name then; a path,
            which stays with all that is in it; or the id of a rule behind `rule:`. What stands in something that is
            masked as a whole goes with it.
        strategies: What is done instead of masking, by the id of the rule: a strategy or the name of one, `mask`,
            `drop` or `partial`. Under the name of a strategy: what `Sensitive("…")` of that name does.
        defaults: Whether the built-in rules count.
        ignore_case: Whether paths are compared without regard to case.
        dry_run: Whether everything is found, named and counted, and nothing is replaced.

    A subclass may decide by the name of a value, in a `rule_for` of its own, which counts instead of *keys* and of the
    built-in rules for keys; inside texts those still decide.

    Raises:
        ConfigurationError: One of these isn't what it must be; it names the offending text.

    >>> policy = RedactionPolicy(keys={"iban"}, paths=["payload.user.*"], allow={"csrf_token"})
    >>> policy.rule_for("IBAN"), policy.rule_for("csrf-token"), policy.scan("password=hunter2")
    ('iban', None, ('password=[REDACTED:password]', ('password',)))
    """

    __slots__ = (
        "_compiled", "_counters", "allow", "defaults", "dry_run", "ignore_case", "keys", "paths", "strategies", "types",
        "values",
    )  # fmt: skip

    keys: frozenset[str]
    paths: tuple[str, ...]
    values: tuple[Rule, ...]
    types: frozenset[str | type]
    allow: frozenset[str]
    strategies: Mapping[str, Strategy]
    defaults: bool
    ignore_case: bool
    dry_run: bool
    _counters: Counters
    _compiled: Compiled | None

    def __init__(
        self,
        *,
        keys: Iterable[str] = (),
        paths: Iterable[str] = (),
        values: Iterable[Rule] = (),
        types: Iterable[str | type] = (),
        allow: Iterable[str] = (),
        strategies: Mapping[str, Strategy | str] | None = None,
        defaults: bool = True,
        ignore_case: bool = False,
        dry_run: bool = False,
    ) -> None:
        told: dict[str, Any] = {"keys": keys, "paths": paths, "values": values, "types": types, "allow": allow}
        flags = {"defaults": defaults, "ignore_case": ignore_case, "dry_run": dry_run}
        self._hold(_counters=Counters(), _compiled=None, **{name: _flag(name, given) for name, given in flags.items()})
        if strategies is None and all(each == () for each in told.values()):
            # Nothing to check: the many rules are compiled for whoever uses them, not for whoever imports this.
            self._hold(keys=frozenset(), types=frozenset(), allow=frozenset())
            self._hold(paths=(), values=(), strategies=MappingProxyType({}))
            return
        compiled = self._compile({**told, "strategies": strategies})
        self._hold(_compiled=compiled, **{name: getattr(compiled, name) for name in (*told, "strategies")})

    def __setattr__(self, name: str, value: object) -> None:
        # What is set would count nowhere, for all was decided when it was made. A subclass may have more of its own.
        if name in RedactionPolicy.__slots__:
            msg = f"a RedactionPolicy is immutable; make a new one, such as policy | RedactionPolicy({name}=…)"
            raise AttributeError(msg)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        if name in RedactionPolicy.__slots__:
            msg = f"a RedactionPolicy is immutable; {name} can't be deleted"
            raise AttributeError(msg)
        super().__delattr__(name)

    def __repr__(self) -> str:
        kind = type(self)
        said = ", ".join(f"{name}={_shown(given)}" for name, given in self._said().items() if given)
        if not self.defaults:
            said = f"{said}, defaults=False" if said else "defaults=False"
        return f"{kind.__name__}({said})" if said or kind is not RedactionPolicy else "DEFAULT_POLICY"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RedactionPolicy):
            return NotImplemented
        # A subclass may decide otherwise by the same words.
        return type(self) is type(other) and self.defaults == other.defaults and self._said() == other._said()

    def __hash__(self) -> int:
        return hash((self.keys, self.paths, self.values, self.types, self.allow, self.defaults))

    def __or__(self, other: RedactionPolicy) -> RedactionPolicy:
        """Return a policy that masks what either does; of two strategies for a rule *other*'s counts.

        What one of them allows is allowed; it replaces unless both are a dry run.
        """
        if type(other) is not RedactionPolicy or type(self) is not RedactionPolicy:
            return NotImplemented
        return self._joined(other, defaults=self.defaults or other.defaults, dry_run=self.dry_run and other.dry_run)

    def __reduce__(self) -> tuple[object, ...]:
        # Caches and counters stay here: keys that were seen are data. A `Hash` takes its key along.
        return _rebuild, (type(self), self._given()), getattr(self, "__dict__", None)

    @classmethod
    def from_toml(
        cls, source: str | os.PathLike[str], *, hash_keys: Mapping[str, bytes | str] | None = None
    ) -> RedactionPolicy:
        """Return the policy that a TOML file or text describes; see `structlog_enrich.redaction.toml_file`.

        Args:
            source: A path, or TOML as text.
            hash_keys: The keys for `hash` by their ids, the newest first, at most two: a file is no place for them.

        Raises:
            ConfigurationError: It can't be read, isn't TOML, or says what no policy can be.

        >>> RedactionPolicy.from_toml('keys = ["iban"]\\npacks = ["email"]').scan("write to alice@example.com")
        ('write to [REDACTED:email]', ('email',))
        """
        from structlog_enrich.redaction.toml_file import read  # noqa: PLC0415 (which imports this one)

        return read(source, hash_keys, cls)

    @property
    def compiled(self) -> Compiled:
        """What is asked for every value: made once, when it is first needed."""
        compiled = self._compiled
        if compiled is None:
            compiled = self._compile({})
            self._hold(_compiled=compiled)
        return compiled

    def rule_for(self, key: str) -> str | None:
        """Return the id of the rule by which a value under *key* may be masked, or None when none is by its key."""
        return self.compiled.classify(key)

    def scan(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return *text* with each secret in it replaced, and the rules that found them; *text* itself if none."""
        return self.compiled.scan(text)

    @property
    def counters(self) -> dict[str, int]:
        """How often each rule has masked something in this process; a path that says 0 never meant anything."""
        return {**dict.fromkeys(self.paths, 0), **self._counters.read()}

    def describe(self) -> str:
        """Return a text that two policies share exactly when they were told the same; no key of a hash is in it."""
        told = {**self._said(), "values": [_described(rule) for rule in self.values]}
        return repr([type(self).__qualname__, self.defaults, *((name, _shown(each)) for name, each in told.items())])

    def why(self, event: Any) -> tuple[Finding, ...]:
        """Return what is masked in *event*, by which rule, and what to write into `allow` to keep it.

        It takes an event as it is logged, a line as it would be written, or one that was, also as text: there it reads
        the markers. It names the narrowest that keeps each: the key that told, else the place, else the rule.

        >>> for found in RedactionPolicy().why({"payload": {"token": "a1b2c3", "n": 1}}):
        ...     print(found)
        payload.token: masked by the rule token; allow={"token"} keeps it
        """
        from structlog_enrich.redaction.applying import explained  # noqa: PLC0415 (which imports this one)

        return explained(self, event)

    def as_dry_run(self) -> RedactionPolicy:
        """Return the same policy as a dry run, with counters of its own."""
        policy = _rebuild(type(self), {**self._given(), "dry_run": True})
        # A subclass may have attributes of its own.
        getattr(policy, "__dict__", {}).update(getattr(self, "__dict__", {}))
        return policy

    def _joined(self, other: RedactionPolicy, *, defaults: bool, dry_run: bool) -> RedactionPolicy:
        return RedactionPolicy(
            keys=self.keys | other.keys,
            paths=(*self.paths, *other.paths),
            values=(*self.values, *other.values),
            types=self.types | other.types,
            allow=self.allow | other.allow,
            strategies={**self.strategies, **other.strategies},
            defaults=defaults,
            ignore_case=self.ignore_case or other.ignore_case,
            dry_run=dry_run,
        )

    def _hold(self, **given: Any) -> None:
        for name, each in given.items():
            # Past the guard.
            object.__setattr__(self, name, each)

    def _given(self) -> dict[str, Any]:
        return {**self._said(), "strategies": dict(self.strategies), "defaults": self.defaults}

    def _said(self) -> dict[str, Any]:
        return {
            "keys": self.keys, "paths": self.paths, "values": self.values, "types": self.types, "allow": self.allow,
            "strategies": self.strategies, "ignore_case": self.ignore_case, "dry_run": self.dry_run,
        }  # fmt: skip

    def _compile(self, told: Mapping[str, Any]) -> Compiled:
        from structlog_enrich.redaction.compiled import Compiled  # noqa: PLC0415 (tables that an import can do without)

        told = {**told, "defaults": self.defaults, "ignore_case": self.ignore_case, "dry_run": self.dry_run}
        # A subclass that decides by the key alone decides in all it is asked.
        decides = type(self).rule_for is not RedactionPolicy.rule_for
        return Compiled(told, self._counters, self.rule_for if decides else None)


def _flag(parameter: str, given: Any) -> bool:
    if type(given) is not bool:
        raise ConfigurationError(parameter, "must be a bool", received=f"{given!r:.80}")
    return given


def _shown(given: Any) -> str:
    if isinstance(given, frozenset):
        return repr(
            sorted((each if isinstance(each, str) else f"{each.__module__}.{each.__qualname__}") for each in given)
        )
    if isinstance(given, MappingProxyType):
        return repr(dict(sorted(given.items())))
    if isinstance(given, tuple):
        return repr([getattr(each, "id", each) for each in given])
    return repr(given)


def _described(rule: Rule) -> tuple[object, ...]:
    check = None if rule.check is None else f"{rule.check.__module__}.{rule.check.__qualname__}"
    return rule.id, rule.pattern, rule.literals, rule.after, rule.before, rule.entropy, check


def _rebuild(kind: type[RedactionPolicy], given: dict[str, Any]) -> RedactionPolicy:
    policy = kind.__new__(kind)
    RedactionPolicy.__init__(policy, **given)
    return policy


DEFAULT_POLICY: Final = RedactionPolicy()
"""What is masked unless a service says otherwise."""

NOTHING: Final = RedactionPolicy(defaults=False)
"""A policy that masks nothing."""
