"""Entries: a trace that begins here or goes on, and nothing of it afterwards."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
import structlog

import structlog_enrich
from structlog_enrich import (
    ConfigurationError,
    bind_contextvars,
    clear_contextvars,
    current_trace,
    entry,
    get_contextvars,
    inject,
    process,
    reset_contextvars,
    span,
    unbind_contextvars,
)

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CARRIER = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01", "tracestate": "rojo=1,congo=2"}


class TestNewTrace:
    """An entry without a carrier."""

    def test_it_begins_one(self, written: Any) -> None:
        """It has no parent, its flags say that the id is random, and every line within has its operation."""
        with entry("nightly report", kind="consumer"):
            written.log.info("a")
            with span("b"):
                written.log.info("c")
        written.log.info("outside")
        lines = written.lines()[:-1]

        assert "parent_span_id" not in written.named("nightly report")
        assert 1 == len({line["trace_id"] for line in lines})
        assert {("nightly report", "03")} == {(line["operation"], line["trace_flags"]) for line in lines}
        assert process.current().boot_trace_id not in {line["trace_id"] for line in lines}
        assert process.current().boot_trace_id == written.named("outside")["trace_id"]
        assert "operation" not in written.named("outside")

    def test_inside_another(self, written: Any) -> None:
        """It is a trace of its own there, too, with its own operation; then the outer one goes on."""
        with entry("outer"):
            with span("span"), entry("inner"):
                written.log.info("a")
            written.log.info("b")

        assert written.named("inner")["trace_id"] == written.named("a")["trace_id"]
        assert written.named("outer")["trace_id"] == written.named("b")["trace_id"] != written.named("a")["trace_id"]
        assert "parent_span_id" not in written.named("inner")
        assert {"a": "inner", "inner": "inner", "span": "outer", "b": "outer", "outer": "outer"} == {
            line["message"]: line["operation"] for line in written.lines()
        }

    def test_many_at_once(self, written: Any) -> None:
        """Entries in parallel tasks and threads keep their lines apart."""

        def work(number: int) -> None:
            with entry(f"thread {number}"):
                written.say(f"line of thread {number}")

        async def task(number: int) -> None:
            async with entry(f"task {number}"):
                await asyncio.to_thread(written.say, f"line of task {number}")
                await asyncio.sleep(0)

        async def main() -> None:
            await asyncio.gather(*map(task, range(20)))

        asyncio.run(main())
        with ThreadPoolExecutor(4) as pool:
            [*pool.map(work, range(20))]
        traces = {line["message"]: line["trace_id"] for line in written.lines() if "span" in line}

        assert 40 == len(set(traces.values()))
        assert [] == [
            line for line in written.lines() if "span" not in line and line["trace_id"] != traces[line["message"][8:]]
        ]


class TestCarrier:
    """An entry with a carrier."""

    @pytest.mark.parametrize("carrier", [f"00-{TRACE_ID}-{SPAN_ID}-01", b"", 5], ids=str)
    def test_no_carrier(self, carrier: Any) -> None:
        """The header in place of the headers is found at once."""
        with pytest.raises(ConfigurationError, match="carrier must be a mapping, or pairs"):
            entry("x", carrier=carrier)

    def test_it_goes_on(self, written: Any) -> None:
        """The caller's trace, the caller's span as parent, its flags; what goes out has its state."""
        with entry("x", carrier=CARRIER) as one:
            inject(outgoing := {})
            with span("child"):
                inject(further := {})

        assert (TRACE_ID, SPAN_ID, "01") == tuple(
            written.named("x")[name] for name in ("trace_id", "parent_span_id", "trace_flags")
        )
        assert {"traceparent": f"00-{TRACE_ID}-{one.trace.span_id}-01", "tracestate": "rojo=1,congo=2"} == outgoing
        assert (f"00-{TRACE_ID}", "01", "rojo=1,congo=2") == (
            further["traceparent"][:35],
            further["traceparent"][-2:],
            further["tracestate"],
        )
        assert "tracestate" not in written.named("x")

    @pytest.mark.parametrize("carrier", [None, {}, [], {"traceparent": "x"}, {"traceparent": None}, [5]], ids=str)
    def test_none_that_is_well_formed(self, carrier: Any, written: Any) -> None:
        """As if it weren't there."""
        for trust in ("accept", "link"):
            with entry("x", carrier=carrier, trust=trust):  # type: ignore[arg-type]
                pass

        for line in written.lines():
            assert "03" == line["trace_flags"]
            assert {"parent_span_id", "links"}.isdisjoint(line)

    def test_linked(self, written: Any) -> None:
        """Whom one doesn't trust one only names, first of all; nothing of its flags and state goes on."""
        with entry("x", carrier=CARRIER, trust="link", links=[one.trace for one in (started("y"),) * 200]):
            written.log.info("inside")
            inject(outgoing := {})
        line = written.named("x")

        assert {"trace_id": TRACE_ID, "span_id": SPAN_ID} == line["links"][0]
        assert 128 == len(line["links"])
        assert TRACE_ID != line["trace_id"] == written.named("inside")["trace_id"]
        assert "links" not in written.named("inside")
        assert ("03", "parent_span_id" in line) == (line["trace_flags"], False)
        assert ["traceparent"] == list(outgoing)

    @pytest.mark.parametrize("trust", ["", "ACCEPT", "mint", None, 5, []], ids=repr)
    def test_trust(self, trust: Any) -> None:
        """There are two ways."""
        with pytest.raises(ConfigurationError) as caught:
            entry("x", trust=trust)

        assert ("trust", "must be accept or link") == (caught.value.parameter, caught.value.rule)


