"""What went wrong, for a person."""

from __future__ import annotations

import re
import time
import traceback
from typing import Any

import pytest

from structlog_enrich.processors.colours import plain
from structlog_enrich.processors.description import describe_error
from structlog_enrich.processors.stacks import error_block, stack_block


def marked(colour: str, text: str) -> str:
    """Return *text* between marks that say its colour."""
    return f"<{colour}:{text}>" if text else ""


def raised(error: BaseException) -> BaseException:
    """Return *error* with a traceback."""
    try:
        raise error
    except type(error) as caught:
        return caught


class TestStack:
    """`stack_block`."""

    def test_a_traceback(self) -> None:
        """The place, the function, the pointers and the exception stand out."""
        frame = '  File "a.py", line 7, in pay\n    1 / 0\n    ~~^~~'
        stack = f"Traceback (most recent call last):\n{frame}\nZero: by 0\nmore: x"

        assert [
            "<2:Traceback (most recent call last):>",
            '<2:  File "><34:a.py><2:", line ><32:7><2:, in ><1:pay>',
            "    1 / 0",
            "<1;31:    ~~^~~>",
            "<1;31:Zero>: by 0",
            "more: x",
        ] == stack_block(stack, marked).split("\n")

    def test_a_group(self) -> None:
        """So do the members of a group, behind a margin."""
        group = raised(ExceptionGroup("two", [ValueError("a"), raised(KeyError("b"))]))
        shown = stack_block("".join(traceback.format_exception(group)), marked)

        assert "<2:  + ><2:Exception Group Traceback (most recent call last):>\n" in shown
        assert "<2:  +-+---------------- 1 ---------------->\n<2:    | ><1;31:ValueError>: a\n" in shown
        assert '<2:    | ><2:  File "><34:' in shown
        assert "<2:    | ><1;31:KeyError>: 'b'\n" in shown

    @pytest.mark.parametrize("cause", [True, False])
    def test_a_chain(self, cause: bool) -> None:  # noqa: FBT001 (a parameter of the test)
        """Each exception of a chain stands out, most recent last."""
        error = RuntimeError("second")
        setattr(error, "__cause__" if cause else "__context__", raised(ValueError("first")))
        shown = stack_block("".join(traceback.format_exception(raised(error))), marked)

        assert ["ValueError", "RuntimeError"] == re.findall(r"<1;31:(\w+)>", shown)

    @pytest.mark.parametrize(
        "stack",
        ["", "x", "…[+9]", '  File "', "| ", "  +-+-", "\n\n", '  File "a", line ', "Stack (most recent call last):"],
    )
    def test_plain_is_the_text(self, stack: str) -> None:
        """Without colours nothing is changed, whether or not it is a traceback."""
        assert stack == stack_block(stack, plain)

    def test_nothing_is_obeyed(self) -> None:
        """What a message holds beyond its lines is escaped."""
        assert "<1;31:ValueError>: \\u001b[31m\n\\u0085" == stack_block("ValueError: \x1b[31m\n\x85", marked)

    @pytest.mark.parametrize("part", ["~", " ~", "+-", " ", '", line 1', "a.", "  | ", "\t", "a\n"])
    def test_hostile_stacks_take_no_time(self, part: str) -> None:
        """However a text is made, it is shown about as fast as it is long."""
        began = time.perf_counter()
        for start in ("", "  ", '  File "'):
            stack_block(start + part * 8_000 + "!", marked)

        assert time.perf_counter() - began < 2


class TestError:
    """`error_block`."""

    def test_the_stack(self) -> None:
        """Where there is a stack it says all."""
        assert "Traceback" == error_block({"type": "ValueError", "message": "no", "stack": "Traceback"}, plain)

    def test_without_a_stack(self) -> None:
        """Else type, message, notes, members and causes are shown, as the line has them."""
        error = ExceptionGroup("two", [ValueError("a"), KeyError("b")])
        error.add_note("mind\nthe gap")
        error.__cause__ = OSError("no route")
        error.__cause__.__context__ = LookupError()
        details: dict[str, Any] = describe_error(error, None, [])

        assert (
            "ExceptionGroup: two (2 sub-exceptions)\nmind\nthe gap\n  | ValueError: a\n  | KeyError: 'b'\n"
            "caused by OSError: no route\nwhile handling LookupError"
        ) == error_block(details, plain)

    def test_depth(self) -> None:
        """What refers to itself ends."""
        error: dict[str, Any] = {"type": "A", "message": ""}
        error["causes"] = [error]

        assert "A\nA\nA\nA\nA" == error_block(error, plain)
