"""Rows that fit a terminal, and what a character takes of one."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.processors.colours import BAD, KEY, coloured
from structlog_enrich.processors.wrapping import cells, cut, fold

COLOUR = re.compile(r"\x1b\[[\d;]*m")
WORDS = st.text(st.sampled_from("ab 支é\u0301\U0001f600="), max_size=40)
PARTS = st.lists(WORDS | st.builds(coloured, st.sampled_from([KEY, BAD]), WORDS), max_size=6)


def bare(text: str) -> str:
    """Return *text* without colours, blanks and breaks."""
    return re.sub(r"[ \n]", "", COLOUR.sub("", text))


class TestCells:
    """`cells`."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", 0),
            ("paid", 4),
            ("zażółć", 6),
            ("支払い", 6),
            ("\uff50\uff41\uff49\uff44", 8),
            ("한국어", 6),
            ("\u1112\u1161\u11ab", 2),
            ("e\u0301", 1),
            ("שָׁלוֹם", 4),
            ("हिन्दी", 5),
            ("\U0001f600", 2),
            ("\u2764\ufe0f", 2),
            ("\U0001f468\u200d\U0001f469", 4),
            ("\x1b[1;31mpaid\x1b[0m", 4),
        ],
        ids=ascii,
    )
    def test_what_is_taken(self, text: str, expected: int) -> None:
        """Wide characters take two, marks, joiners and colours none."""
        assert expected == cells(text)


class TestCut:
    """`cut`."""

    @pytest.mark.parametrize(
        ("text", "room", "expected"),
        [
            ("paid", 2, ("pa", "id")),
            ("paid", 4, ("paid", "")),
            ("paid", 0, ("", "paid")),
            ("支払い", 3, ("支", "払い")),
            ("支払い", 1, ("", "支払い")),
            ("ae\u0301i", 2, ("ae\u0301", "i")),
        ],
    )
    def test_where(self, text: str, room: int, expected: tuple[str, str]) -> None:
        """Never through a wide character, and never between a letter and its marks."""
        assert expected == cut(text, room)


class TestFold:
    """`fold`."""

    @pytest.mark.parametrize(
        ("width", "expected"),
        [
            (0, "[ order placed items=2 note=left at the door"),
            (43, "[ order placed items=2\n  . note=left at the door"),
            (32, "[ order placed items=2\n  . note=left at the door"),
            (20, "[ order placed\n  . items=2\n  . note=left at the\n  . door"),
            (8, "[ order\n  . plac\n  . ed\n  . item\n  . s=2\n  . note\n  . =lef\n  . t at\n  . the\n  . door"),
        ],
    )
    def test_where_it_breaks(self, width: int, expected: str) -> None:
        """Between parts, then between words, then where the row ends."""
        assert expected == fold(["order placed", "items=2", "note=left at the door"], width, "  . ", "[ ")

    def test_a_word_that_fits_no_row(self) -> None:
        """It begins where half of a row is left for it, else on a row of its own."""
        assert "a bbbbbbb\nbbb" == fold(["a", "b" * 10], 9)
        assert "aaaaaaa\nbbbbbbbbb\nb" == fold(["aaaaaaa", "b" * 10], 9)

    def test_indentation(self) -> None:
        """The blanks that a row begins with stay, as far as they leave half of it, and those at a break go."""
        assert "    two  words\nand more" == fold(["    two  words   and more"], 15)
        assert "     word\nword" == fold([" " * 50 + "word word"], 10)

    def test_colours(self) -> None:
        """A colour ends with its row and begins again on the next, so that no margin has it."""
        assert "\x1b[36mone\x1b[0m\n.\x1b[36mtwo\x1b[0m" == fold([coloured(KEY, "one two")], 5, ".")

    def test_wide_characters(self) -> None:
        """They fill a row as far as they fit."""
        assert "支払\nいが" == fold(["支払いが"], 5)
        assert "支\n払" == fold(["支払"], 1)

    @given(PARTS, st.integers(2, 40), st.sampled_from(["", ".", "  "]))
    def test_nothing_is_wider_and_nothing_is_lost(self, parts: list[str], width: int, hanging: str) -> None:
        """Whatever is folded, each row fits, and all that isn't blank is there in its order and colour."""
        hanging = hanging if width > len(hanging) + 1 else ""
        found = fold(parts, width, hanging)

        assert width >= max(map(cells, found.split("\n")))
        rows = [row.removeprefix(hanging) for row in f"{hanging}{found}".split("\n")]
        assert bare(" ".join(parts)) == bare("".join(rows))
        assert all(row.count("\x1b[0m") * 2 == len(COLOUR.findall(row)) for row in found.split("\n"))

    @pytest.mark.usefixtures("untraced")
    @pytest.mark.parametrize("part", ["x", "x ", "支", " ", "\x1b[36mx\x1b[0m", "e\u0301 "], ids=ascii)
    def test_long_texts_take_no_time(self, part: str) -> None:
        """However long a text is and however narrow the terminal, it is folded about as fast as it is long."""
        began = time.perf_counter()
        for width in (1, 40, 200):
            fold([part * 20_000], width)

        assert time.perf_counter() - began < 5
