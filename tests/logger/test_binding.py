"""Loggers made from loggers, and what comes back from their chains."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

import orjson
import pytest
import structlog
from structlog.exceptions import DropEvent

from structlog_enrich import bound_logger, preset
from tests.logger.logging_methods import capturing


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
