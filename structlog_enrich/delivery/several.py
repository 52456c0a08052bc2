"""Write each line to several places, none of which stops another."""

from __future__ import annotations

import math
from functools import partial
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.delivery.closing import Closing
from structlog_enrich.delivery.each import call_each
from structlog_enrich.delivery.options import deadline, span, writer_given
from structlog_enrich.delivery.reasons import RECURSIVE
from structlog_enrich.delivery.records import LEVEL_METHODS, LEVELS, WARNING, encoded
from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery.gaps import Gap
    from structlog_enrich.delivery.standstill import Standstill
    from structlog_enrich.delivery.stats import Stats
    from structlog_enrich.delivery.writer import Writer

__all__ = ["Several", "SeveralLogger"]

_MOMENT: Final = 0.1


class Several(Closing):
    """Hand each line to several writers; each has its own budget, policy, threads and account.

    What one of them loses, all are told of, so that in none of the places a number is missing without a reason. What a
    sink of someone's own logs while it writes all of them refuse, else two such sinks would feed each other for ever.

    Args:
        writers: The writers, two or more; several of them count as each of these.

    Raises:
        ConfigurationError: They are fewer than two, one is there twice, or one is none.

    >>> from structlog_enrich.delivery import Writer
    >>> with Several(Writer("stdout"), Writer("stderr", on_full="drop_oldest")) as several:
    ...     len(several.stats())
    2
    """

    __slots__ = ("methods", "writers")

    def __init__(self, *writers: Writer | Several) -> None:
        every: tuple[Any, ...] = tuple(
            one for each in writers for one in getattr(writer_given(each), "writers", (each,))
        )
        if len(every) < 2 or len(set(map(id, every))) < len(every):  # noqa: PLR2004 (several)
            raise ConfigurationError("writers", "must be two or more, each once", received=f"{len(every)}")
        self.writers: tuple[Writer, ...] = every
        self.methods = tuple(_tocall_each(every, level) for level in range(len(LEVELS)))

    def __repr__(self) -> str:
        return f"Several({', '.join(map(repr, self.writers))})"

    def __reduce__(self) -> tuple[object, ...]:
        return Several, self.writers

    def __call__(self, *args: Any) -> SeveralLogger:
        """Return a logger, named by the first argument when that is a string."""
        return SeveralLogger(self, args[0] if args and isinstance(args[0], str) else None)

    def stats(self) -> tuple[Stats, ...]:
        """Return the account of each."""
        return tuple(writer.stats() for writer in self.writers)

    def flush(self, timeout: float = 5.0, *, patience: float = math.inf) -> bool:
        """Flush each, all together at most *timeout* seconds, each with *patience*; return whether each did it."""
        return self._each("flush", deadline(timeout), patience=span("patience", patience))

    def close(self, timeout: float = 5.0) -> bool:
        """Close each, all together at most *timeout* seconds; return whether none lost anything by it."""
        latest = deadline(timeout)
        # What the sink of one logs, the others are to count before they close.
        self._each("flush", latest)
        return self._each("close", latest)

    def finish(self, then: Callable[[], object] | None = None, *, since: int | None = None) -> None:
        """Finish each, within its own `exit_timeout`, also when another fails; the sinks stay open.

        Args:
            then: Called once, after all of them.
            since: From when on their times count, in nanoseconds; default now.
        """
        since = monotonic_ns() if since is None else since
        self._after_each(lambda writer, done: writer.finish(done, since=since), then)

    def settle(self, then: Callable[[], object]) -> None:
        """Settle each, also when another fails, and call *then* once, after all of them."""
        since = monotonic_ns()
        self._after_each(lambda writer, done: writer.settle(done, since=since), then)

    def go_on(self) -> None:
        """Let the caller wait for none of them any more, after `settle`."""
        for each in self.writers:
            each.go_on()

    @property
    def standstill(self) -> Standstill:
        """Return that of the last one, to which whoever hands a line over comes last."""
        return self.writers[-1].standstill

    def reopen(self) -> None:
        """Open each sink anew before its next lines, also when another fails. Safe in a signal's handler."""
        call_each([writer.reopen for writer in self.writers])

    def end_with(self, say: Callable[[], object]) -> None:
        """Let *say* log the last line, when all before it are written in the first place that ends.

        In the others they are, too, unless that takes more than 100 ms, so that *say* can tell what became of them.
        """

        def say_last() -> None:
            self.flush(_MOMENT)
            say()

        for each in self.writers:
            each.end_with(say_last)

    def _after_each(
        self, do: Callable[[Writer, Callable[[], object]], None], then: Callable[[], object] | None
    ) -> None:
        left = [*self.writers]

        def done(writer: Writer) -> None:
            left.remove(writer)
            if not left and then is not None:
                then()

        def do_one(writer: Writer) -> None:
            try:
                do(writer, partial(done, writer))
            except BaseException:
                if writer in left:
                    done(writer)
                raise

        call_each([partial(do_one, writer) for writer in self.writers])

    def _each(self, what: str, latest: int, **given: float) -> bool:
        done: list[bool] = []

        def call(writer: Writer) -> None:
            done.append(getattr(writer, what)(max(0.0, (latest - monotonic_ns()) / 1_000_000_000), **given))

        call_each([partial(call, writer) for writer in self.writers])
        return all(done)

    def frame_with(
        self,
        *,
        describe: Callable[[bytes], tuple[int, str]],
        frame_gap: Callable[[Gap], bytes],
        frame_stats: Callable[[Stats], bytes],
    ) -> None:
        """Say in every place what was lost in one, by these. To be called before the first line."""
        for writer in self.writers:
            others = [each for each in self.writers if each is not writer]
            writer.frame_with(
                describe=describe, frame_gap=_gap_told(frame_gap, others), frame_stats=_told(frame_stats, others)
            )


