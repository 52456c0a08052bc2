"""A process's first line and its last."""

from __future__ import annotations

import signal
from typing import Any

import pytest

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

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no signals that end a process")
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            ("signal.SIG_DFL", "", ["log.start", "paid", "log.stop"]),
            ("lambda *_: None", "log.info('goes on')", ["log.start", "paid", "goes on", "log.stop"]),
            ("signal.SIG_IGN", "log.info('goes on')", ["log.start", "paid", "goes on", "log.stop"]),
        ],
        ids=["default", "handled", "ignored"],
    )
    def test_signal(self, before: str, after: str, expected: list[str], lines_of: Any) -> None:
        """A signal that ends the process lets it say so first, and one that doesn't leaves it to the exit."""
        lines = lines_of(
            f"""
            import os, signal, structlog
            from structlog_enrich.delivery import Writer, finish_on_signal
            from structlog_enrich.setup import configure
            writer = Writer("stdout")
            configure(service="shop", writer=writer)
            log = structlog.get_logger()
            signal.signal(signal.SIGTERM, {before})
            finish_on_signal(writer)
            log.info("paid")
            signal.raise_signal(signal.SIGTERM)
            {after}
            """,
            check=False,
        )

        assert expected == [line["message"] for line in lines]

    def test_closed(self, lines_of: Any) -> None:
        """A writer that is closed has it before, and the exit says nothing more."""
        lines = lines_of("""
            import structlog
            from structlog_enrich.delivery import Writer
            from structlog_enrich.setup import configure
            with Writer("stdout") as writer:
                configured = configure(service="shop", writer=writer)
                structlog.get_logger().info("paid")
            configured.undo()
        """)

        assert ["log.start", "paid", "log.stop"] == [line["message"] for line in lines]

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
