"""A finished line for a person, and nothing for the terminal to obey."""

from __future__ import annotations

import copy
import pickle
import unicodedata
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich import preset
from structlog_enrich.processors import ConsoleRenderer

UNSAFE = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))] + list(
    "\u2028\u2029\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def shown(level: str = "info", /, **event: Any) -> str:
    """Return what the chain with this renderer shows of *event*."""
    found: Any = event
    for stage in preset(service="tests", renderer="console"):
        found = stage(None, level, found)
    return str(found)


def obeyed(text: str) -> list[str]:
    """Return the characters of *text* that a terminal would obey."""
    return [each for each in text if each in UNSAFE or unicodedata.category(each) in {"Cc", "Zl", "Zp"}]


class TestConsoleRenderer:
    """`ConsoleRenderer`."""

    def test_one_line(self) -> None:
        """Time, level, message, context, payload."""
        with structlog.contextvars.bound_contextvars(request_id="req-1"):
            assert (
                "warning  paid request_id=req-1 n=1 list=[1, 'a']"
                == shown("warn", event="paid", n=1, list=(1, "a"))[13:]
            )

    def test_the_error_follows(self) -> None:
        """The stack stands below, or type and message where there is no stack."""
        assert "error    failed\nValueError: no" == shown("error", event="failed", exc_info=ValueError("no"))[13:]
        try:
            raise ValueError("no")
        except ValueError as error:
            lines = shown("error", event="failed", exc_info=error).splitlines()
        assert ["Traceback (most recent call last):", "ValueError: no"] == [lines[1], lines[-1]]

    def test_secrets_are_masked(self) -> None:
        """The console shows what the line holds."""
        assert shown(event="x", password="hunter2").endswith("x password=[REDACTED:password]")

    @pytest.mark.parametrize("character", UNSAFE, ids=lambda each: f"{ord(each):04x}")
    def test_no_control_is_obeyed(self, character: str) -> None:
        """No control, separator or bidi mark of the data reaches the terminal, wherever it stands."""
        text = f"a{character}b"
        with structlog.contextvars.bound_contextvars(**{text: text}):
            found = shown(event=text, **{f"{text}2": text, "list": [text, {text: text}], "raw": text.encode()})
        assert [] == obeyed(found)
        assert f"\\u{ord(character):04x}" in found

    @pytest.mark.parametrize("character", UNSAFE, ids=lambda each: f"{ord(each):04x}")
    def test_the_stack_has_lines_and_nothing_else(self, character: str) -> None:
        """In the block of the stack only the newline stays."""
        error = ValueError(f"a{character}b")
        assert {"\n"} >= set(obeyed(shown("error", event="x", exc_info=error)))
        try:
            raise error
        except ValueError:
            assert {"\n"} == set(obeyed(shown("error", event="x", exc_info=True)))

    @given(st.text(), st.dictionaries(st.text(), st.text() | st.lists(st.text())))
    def test_any_text(self, message: str, payload: dict[str, Any]) -> None:
        """Whatever is logged is one line."""
        found = shown(**{**payload, "event": message, "stack_info": None, "exc_info": None})
        assert [] == obeyed(found)

    @pytest.mark.parametrize(
        "line",
        [
            {},
            {"event": "flat", "a": 1},
            {"level": ["odd"], "message": 5, "timestamp": None},
            {"level": "\x1b[31m", "timestamp": "2026-11-22T04:\x1b[31m0000000"},
            {"payload": "no object", "context": 5},
            {"error": "no object"},
            {"error": {}},
            {"error": {"stack": 5}},
        ],
        ids=repr,
    )
    def test_a_line_that_is_none(self, line: dict[str, Any]) -> None:
        """In a hand-made chain a line may have any shape; it is shown somehow and nothing is raised."""
        assert {"\n"} >= set(obeyed(ConsoleRenderer()(None, "info", line)))

    def test_as_a_stage(self) -> None:
        """It pickles, copies and has a `repr`."""
        stage = ConsoleRenderer()
        for other in (copy.deepcopy(stage), pickle.loads(pickle.dumps(stage))):
            assert "ConsoleRenderer()" == repr(other)
