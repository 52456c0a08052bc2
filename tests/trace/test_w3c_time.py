"""How long it takes to read `traceparent` and `tracestate`, however hostile."""

from __future__ import annotations

import time
import timeit
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.trace.w3c import TraceParent, read_headers

if TYPE_CHECKING:
    from collections.abc import Iterable

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALUE = f"00-{TRACE_ID}-{SPAN_ID}-01"
PARENT = TraceParent(TRACE_ID, SPAN_ID, "01")
LONGEST = 16_447


def seconds(headers: Iterable[tuple[bytes, bytes]]) -> float:
    """Return how long `read_headers` takes: the best of several times, each long enough to be measured."""
    # The processor's time: on a busy machine a thread also waits.
    timer = timeit.Timer(lambda: read_headers(headers), timer=time.thread_time)
    number = max(1, int(0.001 / (timer.timeit(1) + 1e-7)))
    return min(timer.repeat(9, number)) / number


class TestTime:
    """Hostile headers take time in proportion to their length, and little of it."""

    STATES = (
        b",",
        b" ",
        b"\t",
        b" ,",
        b"\t \t,",
        b"a",
        b"a=b,",
        b"a=b ",
        b"a= ",
        b"=",
        b",a",
        b"a=\t",
        b"\xff",
        b"k=v,,",
    )
    PARENTS = (b"00-", b"cc-", b"0", b"-", b" ", b"\t ", b"\xff", VALUE.encode(), b"cc" + VALUE[2:].encode() + b"-")

    @pytest.mark.parametrize("family", STATES, ids=repr)
    def test_tracestate(self, family: bytes) -> None:
        """Eight times the list takes no more than about eight times as long, up to where it is discarded unread."""
        short, long = (
            seconds([(b"traceparent", VALUE.encode()), (b"tracestate", (family * size)[:size])])
            for size in (LONGEST // 8, LONGEST)
        )

        # Quadratic time would be 64 times as long.
        assert long < 24 * short
        assert long < 50e-6 * LONGEST / 1024

    @pytest.mark.parametrize("family", PARENTS, ids=repr)
    def test_traceparent(self, family: bytes) -> None:
        """Likewise, whatever its length."""
        # Beyond what the processor holds nearest, as a shorter one would be faster for that alone.
        short, long = (seconds([(b"traceparent", (family * size)[:size])]) for size in (131_072, 1_048_576))

        assert long < 24 * short
        assert long < 50e-6 * 1_048_576 / 1024

    def test_many_headers(self) -> None:
        """So do many headers."""
        short, long = (
            seconds([(b"traceparent", VALUE.encode()), *[(b"tracestate", b"")] * count]) for count in (500, 4_000)
        )

        assert long < 24 * short

    def test_discarded_unread(self) -> None:
        """A list longer than any legal one costs next to nothing."""
        headers = [(b"traceparent", VALUE.encode()), (b"tracestate", b"a=b," * 250_000)]

        assert (PARENT, None) == read_headers(headers)
        assert seconds(headers) < 50e-6 * 1_000_000 / 1024