def started(name: str) -> Any:
    """Return a span that was started and never activated."""
    one = entry(name)
    one.start()
    return one


class TestNothingLeaks:
    """What was bound inside is bound on the line that ends it, and nowhere after."""

    @pytest.fixture(params=["ours", "theirs"])
    def binding(self, request: pytest.FixtureRequest) -> Any:
        """The functions that bind: this library's and structlog's."""
        return structlog_enrich if request.param == "ours" else structlog.contextvars

    @pytest.mark.parametrize("fails", [False, True], ids=["fine", "fails"])
    def test_bound_before(self, binding: Any, fails: bool, written: Any) -> None:  # noqa: FBT001
        """Each name is as it was: its value, or unbound, whether it was bound, unbound, cleared or bound again."""
        structlog.contextvars.bind_contextvars(kept="before", changed="before", unbound="before")
        try:
            with entry("x"):
                binding.bind_contextvars(changed="inside", new="inside")
                binding.unbind_contextvars("unbound")
                if fails:
                    raise ValueError
        except ValueError:
            pass
        after = get_contextvars()
        structlog.contextvars.clear_contextvars()

        assert {"kept": "before", "changed": "before", "unbound": "before"} == after
        assert {"kept": "before", "changed": "inside", "new": "inside"} == written.line()["context"]

    def test_cleared_inside(self, binding: Any, written: Any) -> None:
        """To clear is to unbind all."""
        structlog.contextvars.bind_contextvars(a="before")
        with entry("x"):
            binding.bind_contextvars(b="gone")
            binding.clear_contextvars()
            binding.bind_contextvars(c="inside")
        after = get_contextvars()
        structlog.contextvars.clear_contextvars()

        assert {"a": "before"} == after
        assert {"c": "inside"} == written.line()["context"]

    def test_reset_inside(self, binding: Any, written: Any) -> None:
        """What was reset is as it was before."""
        with entry("x"):
            binding.bind_contextvars(a=1)
            tokens = binding.bind_contextvars(a=2, b=2)
            binding.reset_contextvars(**tokens)
            with binding.bound_contextvars(a=3, c=3):
                written.log.info("line")

        assert {"a": 3, "c": 3} == written.named("line")["context"]
        assert {"a": 1} == written.named("x")["context"]

    def test_the_next_one_in_the_same_thread(self, binding: Any, written: Any) -> None:
        """Jobs one after the other in one thread, or in a pool's, know nothing of each other."""

        def job(number: int) -> None:
            with entry("job"):
                binding.bind_contextvars(**{f"only{number}": number})

        for number in range(3):
            job(number)
        with ThreadPoolExecutor(1) as pool:
            [*pool.map(job, range(3, 6))]

        assert [{f"only{number}": number} for number in range(6)] == [line["context"] for line in written.lines()]

    def test_nested(self, binding: Any, written: Any) -> None:
        """An inner entry sees what the outer bound; what it binds itself the outer doesn't see."""
        with entry("outer"):
            binding.bind_contextvars(a=1)
            with entry("inner"):
                binding.bind_contextvars(b=2)
                written.log.info("inside")
            written.log.info("between")

        assert {"inside": {"a": 1, "b": 2}, "inner": {"a": 1, "b": 2}, "between": {"a": 1}, "outer": {"a": 1}} == {
            line["message"]: line["context"] for line in written.lines()
        }


class TestOtherContexts:
    """An exit elsewhere than the entry."""

    def test_in_a_copy(self, written: Any) -> None:
        """Values are put back by value: a token would be refused here."""
        one = entry("x")

        def leave() -> tuple[Any, Any]:
            structlog.contextvars.bind_contextvars(late=2)
            one.__exit__(None, None, None)
            return get_contextvars(), current_trace()

        def enter_and_leave() -> Any:
            structlog.contextvars.bind_contextvars(before=0)
            one.__enter__()
            bind_contextvars(early=1)
            return copy_context().run(leave)

        assert ({"before": 0}, None) == copy_context().run(enter_and_leave)
        assert {"before": 0, "early": 1, "late": 2} == written.line()["context"]

    def test_activated_again(self, written: Any) -> None:
        """An adapter that comes back to an entry finds bound what was bound for it."""
        one = entry("x")
        one.start()
        seen = []
        for number in range(3):
            one.activate()
            seen.append(dict(get_contextvars()))
            bind_contextvars(**{f"n{number}": number})
            if number == 1:
                unbind_contextvars("n0")
            one.deactivate()
        one.end()

        assert [{}, {"n0": 0}, {"n1": 1}] == seen
        assert {"n1": 1, "n2": 2} == written.line()["context"]


def test_outside_any(written: Any) -> None:
    """Binding works without an entry, as structlog's own does."""
    tokens = bind_contextvars(a=1)
    bind_contextvars(b=2)
    written.log.info("bound")
    reset_contextvars(**tokens)
    unbind_contextvars("b", "never")
    clear_contextvars()
    written.log.info("cleared")

    assert {"a": 1, "b": 2} == written.named("bound")["context"]
    assert "context" not in written.named("cleared")
