"""Under the standard library's loggers and structlog's own, the whole chain."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog

from structlog_enrich import bound_logger, preset

if TYPE_CHECKING:
    from collections.abc import Iterator


class TestStandardLibrary:
    """Under `structlog.stdlib`, each way it is configured."""

    @pytest.fixture
    def sink(self) -> Iterator[io.StringIO]:
        """Let the standard library write its bare messages into memory."""
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("%(message)s"))
        root = logging.getLogger()
        root.addHandler(handler)
        root.setLevel(logging.INFO)
        yield stream
        root.removeHandler(handler)

    @pytest.mark.parametrize("wrapper", [structlog.stdlib.BoundLogger, bound_logger("info")], ids=["theirs", "ours"])
    @pytest.mark.parametrize("cached", [True, False], ids=["cached", "fresh"])
    def test_one_line_each(self, wrapper: Any, cached: bool, sink: io.StringIO, validator: Any) -> None:  # noqa: FBT001
        """Every method writes one valid line, with nothing appended, and without a deprecation warning."""
        structlog.configure(
            processors=preset(),
            wrapper_class=wrapper,
            logger_factory=structlog.stdlib.LoggerFactory(),
            cache_logger_on_first_use=cached,
        )
        log = structlog.get_logger("shop")
        methods = ["debug", "info", "warning", "warn", "error", "critical", "fatal", "exception"]
        try:
            raise ValueError("hunter2 % s")
        except ValueError:
            for method in methods:
                getattr(log, method)("100% sure", order_id="o-1")

        lines = [orjson.loads(line) for line in sink.getvalue().splitlines()]
        for line in lines:
            validator.validate(line)
        assert ["info", "warning", "warning", "error", "critical", "critical", "error"] == [
            line["level"] for line in lines
        ]
        assert ["error" in line for line in lines] == [False] * 6 + [True]
        assert {("100% sure", "shop")} == {(line["message"], line["logger"]) for line in lines}
        assert list(range(lines[0]["seq"], lines[0]["seq"] + 7)) == [line["seq"] for line in lines]


class TestPrinting:
    """Under structlog's default logger."""

    @pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "utf-8", "utf-16"])
    def test_any_encoding(self, encoding: str, monkeypatch: pytest.MonkeyPatch, validator: Any) -> None:
        """Standard output in any encoding takes the line, and gives it back as it was."""
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
        monkeypatch.setattr("sys.stdout", stream)
        structlog.configure(processors=preset(), cache_logger_on_first_use=False)
        structlog.get_logger().info("żółć 日本 🙂 \u2028 \x85", n="\ud800")
        stream.flush()

        text = raw.getvalue().decode(encoding)
        assert 1 == len(text.splitlines())
        line = orjson.loads(text)
        validator.validate(line)
        assert ("żółć 日本 🙂 \u2028 \x85", "\ufffd") == (line["message"], line["payload"]["n"])
