"""What `structlog.get_logger()` returns finds a cached logger's methods at once."""

from __future__ import annotations

from typing import Any

import structlog

from structlog_enrich import configure


class TestProxies:
    """While `configure()` is in effect."""

    def test_kept(self, setup: Any) -> None:
        """The first call caches the logger, and the method with it; what the chain has become counts all the same."""
        configured = setup()
        log = structlog.get_logger("shop")
        assert "info" not in vars(log)
        log.info("first")
        assert vars(log)["info"] == log.bind().info
        configured.processors.insert(0, lambda _logger, _name, event: {**event, "added": 1})
        log.info("second")

        assert [None, {"added": 1}] == [line.get("payload") for line in setup.lines()]

    def test_bound(self, setup: Any) -> None:
        """What is bound to it is bound to a logger of its own."""
        setup()
        log = structlog.get_logger("shop")
        log.info("first")
        log.bind(n=1).info("second")

        assert [None, {"n": 1}] == [line.get("payload") for line in setup.lines()]

    def test_not_cached(self, setup: Any) -> None:
        """A logger that is not to be cached keeps nothing."""
        setup()
        log: Any = structlog.wrap_logger(structlog.ReturnLogger(), cache_logger_on_first_use=False)
        log.info("x")

        assert "info" not in vars(log)

    def test_undone(self) -> None:
        """structlog's own way is back; who has put another in its place keeps it."""
        proxy: Any = type(structlog.get_logger())
        before = proxy.__getattr__
        with configure(service="tests", framed=False):
            assert before is not proxy.__getattr__
        assert before is proxy.__getattr__
        configured = configure(service="tests", framed=False)
        proxy.__getattr__ = theirs = lambda _self, _name: None
        configured.undo()
        assert theirs is proxy.__getattr__
        proxy.__getattr__ = before
