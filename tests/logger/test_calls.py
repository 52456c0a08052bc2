"""What belongs to one call, and the chain that it goes through."""

from __future__ import annotations

import json
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from structlog.exceptions import DropEvent
from structlog.testing import ReturnLogger

from structlog_enrich import bound_logger, preset

if TYPE_CHECKING:
    from collections.abc import Callable


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
