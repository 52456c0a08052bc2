"""A process's first line and its last."""

from __future__ import annotations

from typing import Any

from structlog_enrich import Limits, __version__


class TestFrame:
    """`log.start` and `log.stop`."""

    def test_first_and_last(self, lines_of: Any) -> None:
        """They enclose all others, and `seq` has no hole; whatever the level."""
        lines = lines_of("""
            import atexit, structlog
            from structlog_enrich.setup import configure
            configure(service="shop", renderer="json", level="error",
                      extra=[structlog.processors.UnicodeDecoder()])
            log = structlog.get_logger()
            atexit.register(log.error, "from an exit hook")
            log.info("not wanted")
            log.error("wanted")
        """)

        assert ["log.start", "wanted", "from an exit hook", "log.stop"] == [line["message"] for line in lines]
        assert ["log.start", None, None, "log.stop"] == [line.get("event_name") for line in lines]
        assert [0, 1, 2, 3] == [line["seq"] for line in lines]
        assert {
            "level": "error",
            "renderer": "json",
            "records": True,
            "uncaught": True,
            "warnings": True,
            "processors": [
                "MergeContext(for_envelope=True)",
                "structlog.processors.UnicodeDecoder",
                "ErrorDetails()",
                "Envelope",
                f"Redact(DEFAULT_POLICY, limits={Limits()!r})",
                "SchemaVersion('1.0')",
                "JSONRenderer(max_line=131072)",
            ],
            "library": __version__,
        } == lines[0]["payload"]

    def test_undone(self, lines_of: Any) -> None:
        """Undone is over, and the exit says nothing more."""
        lines = lines_of("""
            import structlog
            from structlog_enrich.setup import configure
            with configure(service="shop", renderer="json"):
                structlog.get_logger().info("inside")
        """)

        assert ["log.start", "inside", "log.stop"] == [line["message"] for line in lines]

    def test_fork(self, lines_of: Any) -> None:
        """A forked child ends no process that it didn't begin."""
        lines = lines_of("""
            import os, sys, structlog
            from structlog_enrich.setup import configure
            configure(service="shop", renderer="json")
            if os.fork() == 0:
                structlog.get_logger().info("child")
                sys.exit()
            os.wait()
        """)

        assert ["log.start", "child", "log.stop"] == [line["message"] for line in lines]
        assert lines[0]["boot_id"] == lines[2]["boot_id"] != lines[1]["boot_id"]
