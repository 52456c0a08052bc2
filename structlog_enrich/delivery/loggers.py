"""What structlog calls to write a finished line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.delivery.records import LEVEL_METHODS, LEVELS, OVERHEAD, encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery.writer import Writer

__all__ = ["LARGE", "Watch", "WriterLogger", "hand_off"]

LARGE: Final = 4_096
"""From how many bytes on it is looked exactly what was handed over before a line."""

_LEAST_SLACK: Final = 32_768
_SLACK: Final = 0.02


class WriterLogger:
    """Hand finished lines, in which no newline is, to a writer, each at the level of the method that is called.

    Args:
        writer: The writer.
        name: What the lines call their logger.
    """

    __slots__ = (*LEVEL_METHODS, "_file", "name", "writer")

    accepts_bytes = True

    def __init__(self, writer: Writer, name: str | None = None) -> None:
        self.writer = writer
        self.name = name
        # Where a person looks on, lines are shown for a person.
        self._file = writer.stream
        # As attributes of their own they are found without making a method each time.
        for method, level in LEVEL_METHODS.items():
            setattr(self, method, writer.methods[level])

    def __repr__(self) -> str:
        return f"WriterLogger({self.writer!r}, name={self.name!r})"

    def __copy__(self) -> WriterLogger:
        return self

    def __deepcopy__(self, memo: Any) -> WriterLogger:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return WriterLogger, (self.writer, self.name)


def hand_off(
    intake: list[Any],
    watch: Watch,
    prepare: Callable[[bytes, int], bool],
) -> tuple[Callable[[Any], None], ...]:
    """Return what hands a line over, for each level.

    Args:
        intake: Takes a line and its level, in one call of C.
        watch: When to call *prepare* first.
        prepare: Does what is to be done before a line is handed over; returns whether it is to be.
    """
    extend = intake.extend

    def method(level: int) -> Callable[[Any], None]:
        def write(line: Any) -> None:
            if type(line) is not bytes:
                line = encoded(line)
            size = len(line) + OVERHEAD
            if (watch.attention or size * len(intake) > watch.slack or size > LARGE) and not prepare(line, level):
                return
            extend((line, level))

        write.__name__ = write.__qualname__ = LEVELS[level]
        return write

    methods = tuple(method(level) for level in range(len(LEVELS)))
    # One of their own, by which `await_callers` tells the calls of this writer from another's.
    code = methods[0].__code__.replace()
    for each in methods:
        each.__code__ = code
    return methods


class Watch:
    """Say when a line can't be handed over just so.

    Args:
        max_bytes: The budget, in bytes.
        is_needed: Tells whether attention is.

    Attributes:
        attention: Whether something must be done first: nothing has been started, or someone is to be woken.
        slack: Twice how many bytes may be handed over before anybody has decided on them, as a line takes two places.
    """

    __slots__ = ("_is_needed", "attention", "slack")

    def __init__(self, max_bytes: int, is_needed: Callable[[], bool]) -> None:
        self._is_needed = is_needed
        self.attention = True
        self.slack = 2 * max(_LEAST_SLACK, int(max_bytes * _SLACK))

    def update(self) -> None:
        """Ask for attention where it is needed."""
        self.attention = self._is_needed()
        # What this rests on may have changed since it was looked at; once too often does no harm.
        if self._is_needed():
            self.attention = True
