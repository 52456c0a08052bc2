"""What the library itself says about the line that is being made.

It travels in a ContextVar and never in the event: a team's processor may drop or copy any key of the dict, and a caller
could forge one.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextvars import Context

__all__ = ["SAID", "Facts", "Said", "claim", "fault", "rejoin", "report_fault", "said_apart", "say"]

_MAX_FAULTS: Final = 16
_MAX_NAME: Final = 200


class Facts:
    """Hold what the library says of a line besides its message: of its own lines, and of records that come late.

    Attributes:
        event_name: What happened, for programs: `span.end`; None where someone else's line says what happened.
        span: The line's `span` object, in the order of its fields; None on a line about no span.
        links: Spans of other traces this one came from; empty when there are none.
        gap: The line's `gap` object, in the order of its fields; None on a line about no loss.
        made: When and by which thread the call was made, as the line writes both; None where it is made here and now.
        message: The line's message, the very object, by which the first stage knows the line.
        is_last: Whether the entry ends with this line, so that nothing need be noted for it any more.
    """

    __slots__ = ("event_name", "gap", "is_last", "links", "made", "message", "span")

    def __init__(
        self,
        event_name: str | None,
        span: dict[str, Any] | None = None,
        links: Sequence[dict[str, str]] = (),
        *,
        gap: dict[str, Any] | None = None,
        made: tuple[str, int] | None = None,
    ) -> None:
        self.event_name = event_name
        self.gap = gap
        self.span = span
        self.links = links
        self.made = made
        self.message: object = None
        self.is_last = False

    def __repr__(self) -> str:
        return f"<Facts({self.event_name!r})>"


class Said:
    """Hold all that is said of one line; replaced and never changed, since copied contexts share it.

    Attributes:
        faults: `stage:ExceptionType` of each stage that failed.
        facts: What a line of the library's own says; None on the lines of everyone else.
        is_claimed: Whether the line of these facts is being made.
        outer: What is said of a line in whose making this one is made: a finaliser may log at any time.
    """

    __slots__ = ("facts", "faults", "is_claimed", "outer")

    def __init__(
        self,
        faults: tuple[str, ...] = (),
        facts: Facts | None = None,
        *,
        is_claimed: bool = False,
        outer: Said | None = None,
    ) -> None:
        self.faults = faults
        self.facts = facts
        self.is_claimed = is_claimed
        self.outer = outer

    def __repr__(self) -> str:
        return f"<Said(faults={self.faults!r}, facts={self.facts!r})>"

    def with_faults(self, faults: tuple[str, ...]) -> Said:
        """Return the same with *faults* added, as many as a line names."""
        most = (*self.faults, *faults)[:_MAX_FAULTS]
        return Said(most, self.facts, is_claimed=self.is_claimed, outer=self.outer)


SAID: Final[ContextVar[Said | None]] = ContextVar("_structlog_enrich.said", default=None)
"""What is said of the event in flight; None when there is nothing to say."""


def claim(said: Said, message: object) -> None:
    """Take what is *said* for the line that begins, whose *message* is that, or keep it apart from that line.

    Args:
        said: What is said, with facts.
        message: The message of the line that begins.
    """
    facts = said.facts
    if facts is not None and facts.message is message and not said.is_claimed:
        SAID.set(Said(said.faults, facts, is_claimed=True, outer=said.outer))
    else:
        SAID.set(Said(outer=said))


def say(context: Context, facts: Facts, write: Callable[..., Any], message: object, data: dict[str, Any]) -> None:
    """Call *write* in *context*, so that its line has *facts* and nothing of them is left here.

    Args:
        context: The context the line is made in, which isn't entered.
        facts: What is said of the line.
        write: A logger's method; what it raises is raised.
        message: The message, the very object that reaches the first stage, which knows the line by it.
        data: The line's payload.
    """
    facts.message = message
    context.run(_say, facts, write, message, data)


def _say(facts: Facts, write: Callable[..., Any], message: object, data: dict[str, Any]) -> None:
    SAID.set(Said((), facts))
    write(message, **data)


def report_fault(stage: str, error: BaseException | str) -> None:
    """Note that *stage* failed, for the line that is being made.

    Args:
        stage: Which stage: `module.qualname` of a team's processor, the class name of one of ours.
        error: What it raised, of which only the type is written and never the message, which may hold the secret that
            broke the stage; or a short name where nothing was raised.
    """
    said = SAID.get() or Said()
    if len(said.faults) < _MAX_FAULTS:
        SAID.set(said.with_faults((fault(stage, error),)))


def fault(stage: str, error: BaseException | str) -> str:
    """Return the text by which `faults` names what happened to *stage*.

    >>> fault("Redact", KeyError("hunter2"))
    'Redact:KeyError'
    """
    # Read past a metaclass, which may lie about it.
    name = error if isinstance(error, str) else type.__dict__["__name__"].__get__(type(error))
    return f"{_bounded(stage)}:{_bounded(name)}"


@contextmanager
def said_apart() -> Iterator[None]:
    """Keep what is said of the event out of the way while someone else's code runs.

    That code may log by itself: its line is another one, and nothing of this is said of it.
    """
    before = SAID.get()
    if before is None:
        yield
        return
    SAID.set(None)
    try:
        yield
    finally:
        rejoin(before)


def rejoin(before: Said) -> None:
    """Put back what was said before someone else's code ran, with the faults that it reported."""
    since = SAID.get()
    SAID.set(before if since is None else before.with_faults(since.faults))


def _bounded(name: str) -> str:
    # A class made at run time can have any name, even one that isn't Unicode.
    return name[:_MAX_NAME].encode(errors="replace").decode()
