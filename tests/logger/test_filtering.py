"""Calls below the least level, and the one class that there is for each."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog

from structlog_enrich import BoundLogger, ConfigurationError, bound_logger, preset
from tests.logger.logging_methods import LEVEL, METHODS, NUMBERS, Hostile, capturing

if TYPE_CHECKING:
    from collections.abc import Callable


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
