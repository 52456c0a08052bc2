"""The bound logger that takes whatever it is given."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import logging
import pickle
import threading
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from structlog.exceptions import DropEvent
from structlog.testing import ReturnLogger

from structlog_enrich import BoundLogger, ConfigurationError, bound_logger, preset

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS = ["debug", "info", "warning", "error", "critical", "exception", "warn", "fatal", "msg"]
LEVEL = {"exception": "error", "warn": "warning", "fatal": "critical", "msg": "info"}
NUMBERS = {"notset": 0, "debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


def capturing(min_level: int | str = 0, **bound: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Return a logger whose chain only keeps its events, and the list it keeps them in."""
    events: list[dict[str, Any]] = []

    def keep(_logger: Any, name: str, event: dict[str, Any]) -> str:
        events.append({**event, "method": name})
        return "written"

    log = structlog.wrap_logger(structlog.ReturnLogger(), [keep], bound_logger(min_level), context_class=dict)
    return log.bind(**bound), events


class Hostile:
    """An object that fails whatever it is asked."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__

    def __bool__(self) -> bool:
        raise RuntimeError

    def __mod__(self, other: object) -> str:
        raise DropEvent


class TestAccepted:
    """What structlog's own loggers refuse before any processor runs."""

    @pytest.mark.parametrize("name", ["event", "self", "method_name", "logger", "level", "args", "kw", "name"])
    @pytest.mark.parametrize("method", METHODS)
    def test_any_keyword(self, method: str, name: str, collect: Callable[..., Any], validator: Any) -> None:
        """A keyword of any name is payload."""
        sink = collect()
        getattr(sink.log, method)("paid", **{name: "theirs"})

        line = sink.line()
        validator.validate(line)
        assert ("paid", {name: "theirs"}) == (line["message"], line["payload"])

    @pytest.mark.parametrize("name", ["event", "self", "method_name", "level"])
    def test_any_keyword_of_log(self, name: str, collect: Callable[..., Any]) -> None:
        """Of `log` too."""
        sink = collect()
        sink.log.log(20, "paid", **{name: "theirs"})
        asyncio.run(sink.log.alog("error", "paid", **{name: "theirs"}))

        assert [{name: "theirs"}] * 2 == [line["payload"] for line in sink.lines()]

    @pytest.mark.parametrize("name", ["event", "self", "method_name", "new_values", "context"])
    def test_any_bound_name(self, name: str, collect: Callable[..., Any]) -> None:
        """A bound value of any name is payload, and a keyword wins over it."""
        sink = collect()
        sink.log.bind(**{name: "bound"}).info("paid")
        sink.log.bind(**{name: "bound"}).info("paid", **{name: "said"})
        sink.log.new(**{name: "new"}).info("paid")

        assert [{name: "bound"}, {name: "said"}, {name: "new"}] == [line["payload"] for line in sink.lines()]

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (("%s of %d", "one", 2), "one of 2"),
            (("%(a)s", {"a": 1}), "1"),
            (("%s", {}), "{}"),
            (("100% sure",), "100% sure"),
            ((), ""),
            ((None,), ""),
        ],
        ids=range(6),
    )
    def test_arguments_that_fit(self, given: Any, message: str, collect: Callable[..., Any]) -> None:
        """Arguments are fitted as structlog and the standard library do; a mapping by name."""
        sink = collect()
        sink.log.info(*given, n=1)

        line = sink.line()
        assert (message, {"n": 1}) == (line["message"], line["payload"])

    @pytest.mark.parametrize(
        "given",
        [
            ("%d", "x"),
            ("%s", 1, 2),
            ("%s %s", 1),
            ("100%", 1),
            ("%(a)s", {"b": 1}),
            ("%s", Hostile()),
            (5, 1),
            (None, 1),
            (Hostile(), 1),
            (["a"], 1),
        ],
        ids=range(10),
    )
    def test_arguments_that_do_not(self, given: Any, collect: Callable[..., Any], validator: Any) -> None:
        """What doesn't fit is in the payload and nothing is raised."""
        sink = collect()
        sink.log.info(*given, n=1)

        line = sink.line()
        validator.validate(line)
        assert (len(given) - 1, 1) == (len(line["payload"]["positional_args"]), line["payload"]["n"])

    def test_only_a_keyword_event(self, collect: Callable[..., Any]) -> None:
        """Without a positional message the keyword `event` is the message."""
        sink = collect()
        sink.log.info(event="paid")

        assert ("paid", False) == (sink.line()["message"], "payload" in sink.line())


