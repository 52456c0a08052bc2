"""`bind_contextvars` on the line: what belongs to `context`, what to `payload`, and that nobody else is disturbed."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.contextvars import (
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    get_contextvars,
    merge_contextvars,
    reset_contextvars,
    unbind_contextvars,
)

import structlog_enrich
from structlog_enrich import entry, preset, span
from structlog_enrich.processors import Envelope, MergeContext, context
from structlog_enrich.schema.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = st.sampled_from(["request_id", "user_id", "event", "level", "exc_info", "a b", "", "ż", "structlog_x"])
VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=5), st.booleans())
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("bind"), st.dictionaries(NAMES, VALUES, max_size=4)),
        st.tuples(st.just("unbind"), st.lists(NAMES, max_size=3)),
        st.tuples(st.just("clear"), st.none()),
        st.tuples(st.just("reset"), st.integers(0, 3)),
        st.tuples(st.just("enter"), st.dictionaries(NAMES, VALUES, max_size=3)),
        st.tuples(st.just("leave"), st.none()),
        st.tuples(st.just("foreign"), VALUES),
    ),
    max_size=15,
)
FOREIGN = contextvars.ContextVar[Any]("foreign")
EVENTS = st.dictionaries(NAMES, VALUES, max_size=4)


def merged(stage: MergeContext, event: dict[str, Any]) -> dict[str, Any]:
    """Return what the stage makes of *event*, without its private key."""
    return dict(stage(None, "info", dict(event)))


def line_of(chain: list[Any], event: str | None = "paid", method: str = "info", **keywords: Any) -> dict[str, Any]:
    """Return the line that *chain* makes of a flat event."""
    flat: Any = keywords if event is None else {**keywords, "event": event}
    for stage in chain:
        flat = stage(None, method, flat)
    decoded: dict[str, Any] = orjson.loads(flat)
    return decoded


class Untouchable:
    """A value that must be carried and never asked anything."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        raise AssertionError

    def __bool__(self) -> bool:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError


