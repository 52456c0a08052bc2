"""Whether a terminal is asked for colours."""

from __future__ import annotations

import pytest

from structlog_enrich.processors import colours
from structlog_enrich.processors.colours import asked_for, coloured, plain, shows_colours


class TestPaint:
    """`plain` and `coloured`."""

    def test_text(self) -> None:
        """One leaves the text as it is, the other puts it between two escapes; no text has no colour."""
        assert ("x", "\x1b[2mx\x1b[0m", "") == (plain("2", "x"), coloured("2", "x"), coloured("2", ""))

    def test_every_level_has_one(self) -> None:
        """No level goes without."""
        assert {"debug", "info", "warning", "error", "critical"} == set(colours.LEVELS)


class TestAskedFor:
    """`asked_for`."""

    @pytest.mark.parametrize(
        ("environ", "expected"),
        [
            ({}, None),
            ({"NO_COLOR": ""}, None),
            ({"NO_COLOR": "0"}, False),
            ({"FORCE_COLOR": ""}, None),
            ({"FORCE_COLOR": "0"}, True),
            ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
            ({"TERM": "dumb"}, False),
            ({"TERM": "unknown"}, False),
            ({"TERM": "xterm"}, None),
            ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ],
    )
    def test_precedence(self, environ: dict[str, str], expected: bool | None) -> None:  # noqa: FBT001 (a parameter of the test)
        """`NO_COLOR`, then `FORCE_COLOR`, then `TERM`; what is empty says nothing."""
        assert expected is asked_for(environ)


class TestShowsColours:
    """`shows_colours`."""

    @pytest.mark.parametrize(
        ("environ", "watched", "windows", "expected"),
        [
            ({}, True, False, True),
            ({}, False, False, False),
            ({"NO_COLOR": "1"}, True, False, False),
            ({"FORCE_COLOR": "1"}, False, False, True),
            ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False, False),
            ({"TERM": "dumb"}, True, False, False),
            ({"TERM": "dumb", "FORCE_COLOR": "1"}, False, False, True),
            ({}, True, True, False),
            ({"WT_SESSION": "0a"}, True, True, True),
            ({"WT_SESSION": "0a"}, False, True, False),
            ({"FORCE_COLOR": "1"}, True, True, True),
        ],
    )
    def test_who_decides(self, environ: dict[str, str], watched: bool, windows: bool, expected: bool) -> None:  # noqa: FBT001 (parameters of the test)
        """The environment, then whether a person watches; on Windows on a terminal that is known to understand."""
        assert expected is shows_colours(environ, watched=watched, windows=windows)
