"""The tree of a trace: whole, torn, circular."""

from __future__ import annotations

from typing import Any

from structlog_enrich.demo.tree import began, branches


def _line(span_id: str, parent: str | None = None, *, at: int = 0, ms: float = 1.0) -> dict[str, Any]:
    line = {
        "timestamp": f"2026-11-22T04:48:{at:02}.000000Z",
        "span_id": span_id,
        "span": {"phase": "end", "name": span_id, "duration_ms": ms},
    }
    return line if parent is None else {**line, "parent_span_id": parent}


def _drawn(*lines: dict[str, Any]) -> list[str]:
    return [f"{each.guide}{'… ' if each.is_cut else ''}{each.line['span_id']}" for each in branches(lines)]


class TestBranches:
    """Every span is drawn once, under its parent where that is there."""

    def test_whole(self) -> None:
        """Children hang under their parent, in the order in which they began."""
        lines = [
            _line("leaf", "second", at=5),
            _line("second", "root", at=6, ms=3_000),
            _line("first", "root", at=7, ms=6_000),
            _line("under first", "first", at=3),
            _line("root", at=8, ms=8_000),
        ]

        expected = ["root", "├─ first", "│  └─ under first", "└─ second", "   └─ leaf"]
        assert expected == _drawn(*lines)

    def test_other_lines(self) -> None:
        """Lines that end no span are ignored, starts of spans among them."""
        start = _line("root")
        start["span"]["phase"] = "start"

        assert ["root"] == _drawn(start, {"span_id": "root", "timestamp": "x"}, _line("root"))

    def test_missing_parent(self) -> None:
        """A span whose parent is not there stands at the left and is marked, with what hangs under it."""
        lines = [_line("root"), _line("torn", "gone", at=1), _line("leaf", "torn", at=2)]

        assert ["root", "… torn", "└─ leaf"] == _drawn(*lines)

    def test_circle(self) -> None:
        """Spans that are each other's parents are drawn once, and it comes to an end."""
        lines = [_line("root"), _line("one", "other", at=1), _line("other", "one", at=2), _line("self", "self", at=3)]

        assert ["root", "… one", "└─ other", "… self"] == _drawn(*lines)

    def test_twice(self) -> None:
        """A span that is there twice is drawn once."""
        assert ["root", "└─ leaf"] == _drawn(_line("root"), _line("leaf", "root"), _line("leaf", "root"))

    def test_deep(self) -> None:
        """A deep trace is drawn to its end."""
        lines = [_line("0")] + [_line(str(depth), str(depth - 1)) for depth in range(1, 60)]

        assert 60 == len(_drawn(*lines))

    def test_nothing(self) -> None:
        """Of nothing there is no tree."""
        assert [] == branches([])


class TestBegan:
    """A span began as long before its line as it took."""

    def test_began(self) -> None:
        """The duration is in milliseconds."""
        assert 0.5 == began(_line("a", at=3, ms=2_000)) - began(_line("b", at=3, ms=2_500))
