"""The last stage that may see new data, and the only one that looks at values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog.exceptions import DropEvent

from structlog_enrich.processors.limits import DEFAULT_LIMITS, Limits
from structlog_enrich.processors.plain import SAID_NAMES, Plain
from structlog_enrich.redaction.markers import marker
from structlog_enrich.redaction.policy import DEFAULT_POLICY, NOTHING, RedactionPolicy
from structlog_enrich.said import fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from structlog.typing import EventDict, WrappedLogger

    from structlog_enrich.redaction.matcher import PathState

__all__ = ["Redact"]

_FAILED: Final = "error"
_WHOLE_PARTS: Final = (
    *(("message",), ("operation",), ("context",), ("payload",), ("span",), ("span", "attributes")),
    *(("span", "name"), ("span", "peer"), ("span", "outcome")),
)


class Redact:
    """Mask secrets, render what JSON can't take, and cut to the limits, in this order and in one walk.

    What was masked is named in `redacted`, what was cut in `truncated`, as `path:rule` and never with the value. It
    fails closed: data it could not examine isn't written. The caller's objects are never changed.

    Args:
        policy: What is a secret; None masks nothing but pydantic's `SecretStr` and its kin, and still renders and cuts.
        limits: Where to cut.
        trusted: Top-level names that a stage before filled from trusted sources and that need no look: `HEADER` after
            an `Envelope`. Without it every name of the event is walked, and judged by its key.
        standing: `path:rule` of what was masked at construction in the static header, named on each line.

    Source: `docs/wire-format.md`, "How values are rendered".

    >>> Redact()(None, "info", {"event": "login", "password": "hunter2", "at": b"paris"})
    {'event': 'login', 'password': '[REDACTED:password]', 'at': 'paris', 'redacted': ['password:password']}
    """

    __slots__ = ("_is_plain", "_walked", "limits", "policy", "standing", "trusted")

    def __init__(
        self,
        policy: RedactionPolicy | None = DEFAULT_POLICY,
        *,
        limits: Limits = DEFAULT_LIMITS,
        trusted: Collection[str] = frozenset(),
        standing: Iterable[str] = (),
    ) -> None:
        # By whoever makes a stage: neither by every importer, nor at the first line that needs it, when a child that is
        # forked meanwhile would wait for it for ever.
        from structlog_enrich.processors.line_walk import LineWalk  # noqa: PLC0415

        self.policy = policy
        self.limits = limits
        self.trusted = frozenset(trusted)
        self.standing = tuple(standing)
        compiled = NOTHING.compiled if policy is None else policy.compiled
        plain = Plain(None if policy is None else compiled, limits)
        looks_first = self.trusted and not self.standing and not _is_whole_part_meant(compiled.start)
        self._is_plain = plain.tells if looks_first else _never
        scans = policy is not None
        self._walked = LineWalk(compiled, plain.names, limits, self.trusted, self.standing, scans=scans).walked

    def __repr__(self) -> str:
        return f"Redact({self.policy!r}, limits={self.limits!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.policy, self.limits, self.trusted, self.standing)

    def __call__(self, logger: WrappedLogger, method_name: str, event_dict: Any) -> Any:
        try:
            # Most lines need nothing, and whatever is in doubt takes the walk.
            return event_dict if self._is_plain(event_dict) else self._walked(event_dict)
        except (Exception, DropEvent) as error:  # noqa: BLE001 (fails closed: nothing unexamined passes)
            return self._withheld(event_dict, error)

    def _withheld(self, event_dict: EventDict, error: BaseException) -> dict[str, Any]:
        line = {
            name: marker(_FAILED) if name == "message" or name in SAID_NAMES else value
            for name, value in event_dict.items()
            if (name in self.trusted and name != "faults") or (name == "message" and self.trusted)
        }
        withheld = [name for name in event_dict if type(name) is str and name not in self.trusted]
        if self.trusted and "span" in withheld and type(span := event_dict["span"]) is dict:
            # Which span it ends, and how it went, is the library's own; how it is called comes from outside.
            line["span"] = {
                name: marker(_FAILED) if name in {"name", "peer", "outcome"} else value
                for name, value in span.items()
                if name != "attributes"
            }
            withheld.remove("span")
            withheld += [f"span.{name}" for name in span if name == "attributes"]
        line["redacted"] = [*self.standing, *(f"{name}:{_FAILED}" for name in withheld[:64])]
        faults = event_dict.get("faults", ()) if "faults" in self.trusted else ()
        line["faults"] = [*faults, fault("Redact", error)]
        return line


def _rebuild(
    policy: RedactionPolicy | None, limits: Limits, trusted: frozenset[str], standing: tuple[str, ...]
) -> Redact:
    return Redact(policy, limits=limits, trusted=trusted, standing=standing)


def _is_whole_part_meant(start: PathState | None) -> bool:
    """Tell whether a path means a part of the line as such: then no line is plain."""
    for names in _WHOLE_PARTS:
        state = start
        for name in names:
            state = None if state is None else state.step(name)
        if state is not None and (state.path is not None or names[-1] in SAID_NAMES or names == ("message",)):
            return True
    return False


def _never(_line: dict[str, Any]) -> bool:
    return False
