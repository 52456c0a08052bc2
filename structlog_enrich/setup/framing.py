"""Let a writer say in the stream what it lost, in lines like all others."""

from __future__ import annotations

import re
from contextvars import Context
from dataclasses import asdict
from math import inf
from typing import TYPE_CHECKING, Any, Final, TypedDict

import structlog

from structlog_enrich import process
from structlog_enrich.delivery.records import encoded
from structlog_enrich.logger import bound_logger
from structlog_enrich.said import Facts, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from structlog.typing import Processor

    from structlog_enrich.delivery import Gap, Several, Stats, Writer

__all__ = ["Framing", "account", "describe", "framing"]

# Within a string the quote that ends a name is escaped, so no value can pretend to be either.
_SEQ: Final = re.compile(rb'"seq":(\d+)')
_LEVEL: Final = re.compile(rb'"level":"(\w+)"')


class Framing(TypedDict):
    """What `Writer` takes to say in the stream what it lost."""

    describe: Callable[[bytes], tuple[int, str]]
    frame_gap: Callable[[Gap], bytes]
    frame_stats: Callable[[Stats], bytes]


def framing(processors: Sequence[Processor]) -> Framing:
    """Return what a writer needs to tell in the stream which lines it lost, for `Writer(…, **framing(chain))`.

    `configure(writer=…)` does it by itself.

    Args:
        processors: The chain whose lines the writer gets, as `preset()` returns it.

    >>> from structlog_enrich import preset
    >>> from structlog_enrich.delivery import Gap
    >>> made = framing(preset(service="checkout"))
    >>> line = made["frame_gap"](Gap("full", 2, {"info": 2}, ((7, 8),)))
    >>> b'"gap":{"reason":"full","count":2,"levels":{"info":2},"ranges":[[7,8]],"complete":true,' in line
    True
    """
    frame = _Frame(processors)
    return {"describe": describe, "frame_gap": frame.gap, "frame_stats": frame.stats}


def describe(line: bytes) -> tuple[int, str]:
    """Return the `seq` and the level of a line.

    Raises:
        ValueError: It says neither, as a line for a person to read.

    >>> describe(b'{"level":"info","seq":18}')
    (18, 'info')
    """
    seq, level = _SEQ.search(line), _LEVEL.search(line)
    if seq is None or level is None:
        msg = "the line says no seq or no level"
        raise ValueError(msg)
    return int(seq[1]), level[1].decode()


def account(writer: Writer | Several) -> dict[str, Any]:
    """Return what the last line of a process says of its writers: what became of the lines before it."""
    every: tuple[Any, ...] = getattr(writer, "writers", (writer,))
    names = ("sink", "emitted", "written", "pending", "dropped")
    return {"writers": [{name: getattr(stats, name) for name in names} for stats in (each.stats() for each in every)]}


class _Frame:
    """Make lines of the library's own through a chain, without a logger that writes them."""

    __slots__ = ("_processors",)

    def __init__(self, processors: Sequence[Processor]) -> None:
        self._processors = processors

    def gap(self, gap: Gap) -> bytes:
        """Return the line that tells of *gap*."""
        said: dict[str, Any] = {
            "reason": gap.reason,
            "count": gap.count,
            "levels": dict(gap.levels),
            "ranges": [list(each) for each in gap.ranges],
            "complete": gap.complete,
            "boot_id": process.current().boot_id,
        }
        return self._line("warning", Facts("log.gap", gap=said), {})

    def stats(self, stats: Stats) -> bytes:
        """Return the line that tells how the writer does."""
        latency = {"+Inf" if bound == inf else str(bound): count for bound, count in stats.latency if count}
        return self._line("info", Facts("log.writer"), {**asdict(stats), "latency": latency})

    def _line(self, level: str, facts: Facts, data: dict[str, Any]) -> bytes:
        caught = _Caught()
        log = structlog.wrap_logger(caught, self._processors, bound_logger(), context_class=dict).bind()
        # Nobody's request: the line is of the process.
        say(Context(), facts, getattr(log, level), _own(facts.event_name), data)
        return caught.line


class _Caught:
    """Keep the line instead of writing it."""

    __slots__ = ("line",)

    accepts_bytes = True
    name = "structlog_enrich"

    def __init__(self) -> None:
        self.line = b""

    def _keep(self, line: Any) -> None:
        self.line = encoded(line)

    info = warning = _keep


def _own(name: str | None) -> str:
    # An object of its own, by which the line is known.
    return f"{name} "[:-1]
