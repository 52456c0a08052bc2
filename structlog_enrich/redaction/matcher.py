"""Many paths, followed at once during one walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.caching import BoundedCache
from structlog_enrich.redaction.paths import Like, Wildcard, parse_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from structlog_enrich.redaction.paths import Segment

__all__ = ["PathMatcher", "PathState"]

_MOST_STATES: Final = 4_096
_STEPS: Final = 1_024
_Positions = frozenset[tuple[int, int]]


class PathState:
    """Where a walk stands in all paths at once.

    Attributes:
        path: The path, as written in the policy, that means the value here; of several the first. None when none does.
        step: Return the state of the value under a name or an index, or None when no path leads there: then nothing
            in that value needs to be asked for. One look-up for a name that was seen here before.
    """

    __slots__ = ("_steps", "path", "step")

    path: str | None
    step: Callable[[str | int], PathState | None]

    def __init__(self, path: str | None, follow: Callable[[str | int], PathState | None]) -> None:
        self.path = path
        self._steps = BoundedCache(follow, _STEPS)
        self.step = self._steps.__getitem__

    def __repr__(self) -> str:
        return f"PathState({self.path!r})"

    def forget(self) -> None:
        """Forget the steps taken from here."""
        self._steps.clear()


class PathMatcher:
    """Find the values that paths mean, level by level.

    A walk takes `start` for the event itself and one `step` for each level it enters; no path is read twice.

    Args:
        paths: The paths, as `parse_path` takes them.
        ignore_case: Whether names are compared without regard to case.

    Attributes:
        start: The state of the event as a whole; None when there are no paths.

    Raises:
        ConfigurationError: *paths* isn't several texts, or one of them is no path.

    >>> matcher = PathMatcher(["users[*].name", "**.*secret"])
    >>> users = matcher.start.step("users")
    >>> users.step(0).step("name"), users.step(0).step("client_secret"), users.step(0).step("age").path
    (PathState('users[*].name'), PathState('**.*secret'), None)
    """

    __slots__ = ("_segments", "_states", "ignore_case", "paths", "start")

    def __init__(self, paths: Iterable[str], *, ignore_case: bool = False) -> None:
        if isinstance(paths, str | bytes):
            raise ConfigurationError("paths", "must be several texts", received=f"the one text {paths!r:.80}")
        try:
            self.paths: Final = tuple(dict.fromkeys(paths))
        except TypeError:
            raise ConfigurationError("paths", "must be several texts", received=f"{paths!r:.80}") from None
        self.ignore_case: Final = ignore_case
        self._segments: Final = [tuple(map(self._folded, parse_path(path))) for path in self.paths]
        self._states: Final[dict[_Positions, PathState]] = {}
        self.start: Final = self._state({(number, 0) for number in range(len(self.paths))})

    def __repr__(self) -> str:
        return f"PathMatcher({list(self.paths)!r}{', ignore_case=True' if self.ignore_case else ''})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PathMatcher):
            return NotImplemented
        return (self.paths, self.ignore_case) == (other.paths, other.ignore_case)

    def __hash__(self) -> int:
        return hash((self.paths, self.ignore_case))

    def __reduce__(self) -> tuple[object, ...]:
        # The states stay here: they remember names, and names are data.
        return _rebuild, (self.paths, self.ignore_case)

    def find(self, *names: str | int) -> str | None:
        """Return the path that means the value that stands under *names*, one inside the other, or None.

        >>> PathMatcher(["a.**.c"]).find("a", 0, "b", "c")
        'a.**.c'
        """
        state = self.start
        for name in names:
            if state is None:
                return None
            state = state.step(name)
        return None if state is None else state.path

    def _folded(self, segment: Segment) -> Segment:
        if not self.ignore_case or isinstance(segment, Wildcard):
            return segment
        return (
            segment.casefold() if isinstance(segment, str) else Like(tuple(part.casefold() for part in segment.parts))
        )

    def _state(self, reached: set[tuple[int, int]]) -> PathState | None:
        if not reached:
            return None
        # `**` may be no level at all, so where it stands what follows it stands too.
        reached |= {(number, at + 1) for number, at in reached if self._at(number, at) is Wildcard.DEEP}
        positions = frozenset(reached)
        state = self._states.get(positions)
        if state is None:
            if len(self._states) >= _MOST_STATES and self.start is not None:
                self._states.clear()
                self.start.forget()
            ended = min((number for number, at in positions if at == len(self._segments[number])), default=None)
            # What ended leads nowhere; what is left is followed.
            open_ = sorted(each for each in positions if each[1] < len(self._segments[each[0]]))
            state = PathState(None if ended is None else self.paths[ended], lambda name: self._follow(open_, name))
            self._states[positions] = state
        return state

    def _follow(self, positions: list[tuple[int, int]], name: str | int) -> PathState | None:
        text = name if isinstance(name, str) else str(name)
        if self.ignore_case:
            text = text.casefold()
        reached: set[tuple[int, int]] = set()
        for number, at in positions:
            segment = self._segments[number][at]
            if segment is Wildcard.DEEP:
                reached.add((number, at))
            elif segment is Wildcard.ONE or segment == text or (isinstance(segment, Like) and segment.fits(text)):
                reached.add((number, at + 1))
        return self._state(reached)

    def _at(self, number: int, at: int) -> Segment | None:
        segments = self._segments[number]
        return segments[at] if at < len(segments) else None


def _rebuild(paths: tuple[str, ...], ignore_case: bool) -> PathMatcher:  # noqa: FBT001 (how it was pickled)
    return PathMatcher(paths, ignore_case=ignore_case)
