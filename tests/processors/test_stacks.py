"""What went wrong, for a person."""

from __future__ import annotations

import re
import time
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.processors.colours import plain
from structlog_enrich.processors.description import describe_error
from structlog_enrich.processors.stacks import error_block, stack_block
from structlog_enrich.processors.wrapping import cells


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

    def test_of_a_width(self) -> None:
        """What is wider goes on below, deeper than it began; source that is broken keeps its pointers."""
        frame = '  File "/srv/shop/till.py", line 7, in charge_the_customer\n    pay(order_id, amount, currency)'
        pointers = "    ~~~^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
        error = "OSError: no route to the bank of the customer"
        stack = f"Traceback (most recent call last):\n{frame}\n{pointers}\n{error}"

        assert [
            "Traceback (most recent call",
            "    last):",
            '  File "/srv/shop/till.py",',
            "      line 7, in",
            "      charge_the_customer",
            "    pay(order_id, amount, cu",
            "    ~~~^^^^^^^^^^^^^^^^^^^^^",
            "    rrency)",
            "    ^^^^^^^",
            "OSError: no route to the",
            "    bank of the customer",
        ] == stack_block(stack, plain, 28).split("\n")

    def test_pointers_of_a_width(self) -> None:
        """A row that nothing points to has none below it; on the narrowest terminal a wide character has a row too."""
        assert "    rate = rates\n           ~~~~~\n    [currency]" == stack_block(
            "    rate = rates[currency]\n           ~~~~~", plain, 16
        )
        assert "支\n^^\n払\n^^" == stack_block(" 支払\n ^^^^", plain, 1)

    def test_a_group_of_a_width(self) -> None:
        """The margin of a group stands before each row."""
        group = ExceptionGroup("several that went wrong today", [ValueError("a")])

        assert [
            "  | ExceptionGroup: several",
            "  |     that went wrong today",
            "  |     (1 sub-exception)",
            "  +-+---------------- 1 -------",
            "    | ValueError: a",
            "    +--------------------------",
        ] == stack_block("".join(traceback.format_exception(group)).rstrip(), plain, 31).split("\n")

    @given(
        st.lists(
            st.sampled_from(
                [
                    *('  File "', '", line 7, in f', "    ~~^~", "ab ", "    x = 支払い(x) ", "\n", "  | ", "    | "),
                    *("  +-+---------------- 1 ----------------", "  + Exception", "ValueError: ", "a" * 30, " " * 30),
                    *("支" * 9, "\t", "\x1b"),
                ]
            )
        ),
        st.integers(2, 60),
    )
    def test_nothing_is_wider_and_nothing_is_lost(self, parts: list[str], width: int) -> None:
        """Whatever the stack, each row fits, and all words of it are there but margins and rules."""
        stack = "".join(parts)
        found = stack_block(stack, plain, width)

        def words(text: str) -> str:
            return re.sub(r"[^\w\\]", "", re.sub(r"-+ 1 -+|- 1|1 -", "", text))

        assert width >= max(map(cells, found.split("\n")))
        assert {"\n"} >= {each for each in found if not each.isprintable()}
        if "1 ---" not in stack:
            assert words(stack_block(stack, plain)) == words(found)

    @pytest.mark.usefixtures("untraced")
    @pytest.mark.parametrize("part", ["~", " ~", "+-", " ", '", line 1', "a.", "  | ", "\t", "a\n"])
    def test_hostile_stacks_take_no_time(self, part: str) -> None:
        """However a text is made, it is shown about as fast as it is long."""
        began = time.perf_counter()
        for start in ("", "  ", '  File "'):
            for width in (0, 3, 80):
                stack_block(start + part * 8_000 + "!", marked, width)

        assert time.perf_counter() - began < 5


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

    def test_of_a_width(self) -> None:
        """Type, message and notes go on below, behind the margin of their group."""
        member = {"type": "OSError", "message": "no route to\nthe bank", "notes": ["asked three times already"]}
        error = {"type": "ExceptionGroup", "message": "two of them", "exceptions": [member]}

        assert [
            "ExceptionGroup: two",
            "    of them",
            "  | OSError: no",
            "  |     route to",
            "  | the bank",
            "  | asked three",
            "  |     times",
            "  |     already",
        ] == error_block(error, plain, 19).split("\n")

    def test_depth(self) -> None:
        """What refers to itself ends."""
        error: dict[str, Any] = {"type": "A", "message": ""}
        error["causes"] = [error]

        assert "A\nA\nA\nA\nA" == error_block(error, plain)
