"""Lines as they were written, shown as a service shows them on its console."""

from __future__ import annotations

import heapq
import re
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from structlog_enrich.cli.filters import time_of
from structlog_enrich.processors.harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from structlog_enrich.cli.filters import Filters

__all__ = ["merged", "shown"]

_COLOURS: Final = re.compile(r"\x1b\[[\d;:]*m")
_OPENING: Final = (b"{", b" ", b"\t")


class _Entry(NamedTuple):
    time: str
    raw: bytes
    line: dict[str, Any] | None


def merged(sources: Sequence[Iterable[bytes]]) -> Iterator[_Entry]:
    """Return the lines of all *sources* by their time.

    Within a source their order stays. A line that isn't ours has no time and stays behind the one before it.
    """
    return heapq.merge(*map(_entries, sources), key=attrgetter("time"))


def shown(entries: Iterable[_Entry], show: Callable[[Mapping[str, Any]], str], filters: Filters) -> Iterator[str]:
    """Return what a person sees of *entries*: of ours what passes the filters, of others all when there is no filter.

    A line that isn't ours is shown as it is, without its colours, and with an escape for whatever else a terminal would
    obey.
    """
    asked = bool(filters)
    for _, raw, line in entries:
        if line is None:
            if not asked:
                yield _as_it_is(raw)
        elif not asked or filters.accept(line):
            yield show(line)


def _entries(lines: Iterable[bytes]) -> Iterator[_Entry]:
    time = ""
    for raw in lines:
        line = _ours(raw)
        if line is not None:
            time = time_of(line) or time
        yield _Entry(time, raw, line)


def _ours(raw: bytes) -> dict[str, Any] | None:
    if not raw.startswith(_OPENING):
        return None
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return line if isinstance(line, dict) and "schema_version" in line and "message" in line else None


def _as_it_is(raw: bytes) -> str:
    text = raw.decode("utf-8", "backslashreplace").rstrip("\r")
    return harmless(_COLOURS.sub("", text).expandtabs())
