"""Containers and objects as `repr` writes them: where one ends, and whether a text in it may be a secret."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from structlog_enrich.redaction.values.quoting import closing, closing_bracket, opening
from structlog_enrich.redaction.values.shapes import is_opaque, is_placeholder

__all__ = ["container_end", "list_end"]

_BEGINNING = re.compile(
    rb"(?:(?:[A-Za-z_][A-Za-z0-9_]{0,63}\.){0,8}_{0,2}(?P<kind>[A-Za-z][A-Za-z0-9_]{0,63}))?(?P<bracket>[\[({])"
    rb"|(?P<member><[A-Za-z_][A-Za-z0-9_.]{0,128}: )"
)
_TEXT = re.compile(rb"(?P<escapes>\\{0,15})([\"'])(?P<text>.{0,256}?)(?P=escapes)\2", re.DOTALL)
_BREAKS = re.compile(rb"\\{1,15}[abfnrtv]")
_LIST = re.compile(rb"\[[^\]]{0,2000}\]?")
_NESTED = re.compile(rb"[\[\s,({:=]\\{0,15}[bBuU]?[\"']|[({]|\S\[", re.DOTALL)
# Named in lower case, unlike a class of one's own.
_KINDS: Final = frozenset(
    b"array bytearray defaultdict deque dict_items dict_keys dict_values frozenset mappingproxy memoryview namespace"
    b" odict_items odict_keys odict_values set".split()
)
# How far and at how many texts is looked, so that the look costs the same whatever is there.
_WITHIN: Final = 2_048
_MOST: Final = 12
_PATH = re.compile(rb"[/\\{|]")


def container_end(data: bytes, at: int, *, sure: bool) -> int:
    """Return where the container or object that begins at *at* ends, and *at* itself where it holds no secret.

    Args:
        data: The text.
        at: Where it begins.
        sure: Whether any text in it is a secret. Else, and in a call of a function, only one that looks random is.

    >>> text = b"deque(['hunter2']), 1"
    >>> text[: container_end(text, 0, sure=True)]
    b"deque(['hunter2'])"
    >>> container_end(b"getpass('Password: ')", 0, sure=True)
    0
    """
    found = _BEGINNING.match(data, at)
    if found is None:
        return at
    kind = found["kind"]
    sure = sure and (kind is None or kind in _KINDS or not kind[:1].islower())
    start = found.start("bracket") if found["bracket"] else found.end()
    texts = islice(_TEXT.finditer(data, start, start + (_WITHIN if sure else _WITHIN // 4)), _MOST)
    text = next((each for each in texts if _is_secret(each["text"], sure=sure)), None)
    if text is None:
        return at
    if quote := opening(data, start):
        end = closing(data, start + len(quote), quote) + len(quote.lstrip(b"bBrRuUfF@$"))
    elif data[start : start + 1] in {b"[", b"(", b"{"}:
        end = closing_bracket(data, start, len(text["escapes"]))
    else:
        return at
    if text.start() >= end:
        return at
    return min(end + (found["member"] is not None and data.startswith(b">", end)), len(data))


def list_end(data: bytes, at: int) -> int:
    """Return where the list that begins at *at* ends; one of neither lists nor quoted texts at its first bracket.

    >>> list_end(b"[[], 'a']", 0), list_end(b"[it's] x", 0)
    (9, 6)
    """
    found = _LIST.match(data, at)
    if found is None:
        return at
    if not _NESTED.search(data, at, found.end()):
        return found.end()
    text = _TEXT.search(data, at, at + _WITHIN)
    return closing_bracket(data, at, len(text["escapes"]) if text else 0)


def _is_secret(text: bytes, *, sure: bool) -> bool:
    if b"\\" in text:
        text = _BREAKS.sub(b"", text)
    text = text.strip()
    return bool(text) and (sure or (is_opaque(text) and not _PATH.search(text))) and not is_placeholder(text)
