"""One case of a secret that tries to get around redaction, played through the whole chain and judged by its bytes."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson
import structlog

from benchmarks.judge.bypass.canaries import Canary
from structlog_enrich import bound_logger, preset
from structlog_enrich.processors import HEADER, Limits, Redact
from structlog_enrich.processors.limits import DEFAULT_LIMITS
from structlog_enrich.schema.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Case", "Planting", "Verdict", "judged"]

_SCALARS: Final = frozenset({str, bytes, int, float, bool, type(None)})
_PLAIN: Final = frozenset({dict, list, tuple, set})
_LOOKED_AT: Final = 2_000
_NOTES: Final = ("redacted", "truncated")


@dataclass(frozen=True, slots=True)
class Case:
    """Describe one way around redaction.

    Attributes:
        name: What stands in the table.
        log: Plant a secret and log.
        says: Whether something is masked, which `redacted` must name; else what holds the secret isn't read or is cut.
        needs: The library without which there is no such case.
        lines: How many lines it makes; None when that is open.
    """

    name: str
    log: Callable[[Planting], object]
    says: bool = True
    needs: str | None = None
    lines: int | None = 1

    @property
    def left_out(self) -> str | None:
        """Why it can't be played here, or None."""
        if self.needs is None or find_spec(self.needs.partition(".")[0]) is not None:
            return None
        return f"{self.needs} is not installed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say how a case ended.

    Attributes:
        name: The case's.
        leaks: Where in the lines the secret stands.
        faults: What else is wrong with them.
        lines: What was written.
        seconds: How long the logging took, in CPU time of its thread.
    """

    name: str
    leaks: tuple[str, ...]
    faults: tuple[str, ...]
    lines: bytes
    seconds: float


@dataclass
class Planting:
    """Hand a case its secret and its logger, and watch over what it logs.

    Attributes:
        canary: Makes the secret.
        wrapper: The class of the bound logger.
        evaluated: What was evaluated that must not be; traps add to it.
        changed: The types of the caller's objects that were changed.
        seconds: How long the logging took, in CPU time of its thread.
        limits: Where the last logger cuts.
    """

    canary: Canary
    wrapper: Any = None
    evaluated: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    limits: Limits = DEFAULT_LIMITS
    _sink: io.BytesIO = field(default_factory=io.BytesIO)

    @property
    def secret(self) -> str:
        """A secret of 24 characters."""
        return self.canary.made(24)

    def made(self, length: int) -> str:
        """Return the same secret in another length."""
        return self.canary.made(length)

    def logger(self, *extra: Any, **options: Any) -> Any:
        """Return a logger that writes into memory through `preset()`, with processors of a team and other options."""
        self.limits = options.get("limits", self.limits)
        chain = preset(service="tests", renderer="json", extra=extra, **options)
        wrapper = bound_logger() if self.wrapper is None else self.wrapper
        wrapped = structlog.BytesLogger(self._sink)
        return structlog.wrap_logger(wrapped, chain, wrapper, context_class=dict).bind()

    def info(self, event: Any = "x", /, *arguments: Any, **given: Any) -> None:
        """Log, and see that nothing of what is logged was changed."""
        self.through(self.logger().info, event, *arguments, **given)

    def through(self, method: Any, *arguments: Any, **given: Any) -> None:
        """Log by *method*, and see that nothing of what is logged was changed."""
        watched = (*arguments, *given.values())
        before = [_picture(each, {}) for each in watched]
        self.timed(method, *arguments, **given)
        for each, seen in zip(watched, before, strict=True):
            if not _unchanged(seen, _picture(each, {})):
                self.changed.append(type(each).__name__)

    def raised(self, function: Callable[[], object], *extra: Any) -> None:
        """Log the exception that *function* raises."""
        try:
            function()
        except Exception as error:  # noqa: BLE001 (it is what is logged)
            before = _picture(error, {})
            self.timed(self.logger(*extra).exception, "failed")
            if before != _picture(error, {}):
                self.changed.append(type(error).__name__)
        else:
            msg = "nothing was raised, so nothing is proved"
            raise AssertionError(msg)

    def timed(self, method: Any, *arguments: Any, **given: Any) -> None:
        """Log by *method*, and only take the time."""
        start = time.thread_time()
        method(*arguments, **given)
        self.seconds += time.thread_time() - start

    def trap(self, what: str) -> Any:
        """Return a function that must never be called: it notes what was evaluated and returns the secret."""

        def sprung(*_arguments: object, **_given: object) -> str:
            self.evaluated.append(what)
            return self.secret

        return sprung

    def written(self) -> bytes:
        """Return the lines."""
        return self._sink.getvalue()


def judged(case: Case, *, words: bool = False, wrapper: Any = None) -> Verdict:
    """Play a case and return how it ended.

    Args:
        case: The case.
        words: Whether its secret is one that a person might think of; see `Canary`.
        wrapper: The class of the bound logger; default our own without a minimum level.
    """
    planting = Planting(Canary(case.name, words=words), wrapper)
    faults: list[str] = []
    try:
        case.log(planting)
    except Exception as error:  # noqa: BLE001 (a call that raises is a finding)
        faults.append(f"raised {type(error).__name__}: {error}"[:200])
    written = planting.written()
    lines = written.splitlines(keepends=True)
    if case.lines is not None and len(lines) != case.lines:
        faults.append(f"{len(lines)} lines, not {case.lines}")
    most = planting.limits.max_line
    faults += (f"line: {each.path} {each.rule}" for each in validate(lines, max_line=most) if each.violation)
    faults += (f"changed the caller's {each}" for each in planting.changed)
    faults += (f"evaluated {each}" for each in planting.evaluated)
    leaks = dict.fromkeys(place for line in lines for place in planting.canary.places(line))
    decoded = [line for line in map(_decoded, lines) if line is not None]
    if case.says and not any(line.get("redacted") for line in decoded):
        faults.append("says nothing in `redacted`")
    faults += (f"another pass changes {name}" for line in decoded for name in _changed(line, planting.limits))
    return Verdict(case.name, tuple(leaks), tuple(dict.fromkeys(faults)), written, planting.seconds)


def _decoded(line: bytes) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found


def _changed(line: dict[str, Any], limits: Limits) -> Iterator[str]:
    again = Redact(trusted=HEADER, limits=limits)(None, "info", orjson.loads(orjson.dumps(line)))
    yield from (name for name in again.keys() | line.keys() if name not in _NOTES and again.get(name) != line.get(name))
    # An element of a set has another place once it is written, so a note may come; none may go.
    yield from (name for name in _NOTES if not set(line.get(name, ())) <= set(again.get(name, ())))


def _picture(value: Any, seen: dict[int, int], *, within: bool = False) -> Any:
    """Return what an object is made of, without any code of its own.

    Args:
        value: Anything.
        seen: The identities of what was looked at before.
        within: Whether it is part of an object: then only plain containers are looked into.
    """
    kind = type(value)
    if kind in _SCALARS:
        return kind, value
    if id(value) in seen or len(seen) > _LOOKED_AT or (within and kind not in _PLAIN):
        return id(value)
    seen[id(value)] = len(seen)
    parts: list[Any] = [id(value), id(kind)]
    if issubclass(kind, dict):
        parts += (
            (_picture(key, seen, within=within), _picture(each, seen, within=within))
            for key, each in islice(dict.copy(value).items(), _LOOKED_AT)
        )
        parts.append(dict.__len__(value))
    elif issubclass(kind, list | tuple):
        base = list if issubclass(kind, list) else tuple
        parts += (_picture(each, seen, within=within) for each in islice(base.__iter__(value), _LOOKED_AT))
        parts.append(base.__len__(value))
    elif issubclass(kind, bytearray):
        parts.append(bytes(value))
    elif issubclass(kind, set | frozenset):
        parts.append(sorted(map(id, set.copy(value) if issubclass(kind, set) else value)))
    elif issubclass(kind, BaseException):
        parts += (_picture(value.args, seen), id(value.__cause__), id(value.__context__), id(value.__traceback__))
    try:
        own = object.__getattribute__(value, "__dict__")
    except (AttributeError, TypeError):
        own = None
    if type(own) is dict:
        looked = ((name, _picture(each, seen, within=True)) for name, each in list(own.items()) if each is not None)
        parts.append(_Own(looked))
    return tuple(parts)


class _Own(dict[Any, Any]):
    """Hold an object's attributes. What a `repr` works out once, it may remember."""


def _unchanged(before: Any, after: Any) -> bool:
    if type(before) is _Own and type(after) is _Own:
        return all(name in after and _unchanged(each, after[name]) for name, each in before.items())
    if type(before) is tuple and type(after) is tuple:
        return len(before) == len(after) and all(map(_unchanged, before, after))
    # What isn't equal to itself, such as NaN, is unchanged all the same.
    return before is after or bool(before == after)