class TestLog:
    """`log`, at a level by number or name."""

    @pytest.mark.parametrize(
        ("level", "expected"),
        [
            (5, "debug"),
            (10, "debug"),
            (25, "info"),
            (35, "warning"),
            (99, "critical"),
            ("warning", "warning"),
            ("WARN", "warning"),
            ("25", "info"),
            ("Level 35", "warning"),
            ("exception", "error"),
            (35.5, "warning"),
        ],
        ids=range(11),
    )
    def test_levels(self, level: Any, expected: str, collect: Callable[..., Any]) -> None:
        """A number between two levels is the lower one."""
        sink = collect()
        sink.log.log(level, "x")
        asyncio.run(sink.log.alog(level, "x"))

        assert [expected] * 2 == [line["level"] for line in sink.lines()]
        assert ["faults" in line for line in sink.lines()] == [False] * 2

    @pytest.mark.parametrize("level", ["loud", None, [], b"info"], ids=repr)
    def test_no_level(self, level: Any, collect: Callable[..., Any]) -> None:
        """What is no level is `info`, and said, as everywhere."""
        sink = collect()
        sink.log.log(level, "x")

        assert ("info", True) == (sink.line()["level"], "faults" in sink.line())

    @pytest.mark.parametrize(
        ("least", "level", "logged"),
        [
            ("info", 19, False),
            ("info", 20, True),
            ("info", 25, True),
            ("warning", 25, False),
            ("warning", "info", False),
            ("warning", "loud", False),
            ("critical", 50, True),
            ("notset", 0, True),
        ],
    )
    def test_filtering(self, least: str, level: Any, logged: bool) -> None:  # noqa: FBT001
        """The number counts and not the level it is logged as."""
        log, events = capturing(least)
        log.log(level, "x")
        asyncio.run(log.alog(level, "x"))

        assert (2 if logged else 0) == len(events)


class TestFiltering:
    """Calls below the least level."""

    @pytest.mark.parametrize("least", NUMBERS)
    def test_each_class(self, least: str) -> None:
        """They return None at once, sync and async; the others are logged."""
        log, events = capturing(least)
        for method in METHODS:
            level, before = LEVEL.get(method, method), len(events)
            result = getattr(log, method)("x", n=1)
            awaited = asyncio.run(getattr(log, f"a{method}")("x", n=1))
            logged = NUMBERS[level] >= NUMBERS[least]

            assert (2 if logged else 0) == len(events) - before
            assert ("written" if logged else None) == result == awaited
            assert all(event["method"] == level for event in events[before:])

    @pytest.mark.parametrize("least", NUMBERS)
    def test_questions(self, least: str) -> None:
        """A logger tells what it logs."""
        log, _ = capturing(least)

        assert NUMBERS[least] == log.get_effective_level() == log.min_level
        assert [number >= NUMBERS[least] for number in range(0, 60, 5)] == [
            log.is_enabled_for(number) for number in range(0, 60, 5)
        ]

    @pytest.mark.parametrize("given", ["INFO", "info", "Info", logging.INFO], ids=repr)
    def test_spellings(self, given: Any) -> None:
        """A level has one class, however it is spelled."""
        assert bound_logger("info") is bound_logger(given)

    def test_default(self) -> None:
        """Without a level all is logged."""
        assert 0 == bound_logger().min_level

    @pytest.mark.parametrize("given", ["loud", "", 25, -1, None, "20", 20.5, [], {}, b"info"], ids=repr)
    def test_refused(self, given: Any) -> None:
        """Anything else is refused, by name, rule and value."""
        rule = (
            r"^min_level must be notset, debug, info, warning, error or critical, or the number of one of these, not "
        )
        with pytest.raises(ConfigurationError, match=rule):
            bound_logger(given)