class TestMergeContext:
    """`MergeContext`, held to structlog's public functions."""

    @given(STEPS, EVENTS)
    def test_it_equals_structlogs_own(self, steps: list[tuple[str, Any]], event: dict[str, Any]) -> None:
        """After any sequence of bindings the event is what structlog's own processor would make of it."""
        stage, noting = MergeContext(), MergeContext(for_envelope=True)

        def scenario() -> None:
            tokens: list[Any] = []
            with ExitStack() as outer:
                stacks = [outer]
                for name, argument in steps:
                    if name == "bind":
                        tokens.append(bind_contextvars(**argument))
                    elif name == "unbind":
                        unbind_contextvars(*argument)
                    elif name == "clear":
                        clear_contextvars()
                    elif name == "reset" and len(tokens) > argument:
                        reset_contextvars(**tokens.pop(argument))
                    elif name == "enter":
                        stacks.append(outer.enter_context(ExitStack()))
                        stacks[-1].enter_context(bound_contextvars(**argument))
                    elif name == "leave":
                        stacks.pop().close() if len(stacks) > 1 else None
                    elif name == "foreign":
                        FOREIGN.set(argument)
                    assert get_contextvars() == merged(stage, {})
                    assert merge_contextvars(None, "info", dict(event)) == merged(stage, event)
                    line = Envelope()(None, "info", noting(None, "info", {"event": "said"}))
                    assert get_contextvars() == line.get("context", {})

        contextvars.Context().run(scenario)

    def test_the_event_wins(self) -> None:
        """What the call or the bound logger said stays, None and falsehoods too."""
        bind_contextvars(user_id="bound", a=1, b=2)

        assert {"user_id": None, "a": 0, "b": 2} == merged(MergeContext(), {"user_id": None, "a": 0})

    def test_it_asks_values_nothing(self) -> None:
        """A bound value is neither compared, hashed nor asked for its truth, on the way to the line either."""
        value = Untouchable()
        with bound_contextvars(order=value, event=value):
            event = MergeContext(for_envelope=True)(None, "info", {"event": "paid"})

            assert value is event["order"]
            line = Envelope()(None, "info", event)

        assert value is line["context"]["order"]
        assert value is line["context"]["event"]

    def test_a_foreign_variable_is_ignored(self) -> None:
        """Variables of others never reach the event, however near their names come."""
        near = contextvars.ContextVar[str]("structlo")
        tokens = [(FOREIGN, FOREIGN.set("mine")), (near, near.set("near"))]
        try:
            assert {} == merged(MergeContext(), {})
        finally:
            for variable, token in tokens:
                variable.reset(token)

    def test_the_cache_is_bounded(self) -> None:
        """A process that makes variables without end doesn't grow the stage without end, and stays right."""
        stage = MergeContext()

        def scenario() -> None:
            bind_contextvars(request_id="req-1")
            for number in range(10_000):
                contextvars.ContextVar[int](f"v{number}").set(number)
                if number % 500 == 0:
                    assert {"request_id": "req-1"} == merged(stage, {})
            assert {"request_id": "req-1"} == merged(stage, {})

        contextvars.Context().run(scenario)
        # A fresh variable each round: what the stage remembers is the only thing that may grow.
        for number in range(9_000):
            contextvars.Context().run(
                lambda n=number: (contextvars.ContextVar(f"w{n}").set(1), stage(None, "info", {}))
            )

        kept = [each for each in gc.get_objects() if type(each) is contextvars.ContextVar and each.name.startswith("w")]
        assert len(kept) <= 4_096

    def test_a_variable_that_another_library_makes(self) -> None:
        """Whoever binds under structlog's prefix without structlog is seen, as structlog itself does."""
        other = contextvars.ContextVar[str]("structlog_tenant_id")
        token = other.set("t-1")
        try:
            assert {"tenant_id": "t-1"} == get_contextvars() == merged(MergeContext(), {})
        finally:
            other.reset(token)

    def test_across_threads(self) -> None:
        """A thread starts without the context, and sees its own only."""
        bind_contextvars(request_id="main")
        stage, seen = MergeContext(), []

        def other() -> None:
            seen.append(merged(stage, {}))
            bind_contextvars(request_id="other")
            seen.append(merged(stage, {}))

        thread = threading.Thread(target=contextvars.Context().run, args=(other,))
        thread.start()
        thread.join()

        assert [{}, {"request_id": "other"}] == seen
        assert {"request_id": "main"} == merged(stage, {})

    def test_in_a_copied_context(self) -> None:
        """A copy starts with the context it was copied from and keeps its changes to itself."""
        stage = MergeContext()
        with bound_contextvars(request_id="outer"):
            copy = contextvars.copy_context()

            assert {"request_id": "outer"} == copy.run(merged, stage, {})
            copy.run(bind_contextvars, request_id="inner")
            assert {"request_id": "inner"} == copy.run(merged, stage, {})
            assert {"request_id": "outer"} == merged(stage, {})
        assert {"request_id": "inner"} == copy.run(merged, stage, {})

    def test_across_tasks(self) -> None:
        """Tasks inherit the context they were started in and never see each other's."""
        stage = MergeContext()

        async def task(number: int) -> dict[str, Any]:
            assert {"request_id": "parent"} == merged(stage, {})
            bind_contextvars(request_id=number)
            await asyncio.sleep(0)
            return merged(stage, {})

        async def main() -> list[dict[str, Any]]:
            bind_contextvars(request_id="parent")
            return await asyncio.gather(*map(task, range(50)))

        assert [{"request_id": number} for number in range(50)] == asyncio.run(main())

    def test_a_reused_thread(self) -> None:
        """A pool's thread carries nothing from one job that reset its tokens to the next."""
        stage = MergeContext()

        def job(number: int) -> dict[str, Any]:
            before = merged(stage, {})
            with bound_contextvars(request_id=number):
                return before | {"here": merged(stage, {})}

        with ThreadPoolExecutor(1) as pool:
            results = list(pool.map(job, range(20)))

        assert [{"here": {"request_id": number}} for number in range(20)] == results


class TestNotes:
    """What a line within an entry sees, the line that ends the entry must know."""

    def test_what_is_new_is_noted(self) -> None:
        """Each change once, by the value that the context has and not by the event's."""
        stage = MergeContext(for_envelope=True)
        with entry("x") as one:
            noted = one.trace._operation.noted  # noqa: SLF001 (what is tested)
            bind_contextvars(a="1", b="2")
            event = stage(None, "info", {"event": "x", "a": "the event's"})
            first = dict(noted)
            noted.clear()
            stage(None, "info", {"event": "x"})
            second = dict(noted)
            unbind_contextvars("a")
            bind_contextvars(b="3")
            stage(None, "info", {"event": "x"})

        assert "the event's" == event["a"]
        assert [{"a": "1", "b": "2"}, {}, {"a": ..., "b": "3"}] == [first, second, noted]

    def test_outside_an_entry(self) -> None:
        """There is nobody to note it for."""
        stage = MergeContext()
        with span("x") as one, bound_contextvars(a="1"):
            stage(None, "info", {"event": "x"})

        assert None is one.trace._operation  # noqa: SLF001

    def test_equal_is_not_the_same(self, collect: Callable[..., Any]) -> None:
        """True is not the 1 that was there before."""
        sink = collect()

        def elsewhere() -> None:
            for value in (1, True):
                bind_contextvars(flag=value)
                sink.log.info("line")

        with entry("x", logger=sink.log):
            copy_context().run(elsewhere)

        assert sink.lines()[-1]["context"]["flag"] is True

    def test_values_that_fail(self) -> None:
        """They are told apart without being asked."""
        stage = MergeContext()
        with entry("x"):
            for value in (Untouchable(), Untouchable()):
                bind_contextvars(a=value)
                assert value is stage(None, "info", {"event": "x"})["a"]
            clear_contextvars()