class SeveralLogger:
    """Hand finished lines to several writers.

    Args:
        several: The writers.
        name: What the lines call their logger.
    """

    __slots__ = (*LEVEL_METHODS, "name", "several")

    accepts_bytes = True

    def __init__(self, several: Several, name: str | None = None) -> None:
        self.several = several
        self.name = name
        for method, level in LEVEL_METHODS.items():
            setattr(self, method, several.methods[level])

    def __repr__(self) -> str:
        return f"SeveralLogger({self.several!r}, name={self.name!r})"

    def __copy__(self) -> SeveralLogger:
        return self

    def __deepcopy__(self, memo: Any) -> SeveralLogger:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return SeveralLogger, (self.several, self.name)


def _tocall_each(writers: tuple[Writer, ...], level: int) -> Callable[[Any], None]:
    methods = [each.methods[level] for each in writers]

    def write(line: Any) -> None:
        for method in methods:
            method(line)

    foreign = [each._pump for each in writers if each._pump.is_foreign]  # noqa: SLF001 (what each asks for itself)
    if not foreign:
        return write

    def write_or_refuse(line: Any) -> None:
        if any(pump.is_in_sink() for pump in foreign):
            for each in writers:
                each._refuse(encoded(line), level)  # noqa: SLF001 (as above)
        else:
            write(line)

    return write_or_refuse


def _told(frame: Callable[[Any], bytes], others: list[Writer]) -> Callable[[Any], bytes]:
    methods = [each.methods[WARNING] for each in others]

    def told(what: Any) -> bytes:
        line = frame(what)
        for write in methods:
            write(line)
        return line

    return told


def _gap_told(frame: Callable[[Gap], bytes], others: list[Writer]) -> Callable[[Gap], bytes]:
    told = _told(frame, others)
    # What a sink logs each of them refuses, and tells by itself; told by another, too, it would log again.
    recursive = _told(frame, [each for each in others if not each._pump.is_foreign])  # noqa: SLF001 (as above)
    return lambda gap: (recursive if gap.reason == RECURSIVE else told)(gap)