class TestException:
    """`exception`, with the one that is being handled."""

    @pytest.mark.parametrize("method", ["exception", "aexception"])
    def test_it_reports(self, method: str, collect: Callable[..., Any]) -> None:
        """It logs an error with the exception."""
        sink = collect()
        try:
            raise ValueError("no")
        except ValueError:
            result = getattr(sink.log, method)("failed")
            asyncio.run(result) if inspect.isawaitable(result) else None

        line = sink.line()
        assert "error" == line["level"]
        assert method == "aexception" or line["error"]["message"] == "no"

    def test_a_given_one_wins(self, collect: Callable[..., Any]) -> None:
        """`exc_info=` of the call is kept."""
        sink = collect()
        sink.log.exception("failed", exc_info=ValueError("given"))  # noqa: LOG004 (the point)
        sink.log.exception("failed", exc_info=False)  # noqa: LOG004, LOG007 (the point)

        first, second = sink.lines()
        assert ("given", False) == (first["error"]["message"], "error" in second)


class TestAsync:
    """The methods that start with `a` run at once."""

    def test_in_the_callers_thread_and_with_its_exception(self, collect: Callable[..., Any]) -> None:
        """Thread, exception and order are the caller's."""
        sink = collect()

        async def main() -> None:
            try:
                raise ValueError("no")
            except ValueError:
                await sink.log.aexception("failed")
                await sink.log.aerror("failed", exc_info=True)
            sink.log.info("after")

        asyncio.run(main())
        lines = sink.lines()
        assert ["no", "no"] == [line["error"]["message"] for line in lines[:2]]
        assert {threading.get_ident()} == {line["thread_id"] for line in lines}
        assert ["failed", "failed", "after"] == [line["message"] for line in lines]

    def test_a_cancelled_caller(self, collect: Callable[..., Any]) -> None:
        """With a saturated executor and a caller that is cancelled, every call that ran is on a line."""
        sink = collect()
        release = threading.Event()

        async def caller(number: int) -> None:
            await sink.log.ainfo("x", n=number)
            await asyncio.Event().wait()

        async def main() -> None:
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor(1) as pool:
                loop.set_default_executor(pool)
                busy = loop.run_in_executor(None, release.wait)
                tasks = [asyncio.create_task(caller(number)) for number in range(200)]
                await asyncio.sleep(0)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                release.set()
                await busy

        asyncio.run(main())
        assert list(range(200)) == [line["payload"]["n"] for line in sink.lines()]

    def test_not_awaited(self, collect: Callable[..., Any]) -> None:
        """The call logs, and what it returns may be awaited or not."""
        sink = collect()
        sink.log.ainfo("x").close()
        sink.log.alog(30, "y").close()

        assert ["x", "y"] == [line["message"] for line in sink.lines()]

    def test_a_task_cancelled_before_it_starts(self, collect: Callable[..., Any]) -> None:
        """Cancelled tasks lose no line."""
        sink = collect()

        async def main() -> None:
            tasks = [asyncio.create_task(sink.log.ainfo("x", n=number)) for number in range(100)]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(main())
        assert list(range(100)) == [line["payload"]["n"] for line in sink.lines()]


