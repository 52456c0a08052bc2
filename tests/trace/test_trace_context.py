"""The trace a line belongs to."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
from typing import Any

import pytest

from structlog_enrich import ConfigurationError, TraceContext, bind_contextvars, current_trace, entry
from structlog_enrich.trace.context import CURRENT, Remote

TRACE_ID, SPAN_ID, PARENT_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "53995c3f42cd8ad8"
HEX_32, HEX_16, HEX_2 = (
    "must be 32 lower-case hex digits, not all zero",
    "must be 16 lower-case hex digits, not all zero",
    "must be 2 lower-case hex digits",
)
BAD = [None, 5, b"0" * 32, "", "0", "g" * 32, " " * 16]


def whole() -> TraceContext:
    """Return a trace with all its parts."""
    return TraceContext(
        TRACE_ID, SPAN_ID, parent_span_id=PARENT_ID, trace_flags="01", tracestate="rojo=1", operation="GET /"
    )


class TestRefused:
    """Ids that aren't well-formed."""

    @pytest.mark.parametrize("value", [*BAD, "0" * 32, TRACE_ID.upper(), TRACE_ID + "\n", TRACE_ID[1:]], ids=repr)
    def test_trace_id(self, value: Any) -> None:
        """A trace id is 32 lower hex, not all zero."""
        with pytest.raises(ConfigurationError) as caught:
            TraceContext(value, SPAN_ID)

        assert ("trace_id", HEX_32, repr(value)) == (caught.value.parameter, caught.value.rule, caught.value.received)

    @pytest.mark.parametrize("name", ["span_id", "parent_span_id"])
    @pytest.mark.parametrize("value", [*BAD, "0" * 16, SPAN_ID.upper(), SPAN_ID + "\n", TRACE_ID], ids=repr)
    def test_span_ids(self, name: str, value: Any) -> None:
        """A span id is 16 lower hex, not all zero; only the parent may be missing."""
        given: dict[str, Any] = {"span_id": SPAN_ID, name: value}
        if value is None and name == "parent_span_id":
            assert None is TraceContext(TRACE_ID, **given).parent_span_id
            return
        with pytest.raises(ConfigurationError) as caught:
            TraceContext(TRACE_ID, **given)

        assert (name, HEX_16) == (caught.value.parameter, caught.value.rule)

    @pytest.mark.parametrize("value", [5, "", "1", "0G", "FF", "011", "01\n"], ids=repr)
    def test_flags(self, value: Any) -> None:
        """Flags are 2 lower hex."""
        with pytest.raises(ConfigurationError) as caught:
            TraceContext(TRACE_ID, SPAN_ID, trace_flags=value)

        assert ("trace_flags", HEX_2) == (caught.value.parameter, caught.value.rule)

    @pytest.mark.parametrize("name", ["operation", "tracestate"])
    @pytest.mark.parametrize("value", [5, "", "a\nb", "\ud800", b"x"], ids=repr)
    def test_texts(self, name: str, value: Any) -> None:
        """An operation and a vendors' list are printable text."""
        with pytest.raises(ConfigurationError) as caught:
            TraceContext(TRACE_ID, SPAN_ID, **{name: value})

        assert name == caught.value.parameter


class TestTraceContext:
    """`TraceContext`, one immutable object."""

    def test_its_parts(self) -> None:
        """They are what was given, absent ones None."""
        trace, least = whole(), TraceContext(TRACE_ID, SPAN_ID)

        assert (TRACE_ID, SPAN_ID, PARENT_ID, "01", "rojo=1", "GET /") == (
            trace.trace_id,
            trace.span_id,
            trace.parent_span_id,
            trace.trace_flags,
            trace.tracestate,
            trace.operation,
        )
        assert (None,) * 4 == (least.parent_span_id, least.trace_flags, least.tracestate, least.operation)

    def test_a_long_operation_is_cut(self) -> None:
        """A name that isn't low-cardinality doesn't fill every line."""
        operation = TraceContext(TRACE_ID, SPAN_ID, operation="x" * 10_000).operation

        assert operation is not None
        assert len(operation) < 1_000

    @pytest.mark.parametrize("name", ["trace_id", "operation", "_headers", "other"])
    def test_immutable(self, name: str) -> None:
        """Nothing of it is set or deleted."""
        trace = whole()
        with pytest.raises(AttributeError, match=f"immutable.*{name}"):
            setattr(trace, name, "x")
        with pytest.raises(AttributeError, match=f"immutable.*{name}"):
            delattr(trace, name)

        assert whole() == trace

    def test_equality(self) -> None:
        """Two are equal by their ids and what goes with them, and hash alike."""
        other = TraceContext(TRACE_ID, SPAN_ID)
        entered = [TraceContext(TRACE_ID, SPAN_ID, operation=name) for name in ("a", "b", "a")]

        assert whole() == whole()
        assert hash(whole()) == hash(whole())
        assert whole() != other
        assert whole() != TRACE_ID
        assert 2 == len({whole(), whole(), other})
        assert (entered[0], True) == (entered[2], entered[0] != entered[1])

    def test_repr(self) -> None:
        """The repr builds it again."""
        assert whole() == eval(repr(whole()), {"TraceContext": TraceContext})

    def test_pickle_and_copy(self) -> None:
        """It travels without what was kept in it."""
        trace = whole()
        trace._headers["key"] = {"line": 1}  # noqa: SLF001 (what a copy must not take along)

        for again in (pickle.loads(pickle.dumps(trace)), copy.deepcopy(trace), copy.copy(trace)):
            assert (trace, {}) == (again, again._headers)  # noqa: SLF001

    def test_one_of_a_span_travels(self) -> None:
        """So does the trace of a running entry, whose name may not be known yet, and leaves its notes behind."""
        with entry("GET\n/") as one:
            bind_contextvars(user_id="u-1")
            sent = pickle.dumps(one.trace)
        again = pickle.loads(sent)

        assert (one.trace, "GET\ufffd/", {}) == (again, again.operation, again._operation.noted)  # noqa: SLF001
        assert b"u-1" not in sent


class TestRemote:
    """`Remote`, a span of another process."""

    def test_it_is_a_tuple(self) -> None:
        """It is compared, unpacked and pickled as one."""
        remote = Remote(TRACE_ID, SPAN_ID, "01", "rojo=1")

        assert (TRACE_ID, SPAN_ID, "01", "rojo=1") == remote == pickle.loads(pickle.dumps(remote))


class TestCurrent:
    """`current_trace`, of this thread or task."""

    def test_none(self) -> None:
        """Outside any request there is none."""
        assert None is current_trace()

    def test_per_task_and_thread(self) -> None:
        """Each has its own, and a thread starts without."""
        seen = []

        async def task(number: int) -> Any:
            CURRENT.set(TraceContext(f"{number + 1:032x}", SPAN_ID))
            await asyncio.sleep(0)
            return current_trace()

        async def main() -> list[Any]:
            return await asyncio.gather(*map(task, range(20)))

        traces = asyncio.run(main())
        CURRENT.set(whole())
        thread = threading.Thread(target=lambda: seen.append(current_trace()))
        thread.start()
        thread.join()

        assert [f"{number + 1:032x}" for number in range(20)] == [each.trace_id for each in traces]
        assert [None] == seen
        assert whole() == current_trace()
