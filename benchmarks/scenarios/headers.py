"""Hostile headers: what each kilobyte of them costs."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.harness import interleave
from benchmarks.markdown import measured
from benchmarks.markdown import table as markdown_table
from benchmarks.statistics import spread
from structlog_enrich.trace.w3c import read_headers

if TYPE_CHECKING:
    from benchmarks.harness import Effort, Samples

__all__ = ["SIZES", "families", "run", "table", "worst"]

SIZES: Final = {"1 KB": 1_024, "16 KB": 16_384}
"""What the page calls them, and the bytes of all names and values. A longer `tracestate` is discarded unread."""

_PARENT: Final = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
# Each is repeated until it fills the value: what makes a careless reader go back, split or copy again and again.
_STATES: Final = {
    "commas": b",",
    "blanks": b" ",
    "blanks and commas": b"\t \t,",
    "one key without end": b"a",
    "one value without end": b"a=b ",
    "members of three characters": b"a=b,",
    "members between empty ones": b"k=v,,",
    "members without a value": b",a",
    "equals signs": b"=",
    "no ASCII": b"\xff",
}
_PARENTS: Final = {
    "the start of one": b"00-",
    "dashes": b"-",
    "zeros": b"0",
    "blanks": b" ",
    "no ASCII": b"\xff",
    "one after the other": _PARENT,
    "of a later version": b"cc" + _PARENT[2:] + b"-",
}
_SHOWN: Final = 8
_CALLS: Final = 192
_KB: Final = 1_024
_NANOSECONDS: Final = 1_000.0


def families(size: int) -> dict[str, list[tuple[bytes, bytes]]]:
    """Return the headers of each family, of about *size* bytes: as many as fit."""
    parent = (b"traceparent", _PARENT)
    room = size - sum(map(len, parent)) - len(b"tracestate")
    # Of 32 that may be there, each as long as fits: half of it key, and half of it value.
    half = room // 32 // 2 - 1
    legal = b",".join(b"k%02d" % number + b"k" * (half - 3) + b"=" + b"v" * half for number in range(32))
    return {
        "`tracestate`: 32 legal members": [parent, (b"tracestate", legal)],
        "`tracestate`: a header for each member": _many(parent, (b"tracestate", b"a=b"), size),
        "`tracestate`: headers without a value": _many(parent, (b"tracestate", b""), size),
        **{f"`tracestate`: {name}": [parent, (b"tracestate", _filled(part, room))] for name, part in _STATES.items()},
        **{f"`traceparent`: {name}": [(b"traceparent", _filled(part, size - 11))] for name, part in _PARENTS.items()},
        "others, with names as long": _many(parent, (b"X-Forwarde", b""), size),
    }


def _many(parent: tuple[bytes, bytes], header: tuple[bytes, bytes], size: int) -> list[tuple[bytes, bytes]]:
    return [parent, *[header] * ((size - sum(map(len, parent))) // sum(map(len, header)))]


def _filled(part: bytes, size: int) -> bytes:
    return (part * size)[:size]


def run(effort: Effort) -> dict[str, Samples]:
    """Read every family at every size."""
    result: dict[str, Samples] = {}
    for name, size in SIZES.items():
        kilobytes = size // _KB
        calls = _CALLS // kilobytes
        blocks = {family: partial(_read, headers, calls) for family, headers in families(size).items()}
        taken = interleave(blocks, rounds=effort.side_rounds)
        result[name] = {
            family: [each / calls / kilobytes / _NANOSECONDS for each in rows] for family, rows in taken.items()
        }
    return result


def _read(headers: list[tuple[bytes, bytes]], calls: int) -> int:
    start = time.perf_counter_ns()
    for _ in range(calls):
        read_headers(headers)
    return time.perf_counter_ns() - start


def worst(result: dict[str, Samples]) -> list[float]:
    """Return the rounds of the family and the size with the highest median."""
    return max((rows for samples in result.values() for rows in samples.values()), key=lambda rows: spread(rows).median)


def table(result: dict[str, Samples]) -> str:
    """Return the result as Markdown: the dearest families, by their dearer size."""
    medians = {
        family: max(spread(samples[family]).median for samples in result.values())
        for family in next(iter(result.values()))
    }
    dearest = sorted(medians, key=lambda family: -medians[family])[:_SHOWN]
    head = ["family", *(cell for size in result for cell in (f"µs per KB, of {size}", "range"))]
    rows = (
        [family, *(cell for samples in result.values() for cell in measured(spread(samples[family])))]
        for family in dearest
    )
    return markdown_table(head, rows)
