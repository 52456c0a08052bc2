"""What the bound logger takes that structlog's own refuse."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from tests.logger.logging_methods import METHODS, Hostile, capturing

if TYPE_CHECKING:
    from collections.abc import Callable


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
