"""Break what is wider than the terminal into rows, so that nothing is hidden and everything stays where it belongs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from unicodedata import category, east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["cells", "cut", "fold"]

# The only escapes that get here are our own colours.
_ESCAPE: Final = re.compile(r"\x1b\[[\d;]*m")
_UNIT: Final = re.compile(r"(\x1b\[[\d;]*m)|( +)|([^ \x1b]+)")
_END: Final = "\x1b[0m"
_EMOJI: Final = "\ufe0f"
# Vowels and finals of Hangul, which stand in the cell of their consonant.
_JAMO: Final = range(0x1160, 0x1200)


def cells(text: str) -> int:
    """Return how many cells of a terminal *text* takes: two for a wide character, none for a mark or a colour.

    Where terminals differ, as for emoji that are joined to one, it is what the widest takes.

    >>> cells("paid"), cells("支払い"), cells("e\\u0301"), cells("\\x1b[1mpaid\\x1b[0m")
    (4, 6, 1, 4)
    """
    text = _ESCAPE.sub("", text)
    return len(text) if text.isascii() else sum(map(_cells, text))


def cut(text: str, room: int) -> tuple[str, str]:
    """Return as much of *text* as has *room* cells, and the rest.

    >>> cut("支払い", 5)
    ('支払', 'い')
    """
    if text.isascii():
        return text[: max(room, 0)], text[max(room, 0) :]
    for at, character in enumerate(text):
        room -= _cells(character)
        if room < 0:
            return text[:at], text[at:]
    return text, ""


def fold(parts: Iterable[str], width: int, hanging: str = "", begun: str = "") -> str:
    """Join *parts* with blanks, in rows that are no wider than *width*.

    A part that doesn't fit goes to the next row; where it doesn't fit there either it is broken at its blanks, and a
    word that fits no row is broken where the row ends.

    Args:
        parts: Texts without newlines; the colours in them may span blanks.
        width: Cells of a row; 0 sets no bounds.
        hanging: What each further row begins with.
        begun: What the first row begins with.

    >>> print(fold(["order placed", "items=2", "note=left at the door"], 20, hanging="    "))
    order placed items=2
        note=left at the
        door
    """
    parts = list(parts)
    whole = begun + " ".join(parts)
    if not width or cells(whole) <= width:
        return whole
    rows = _Rows(width, hanging, begun)
    for part in parts:
        rows.add(part)
    return rows.text()


class _Rows:
    """Hold rows that grow word by word."""

    __slots__ = ("_begun", "_column", "_hanging", "_indent", "_is_empty", "_pieces", "_turned", "_width")

    def __init__(self, width: int, hanging: str, begun: str) -> None:
        self._width = width
        self._hanging = hanging
        self._indent = cells(hanging)
        self._pieces = [begun]
        self._begun = False
        self._turned = False
        self._column = cells(begun)
        self._is_empty = True

    def text(self) -> str:
        return "".join(self._pieces)

    def add(self, part: str) -> None:
        size, gap = cells(part), int(self._begun)
        self._begun = True
        if self._column + gap + size <= self._width:
            self._put(" " * gap + part, gap + size)
        elif size <= self._width - self._indent and not self._is_empty:
            self._turn()
            self._put(part, size)
        else:
            for blanks, word in _words(part):
                self._add_word(gap + blanks, word)
                gap = 0

    def _add_word(self, gap: int, word: list[tuple[str, str]]) -> None:
        size = sum(cells(text) for _, text in word)
        if self._is_empty:
            # At the beginning of a row blanks are an indentation, or nothing.
            gap = 0 if self._turned else min(gap, self._width // 2)
        elif self._column + gap + size > self._width:
            room = self._width - self._indent
            # A word that has to be broken anyway begins here where half of the row is left.
            if size <= room or self._width - self._column - gap < room // 2 + 1:
                self._turn()
                gap = 0
        self._put(" " * gap, gap)
        for colour, text in word:
            self._add_text(colour, text)

    def _add_text(self, colour: str, text: str) -> None:
        while text:
            head, rest = cut(text, self._width - self._column)
            if not head and self._column <= self._indent:
                # A terminal of one cell: there is no row for a wide character.
                head, rest = text[0], text[1:]
            if head:
                self._put(f"{colour}{head}{_END}" if colour else head, cells(head))
            if rest:
                self._turn()
            text = rest

    def _put(self, text: str, size: int) -> None:
        self._pieces.append(text)
        self._column += size
        self._is_empty = self._is_empty and not text.strip(" ")

    def _turn(self) -> None:
        # The padding of what stands before a break would be seen by whoever copies it.
        self._pieces[-1] = self._pieces[-1].rstrip(" ")
        self._pieces.append(f"\n{self._hanging}")
        self._column = self._indent
        self._is_empty = self._turned = True


def _words(part: str) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Yield how many blanks stand before a word, and the word in pieces of one colour."""
    colour, blanks = "", 0
    word: list[tuple[str, str]] = []
    for escape, blank, text in _UNIT.findall(part):
        if escape:
            colour = "" if escape == _END else escape
        elif text:
            word.append((colour, text))
        else:
            if word:
                yield blanks, word
                blanks, word = 0, []
            blanks += len(blank)
    if word:
        yield blanks, word


@lru_cache(maxsize=4_096)
def _cells(character: str) -> int:
    if east_asian_width(character) in "WF":
        return 2
    # The selector makes an emoji, which is wide, of the symbol before it.
    if character == _EMOJI:
        return 1
    return 0 if category(character) in {"Mn", "Me", "Cf"} or ord(character) in _JAMO else 1
