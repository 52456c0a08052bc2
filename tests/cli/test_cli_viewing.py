"""Lines of several sources, and what is shown of them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from structlog_enrich.cli.filters import Filters
from structlog_enrich.cli.viewing import merged, shown
from structlog_enrich.processors.colours import plain
from structlog_enrich.processors.layout import Layout


def line(second: int, message: str, /, **more: Any) -> bytes:
    """Return a line of ours."""
    head = {"schema_version": "1.0", "timestamp": f"2026-11-22T04:48:{second:02}.000000Z", "level": "info"}
    return orjson.dumps({**head, "message": message, **more})


def view(*sources: list[bytes], **filters: Any) -> list[str]:
    """Return what is shown of the sources."""
    return [*shown(merged(sources), Layout(plain), Filters(**filters))]


class TestMerged:
    """`merged`."""

    def test_by_time(self) -> None:
        """The lines of several files are shown by their time, whatever else a file holds staying where it is."""
        one = [line(1, "a"), b"of a", line(4, "d"), line(3, "late")]
        other = [b"first", line(2, "b"), line(3, "c"), b"of c"]
        messages = [found["message"] if found else raw.decode() for _, raw, found in merged([one, other])]

        assert ["first", "a", "of a", "b", "c", "of c", "d", "late"] == messages

    def test_nothing_is_read_ahead(self) -> None:
        """A line of a single source is shown before the next is there."""

        def source() -> Any:
            yield line(1, "a")
            raise EOFError

        assert "a" == next(merged([source()])).line["message"]  # type: ignore[index]


class TestShown:
    """`shown`."""

    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (b"", ""),
            (b"Traceback (most recent call last):", "Traceback (most recent call last):"),
            (b"\x1b[1;31mINFO\x1b[0m:\tstarted\r", "INFO:   started"),
            (b"\x1b]0;title\x07 \x1b[2J \x9b\xc2\x9b", "\\u001b]0;title\\u0007 \\u001b[2J \\x9b\\u009b"),
            (b"\xff\xe2\x80\xae", "\\xff\\u202e"),
            (b"{", "{"),
            (b'{"message":"x"}', '{"message":"x"}'),
            (b'{"message":"\x1b"}', '{"message":"\\u001b"}'),
            (b'["schema_version","message"]', '["schema_version","message"]'),
            (b'{"schema_version":"1.0","message":"\\ud800"}', '{"schema_version":"1.0","message":"\\ud800"}'),
            (b'{"a":' * 5_000, '{"a":' * 5_000),
        ],
        ids=range(11),
    )
    def test_a_line_that_is_not_ours(self, raw: bytes, expected: str) -> None:
        """It is shown as it is, without colours and harmless."""
        assert [expected] == view([raw])

    def test_filters(self) -> None:
        """What doesn't pass is left out, and so is what isn't ours."""
        lines = [line(1, "a", service="x"), b"not ours", line(2, "b", service="y")]

        assert ["04:48:02.000Z info     b"] == view(lines, services=("y",))
        assert ["04:48:01.000Z info     a", "not ours", "04:48:02.000Z info     b"] == view(lines)

    @pytest.mark.parametrize("odd", [None, True, 1e308, [], {}, "\x1b[2J\n", [[[]]]])
    def test_a_line_that_is_odd(self, odd: Any) -> None:
        """Whatever its fields hold, it is shown on a line, and nothing is raised."""
        names = ("timestamp", "level", "message", "service", "trace_id", "span", "context", "payload", "error")
        for one in names:
            (found,) = view([line(1, "a", **{one: odd})])
            assert found.replace("\n", "").isprintable()

    def test_a_line_that_is_deep(self) -> None:
        """So is one that is deeper than what writes JSON can go."""
        raw = line(1, "deep")[:-1] + b',"payload":{"a":' + b"[" * 900 + b"]" * 900 + b"}}"

        assert view([raw])[0].startswith("04:48:01.000Z info     deep a=[[[")