class TestBinding:
    """`bind`, `unbind`, `try_unbind` and `new` make new loggers."""

    def test_nothing_is_changed(self) -> None:
        """A logger keeps what it has, whatever others are made from it."""
        log, events = capturing(a=1)
        for other in (log.bind(a=2, b=2), log.unbind("a"), log.try_unbind("a", "z"), log.new(c=3), log):
            other.info("x", n=1)

        bound = [{"a": 2, "b": 2}, {}, {}, {"c": 3}, {"a": 1}]
        assert [{**each, "event": "x", "n": 1, "method": "info"} for each in bound] == events

    def test_the_event_is_not_the_context(self) -> None:
        """A stage that changes its event doesn't change the logger."""

        def spoil(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            event.clear()
            return event

        log = structlog.wrap_logger(structlog.ReturnLogger(), [spoil], bound_logger(), context_class=dict).bind(a=1)
        log.info("x")

        assert {"a": 1} == structlog.get_context(log)

    def test_the_keywords_are_not_the_event(self) -> None:
        """Nor does it change the caller's mapping."""
        log, _ = capturing()
        keywords = {"n": 1}
        log.info("x", **keywords)

        assert {"n": 1} == keywords

    def test_unbinding_what_is_not_bound(self) -> None:
        """`unbind` says so, as structlog's."""
        log, _ = capturing()
        with pytest.raises(KeyError):
            log.unbind("a")

    def test_the_context_class_is_kept(self) -> None:
        """A context class of one's own stays."""
        log = structlog.wrap_logger(structlog.ReturnLogger(), [], bound_logger(), context_class=OrderedDict)

        for other in (log.bind(a=1), log.bind().new(a=1), log.bind(a=1, b=2).unbind("b")):
            assert (OrderedDict, {"a": 1}) == (type(structlog.get_context(other)), dict(structlog.get_context(other)))

    def test_new_keeps_the_old(self) -> None:
        """`new` leaves the logger it starts from alone, where structlog's clears it."""
        log, _ = capturing(a=1)
        log.new(b=2)

        assert {"a": 1} == structlog.get_context(log)


class TestResults:
    """What the last processor may return."""

    @pytest.mark.parametrize(
        ("result", "args", "keywords"),
        [
            ("text", ("text",), {}),
            (b"bytes", (b"bytes",), {}),
            (bytearray(b"bytes"), (bytearray(b"bytes"),), {}),
            ({"a": 1}, (), {"a": 1}),
            ((("a", "b"), {"c": 1}), ("a", "b"), {"c": 1}),
            (((), {}), (), {}),
        ],
        ids=["str", "bytes", "bytearray", "dict", "tuple", "empty"],
    )
    def test_as_structlog(self, result: Any, args: Any, keywords: Any) -> None:
        """The wrapped logger gets what structlog's logger would give it, and its result comes back."""
        for wrapper in (bound_logger(), structlog.make_filtering_bound_logger(0)):
            log = structlog.wrap_logger(structlog.testing.CapturingLogger(), [lambda *_: result], wrapper)
            log.info("x")
            (call,) = log.bind()._logger.calls  # noqa: SLF001 (the capturing logger)

            assert ("info", args, keywords) == (call.method_name, tuple(call.args), dict(call.kwargs))

    def test_dropping(self) -> None:
        """`DropEvent` from any stage is None, and nothing is written."""

        def drop(*_: Any) -> Any:
            raise DropEvent

        log = structlog.wrap_logger(structlog.testing.CapturingLogger(), [drop], bound_logger())

        assert None is log.info("x")
        assert None is asyncio.run(log.ainfo("x"))
        assert None is log.log(20, "x")
        assert [] == log.bind()._logger.calls  # noqa: SLF001 (the capturing logger)

    def test_without_processors(self) -> None:
        """A chain of none writes the event as keywords."""
        log = structlog.wrap_logger(structlog.testing.CapturingLogger(), [], bound_logger())
        log.info("x", a=1)

        assert {"event": "x", "a": 1} == dict(log.bind()._logger.calls[0].kwargs)  # noqa: SLF001 (the capturing logger)


class TestConfigured:
    """Under `structlog.configure`."""

    @pytest.mark.parametrize("cached", [True, False], ids=["cached", "fresh"])
    def test_cached_or_not(self, cached: bool) -> None:  # noqa: FBT001 (a parameter of the test)
        """Both ways write the same lines, before and after the first use."""
        structlog.configure(
            processors=preset(service="checkout"),
            wrapper_class=bound_logger("info"),
            logger_factory=structlog.ReturnLoggerFactory(),
            cache_logger_on_first_use=cached,
        )
        log = structlog.get_logger(module="shop")
        lines = [orjson.loads(log.info("x", n=number)) for number in range(3)]

        assert [{"module": "shop", "n": number} for number in range(3)] == [line["payload"] for line in lines]
        assert None is log.debug("x")

    def test_capture_logs(self) -> None:
        """structlog's testing helper sees our logger's events."""
        structlog.configure(processors=preset(), wrapper_class=bound_logger())
        log = structlog.get_logger()
        with structlog.testing.capture_logs() as captured:
            log.bind(a=1).warn("x", b=2)
            log.log(25, "y")

        assert [
            {"event": "x", "a": 1, "b": 2, "log_level": "warning"},
            {"event": "y", "log_level": "info"},
        ] == captured


class TestClasses:
    """One class for each level."""

    @pytest.mark.parametrize("least", NUMBERS)
    def test_pickle(self, least: str) -> None:
        """A bound logger travels with its class, its context and its chain."""
        log = bound_logger(least)(structlog.ReturnLogger(), preset(), {"a": 1})

        for again in (pickle.loads(pickle.dumps(log)), copy.deepcopy(log), copy.copy(log)):
            assert (type(log), {"a": 1}) == (type(again), structlog.get_context(again))
            assert {"a": 1} == orjson.loads(again.critical("x"))["payload"]

    @pytest.mark.parametrize("least", NUMBERS)
    def test_names(self, least: str) -> None:
        """Each is found under its name in its module, and is a `BoundLogger`."""
        each = bound_logger(least)

        assert f"BoundLoggerAt{least.title()}" == each.__name__
        assert issubclass(each, BoundLogger)

    def test_the_base_itself(self) -> None:
        """The class that is named to the world logs too."""
        log: Any = BoundLogger(structlog.ReturnLogger(), preset(), {})

        assert "x" == orjson.loads(log.info("x"))["message"]
        assert "x" == orjson.loads(asyncio.run(log.ainfo("x")))["message"]

    def test_all_methods_are_there(self) -> None:
        """Every method of the levels has one that can be awaited."""
        for each in map(bound_logger, NUMBERS):
            for method in [*METHODS, "log"]:
                assert callable(getattr(each, method))
                assert callable(getattr(each, f"a{method}"))

    @pytest.mark.parametrize("level", [int, float], ids=lambda kind: kind.__name__)
    def test_a_number_that_won_t_be_compared(self, level: Any, collect: Callable[..., Any]) -> None:
        """A subclass of a number counts by its value, whatever it makes of comparing."""

        def fail(*_: Any) -> Any:
            raise ValueError

        hostile = type("Hostile", (level,), dict.fromkeys(("__lt__", "__le__", "__gt__", "__ge__", "__eq__"), fail))
        sink = collect(preset(), bound_logger("info"))
        sink.log.log(hostile(40), "x")
        sink.log.log(hostile(10), "y")
        assert ["error"] == [line["level"] for line in sink.lines()]

    def test_hostile_values(self, collect: Callable[..., Any], validator: Any) -> None:
        """Whatever is logged, nothing is raised and a valid line comes out."""
        sink = collect()
        for method in METHODS:
            getattr(sink.log.bind(b=Hostile()), method)(Hostile(), Hostile(), v=Hostile(), exc_info=Hostile())

        for line in sink.lines():
            validator.validate(line)
        assert len(METHODS) == len(sink.lines())


class TestWhatBelongsToOneCall:
    """Nothing of a call reaches the next one."""

    def test_a_fault_of_a_dropped_call(self, collect: Callable[..., Any]) -> None:
        """A call that was dropped takes its faults along."""

        def drop(logger: Any, method_name: str, event_dict: Any) -> Any:
            if event_dict["event"] == "dropped":
                raise DropEvent
            return event_dict

        sink = collect([drop, *preset()], bound_logger())
        sink.log.log("loud", "dropped")
        sink.log.info("x")
        assert [None] == [line.get("faults") for line in sink.lines()]

    def test_a_fault_and_an_argument_that_logs(self, collect: Callable[..., Any]) -> None:
        """A line that an argument or an exception logs by itself has none of the outer line's faults."""
        sink = collect()

        class Noisy:
            def __str__(self) -> str:
                sink.log.info("inner")
                return "noisy"

            def __bool__(self) -> bool:
                sink.log.info("inner")
                return False

        sink.log.log("loud", "x %s", Noisy())
        sink.log.log("loud", "x", exc_info=Noisy())
        assert [("inner", 0), ("x noisy", 1), ("inner", 0), ("x", 1)] == [
            (line["message"], len(line.get("faults", ()))) for line in sink.lines()
        ]

    def test_a_keyword_named_positional_args(self, collect: Callable[..., Any]) -> None:
        """A keyword of that name beside arguments is payload."""
        sink = collect()
        sink.log.info("%d", 5, positional_args="mine")
        (line,) = sink.lines()
        assert ("5", {"positional_args": "mine"}) == (line["message"], line["payload"])


class TestReady:
    """The calls that a logger makes of its chain."""

    @pytest.mark.parametrize("edit", ["replace", "insert", "clear", "slice"])
    def test_an_edit_in_place_is_seen(self, edit: str) -> None:
        """What a test or a team does to the list counts from the next call on."""
        seen: list[str] = []

        def stage(name: str) -> Callable[..., Any]:
            def note(logger: Any, method_name: str, event_dict: Any) -> Any:
                seen.append(name)
                return event_dict

            return note

        def last(logger: Any, method_name: str, event_dict: Any) -> str:
            return "x"

        chain: list[Any] = [stage("a"), stage("b"), last]
        log = structlog.wrap_logger(ReturnLogger(), chain, bound_logger())
        log.info("x")
        if edit == "replace":
            chain[0] = stage("c")
        elif edit == "insert":
            chain.insert(0, stage("c"))
        elif edit == "clear":
            chain.clear()
            chain.extend([stage("c"), last])
        else:
            chain[:2] = [stage("c")]
        log.info("x")
        assert ["a", "b"] == seen[:2]
        assert {"replace": ["c", "b"], "insert": ["c", "a", "b"], "clear": ["c"], "slice": ["c"]}[edit] == seen[2:]

    def test_many_chains(self) -> None:
        """A process that makes chains without end isn't held by them."""
        loggers = [structlog.wrap_logger(ReturnLogger(), preset(), bound_logger()) for _ in range(200)]
        numbers = [json.loads(log.info("x"))["seq"] for log in loggers]
        assert list(range(numbers[0], numbers[0] + 200)) == numbers

    @pytest.mark.parametrize("kind", [list, tuple, deque])
    def test_any_sequence(self, kind: Callable[..., Any]) -> None:
        """A chain may be what structlog takes, a list or not."""
        log = structlog.wrap_logger(ReturnLogger(), kind(preset()), bound_logger()).bind()
        assert ["a", "b"] == [json.loads(log.info(message))["message"] for message in ("a", "b")]

    def test_odd_callables(self) -> None:
        """A class, a builtin, a partial and a callable whose `__call__` is no function are called as they are."""

        class Odd:
            @staticmethod
            def __call__(*args: Any) -> Any:
                return {**args[2], "odd": True}

        def add(name: str, logger: Any, method_name: str, event_dict: Any) -> Any:
            return {**event_dict, name: True}

        class Names:
            def __init__(self, logger: Any, method_name: str, event_dict: Any) -> None:
                self.names = sorted(event_dict)

        log = structlog.wrap_logger(ReturnLogger(), [Odd(), partial(add, "part"), Names], bound_logger())
        assert ["event", "odd", "part"] == log.info("x").names

    def test_threads_that_share_a_fresh_logger(self) -> None:
        """No thread finds a chain half made: what it writes has been through every stage."""
        for _ in range(50):
            log = structlog.wrap_logger(ReturnLogger(), preset(), bound_logger()).bind()
            with ThreadPoolExecutor(8) as pool:
                written = list(pool.map(lambda _, log=log: log.info("x", password="hunter2"), range(16)))
            assert all(type(each) is str and "hunter2" not in each for each in written)