class TestKnownUntilSomethingChanges:
    """Within an entry the context is looked at only when something in it was set; nobody can tell from the lines."""

    @pytest.fixture(params=[True, False], ids=["maps are told", "maps aren't"])
    def stage(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MergeContext:
        """A stage on this interpreter, and on one whose contexts are made otherwise."""
        constant = Untouchable()
        if not request.param:
            room = "structlog_enrich.processors.context"
            monkeypatch.setattr(f"{room}.can_tell_maps", lambda: False)
            monkeypatch.setattr(f"{room}.get_referents", lambda _context: [constant])
        return MergeContext(for_envelope=True)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        steps=st.lists(
            st.one_of(
                st.tuples(st.sampled_from(["bind", "bind ours"]), st.dictionaries(NAMES, VALUES, max_size=3)),
                st.tuples(st.sampled_from(["unbind", "unbind ours"]), st.lists(NAMES, max_size=2)),
                st.tuples(st.sampled_from(["clear", "clear ours", "span", "copy", "entry", "line"]), st.none()),
                st.tuples(st.just("foreign"), VALUES),
            ),
            max_size=20,
        ),
        event=EVENTS,
    )
    def test_it_equals_structlogs_own(
        self, stage: MergeContext, steps: list[tuple[str, Any]], event: dict[str, Any]
    ) -> None:
        """After each step, by whoever's function, in spans, entries and copies, a line is what structlog's would be."""

        def compare() -> None:
            for _ in range(3):
                assert merge_contextvars(None, "info", dict(event)) == {
                    key: value for key, value in stage(None, "info", dict(event)).items() if key != "_structlog_enrich"
                }
                line = Envelope()(None, "info", stage(None, "info", {"event": "said"}))
                assert get_contextvars() == line.get("context", {})

        def follow(steps: list[tuple[str, Any]]) -> None:
            for number, (name, argument) in enumerate(steps):
                module = structlog_enrich if name.endswith("ours") else structlog.contextvars
                if name.startswith("bind"):
                    module.bind_contextvars(**argument)
                elif name.startswith("unbind"):
                    module.unbind_contextvars(*argument)
                elif name.startswith("clear"):
                    module.clear_contextvars()
                elif name == "foreign":
                    FOREIGN.set(argument)
                elif name == "line":
                    compare()
                else:
                    rest = steps[number + 1 :]
                    half = len(rest) // 2
                    if name == "copy":
                        copy_context().run(follow, rest[:half])
                    else:
                        with span("x") if name == "span" else entry("x"):
                            follow(rest[:half])
                    compare()
                    follow(rest[half:])
                    return
            compare()

        def within() -> None:
            with entry("x"):
                follow(steps)

        structlog.configure(processors=preset(), logger_factory=structlog.ReturnLoggerFactory())
        contextvars.Context().run(within)

    def test_bound_while_it_looks(self, stage: MergeContext, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a signal handler or a finaliser binds in the middle of a line is on each that follows."""

        def interrupted(*given: Any, **more: Any) -> Any:
            bind_contextvars(before=1)
            seen = noting(*given, **more)
            bind_contextvars(after=1)
            return seen

        noting = context.note_news
        monkeypatch.setattr(context, "note_news", interrupted)
        with entry("x"):
            bind_contextvars(a=1)
            stage(None, "info", {})
            monkeypatch.undo()

            for _ in range(3):
                event = stage(None, "info", {})
                assert {"a": 1, "before": 1, "after": 1} == get_contextvars()
                assert {*get_contextvars(), "_structlog_enrich"} == {*event}

    def test_two_contexts_in_turn(self, stage: MergeContext) -> None:
        """A copy that bound something else and its original each see their own, however often they alternate."""
        with entry("x"):
            bind_contextvars(a="here", b="here")
            stage(None, "info", {"event": "x"})
            copy = copy_context()
            copy.run(bind_contextvars, a="there")
            seen = [
                [merged(stage, {})["a"], copy.run(merged, stage, {})["a"], merged(stage, {"b": 1})["b"]]
                for _ in range(3)
            ]

        assert [["here", "there", 1]] * 3 == seen

    def test_a_processor_that_empties_what_it_finds(self, collect: Callable[..., Any]) -> None:
        """What lines share can't be changed through one of them."""

        def emptying(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            for value in event.values():
                if isinstance(value, list | dict | set):
                    value.clear()
            return event

        sink = collect(preset(service="tests", extra=[emptying]))
        with entry("x", logger=sink.log):
            bind_contextvars(a=1)
            for _ in range(3):
                sink.log.info("line", b=2)

        assert [({"a": 1}, {"b": 2})] * 3 == [(line["context"], line["payload"]) for line in sink.lines()[:3]]

    def test_values_that_fail(self, stage: MergeContext) -> None:
        """A value is neither compared, hashed nor asked for its truth, on a later line either."""
        with entry("x"):
            first, second = Untouchable(), Untouchable()
            for value in (first, first, second, second):
                bind_contextvars(a=value)
                structlog_enrich.bind_contextvars(b=value)
                assert value is stage(None, "info", {"event": "x"})["a"] is stage(None, "info", {"event": "x"})["b"]
            structlog_enrich.clear_contextvars()


class TestContextOrPayload:
    """Which of the two a name belongs to, as `Envelope` sees it."""

    def test_bound_is_context_and_the_rest_payload(self, collect: Callable[..., Any]) -> None:
        """Only what `bind_contextvars` bound is context; `log.bind()` and keywords are payload."""
        sink = collect()
        bind_contextvars(request_id="req-1")
        sink.log.bind(cart="c-1").info("paid", order_id="o-1")

        line = sink.line()
        assert {"request_id": "req-1"} == line["context"]
        assert {"cart": "c-1", "order_id": "o-1"} == line["payload"]

    def test_absent_when_empty(self, collect: Callable[..., Any]) -> None:
        """A line without data has neither."""
        sink = collect()
        sink.log.info("paid")

        assert {"context", "payload"}.isdisjoint(sink.line())

    def test_the_value_is_the_one_the_event_has(self, collect: Callable[..., Any]) -> None:
        """The call and the bound logger may say otherwise; the name stays context."""
        sink = collect()
        bind_contextvars(request_id="bound", user_id="bound")
        sink.log.bind(user_id="logger").info("paid", request_id="call")

        line = sink.line()
        assert {"request_id": "call", "user_id": "logger"} == line["context"]
        assert "payload" not in line

    @pytest.mark.parametrize("drop", [False, True], ids=["kept", "dropped"])
    def test_a_processor_may_change_it(self, drop: bool) -> None:  # noqa: FBT001 (a parameter of the test)
        """A value that a team's processor hashed arrives hashed, with our private key or without."""

        def hashing(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            event["user_id"] = "hashed"
            return {key: value for key, value in event.items() if not (drop and key.startswith("_"))}

        with bound_contextvars(user_id="u-4211", request_id="req-1"):
            line = line_of(preset(extra=[hashing]))

        assert {"user_id": "hashed", "request_id": "req-1"} == line["context"]
        assert "payload" not in line

    @pytest.mark.parametrize("drop", [False, True], ids=["kept", "dropped"])
    def test_a_processor_may_delete_it(self, drop: bool) -> None:  # noqa: FBT001 (a parameter of the test)
        """A name that a team's processor deleted is gone, with our private key or without."""

        def deleting(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            del event["user_id"]
            return {key: value for key, value in event.items() if not (drop and key.startswith("_"))}

        with bound_contextvars(user_id="u-4211", request_id="req-1"):
            line = line_of(preset(extra=[deleting]))

        assert {"request_id": "req-1"} == line["context"]
        assert "payload" not in line

    @pytest.mark.parametrize("error", [None, ValueError("no")], ids=["plain", "error"])
    def test_a_processor_that_makes_everything_text(self, error: Exception | None) -> None:
        """`{k: str(v) …}` costs neither the context nor leaves our private key in the payload."""

        def text(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            kept = {"exc": event.pop("exc")} if "exc" in event else {}
            return {key: str(value) for key, value in event.items()} | kept

        with bound_contextvars(user_id=4211):
            line = line_of(preset(extra=[text]), amount=5, **({} if error is None else {"exc": error}))

        assert {"user_id": "4211"} == line["context"]
        assert {"amount": "5"} == line["payload"]
        assert (error is not None) == ("error" in line)
        assert "faults" not in line

    @pytest.mark.parametrize("wrong", [[["x"]], [{}], [5, None], [b"x"], [], ["user_id", "n"]], ids=repr)
    def test_a_processor_that_changes_every_list(self, wrong: list[Any]) -> None:
        """Whatever a processor makes of what it finds, nothing is raised and nothing is lost."""

        def lists(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            return {key: wrong if isinstance(value, list) else value for key, value in event.items()}

        with bound_contextvars(user_id="u-1"):
            line = line_of(preset(extra=[lists]), n=1)

        assert {"user_id": "u-1", "n": 1} == line.get("context", {}) | line.get("payload", {})

    @pytest.mark.parametrize("wrong", [[["x"]], [{}], "text", ["n"]], ids=repr)
    def test_a_callers_value_before_an_envelope_alone(self, wrong: Any) -> None:
        """Nor is anything a caller passes under our private name believed."""
        line = Envelope()(None, "info", {"event": "paid", "n": 1, "_structlog_enrich": wrong})

        assert 1 == line["payload"]["n"]

    def test_a_processor_that_renames(self) -> None:
        """A new name is the processor's own, so it is payload."""

        def renaming(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            event["uid"] = event.pop("user_id")
            return event

        with bound_contextvars(user_id="u-1"):
            line = line_of(preset(extra=[renaming]))

        assert {"uid": "u-1"} == line["payload"]
        assert "context" not in line

    def test_a_bound_event(self, collect: Callable[..., Any]) -> None:
        """A bound name `event` stays context beside the message."""
        sink = collect()
        with bound_contextvars(event="bound"):
            sink.log.info("paid", event="keyword")

        line = sink.line()
        assert "paid" == line["message"]
        assert {"event": "bound"} == line["context"]
        assert {"event": "keyword"} == line["payload"]

    def test_an_envelope_alone(self) -> None:
        """Behind structlog's own `merge_contextvars` the envelope finds out by itself what was bound."""
        with bound_contextvars(request_id="req-1"):
            event = merge_contextvars(None, "info", {"event": "paid", "n": 1})
            line = Envelope()(None, "info", event)

        assert ({"request_id": "req-1"}, {"n": 1}) == (line["context"], line["payload"])

    def test_the_private_key_is_the_callers_too(self, collect: Callable[..., Any]) -> None:
        """A keyword under our private name is data like any other."""
        sink = collect()
        sink.log.info("paid", _structlog_enrich="theirs", n=1)

        assert {"_structlog_enrich": "theirs", "n": 1} == sink.line()["payload"]


class TestForgery:
    """Nothing a caller passes reaches the header."""

    @given(
        keywords=st.dictionaries(st.sampled_from(FIELDS), st.just("forged-by-keyword"), max_size=len(FIELDS)),
        logged=st.dictionaries(st.sampled_from(FIELDS), st.just("forged-by-logger"), max_size=len(FIELDS)),
        bound=st.dictionaries(st.sampled_from(FIELDS), st.just("forged-by-context"), max_size=len(FIELDS)),
    )
    def test_every_name_of_the_wire(
        self, keywords: dict[str, Any], logged: dict[str, Any], bound: dict[str, Any]
    ) -> None:
        """Any name of the wire may be a keyword, bound to the logger or to the context: it is data, unrenamed."""
        wrapped: Any = structlog.ReturnLogger()
        log = structlog.wrap_logger(wrapped, preset(service="honest", version="1", environment="test"))

        def scenario() -> dict[str, Any]:
            bind_contextvars(**bound)
            line: dict[str, Any] = orjson.loads(log.bind(**logged).info("said", **keywords))
            return line

        line = contextvars.Context().run(scenario)
        said = {**bound, **logged, **keywords}
        assert {name: said[name] for name in bound} == line.get("context", {})
        assert {name: value for name, value in said.items() if name not in bound} == line.get("payload", {})
        assert "forged" not in str({name: value for name, value in line.items() if name not in {"context", "payload"}})
        assert ("said", "info", "honest", "1.0") == (
            line["message"],
            line["level"],
            line["service"],
            line["schema_version"],
        )

    def test_the_example_of_the_contract(self, collect: Callable[..., Any]) -> None:
        """The call that the wire format shows."""
        sink = collect(preset(service="honest"))
        sink.log.info("x", level="gold", trace_id="mine", service="theirs", span={"phase": "end"})

        line = sink.line()
        assert {"level": "gold", "trace_id": "mine", "service": "theirs", "span": {"phase": "end"}} == line["payload"]
        assert ("info", "honest", False) == (line["level"], line["service"], "span" in line)
        assert "mine" != line["trace_id"]
