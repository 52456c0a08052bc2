"""The syntax of paths: which values of an event are meant, by where they stand, and how a place is spelled."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple, NoReturn

from structlog_enrich.exceptions import ConfigurationError

__all__ = [
    "LONGEST_PATH",
    "Like",
    "Path",
    "Segment",
    "Wildcard",
    "parse_path",
    "path_text",
    "segment_text",
    "whole_path_text",
]

LONGEST_PATH: Final = 1_024
"""How many characters a path may have that is read."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_NAME: Final = 128
_LONGEST_TEXT: Final = 512
# What stands for something in other syntaxes, `/a`, `a?`, `[1:3]`, would be a name here that nothing has: it is quoted.
_BARE: Final = re.compile(r"[\w@$*-]+")
_IN_BRACKETS: Final = re.compile(r"[\w@$*.-]+")
_NO_INDEX: Final = re.compile(r"-[0-9]+|0[0-9]+")
_UNREAD: Final = re.compile(r"[^.\[\]]+")
_ROOTS: Final = frozenset("$@")
_ELEMENTS: Final = '[0] is the first element, [*] each of them, ["a b"] a name'
_QUOTED: Final = re.compile(r"""(["'`])((?:[^\\]|\\.)*?)\1""", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


class Wildcard(Enum):
    """A segment that names nothing."""

    ONE = "*"
    """Any one name or index."""
    DEEP = "**"
    """Any number of them, none included; at the end of a path at least one."""


class Like(NamedTuple):
    """A segment that names a part: `*secret`, `x-*-key`."""

    parts: tuple[str, ...]

    def fits(self, name: str) -> bool:
        """Tell whether *name* is made of the parts, in their order, with anything between them.

        >>> Like(("", "secret")).fits("client_secret"), Like(("a", "b", "c")).fits("acb")
        (True, False)
        """
        first, *between, last = self.parts
        if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
            return False
        at, end = len(first), len(name) - len(last)
        for part in between:
            at = name.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True


Segment = str | Wildcard | Like
"""One level of a path: a name or index as it is, any, or one that is like something."""


def parse_path(path: str) -> tuple[Segment, ...]:
    """Return the segments of a path.

    The syntax is pino's: names with dots between them, `["any text"]` for other names, `[0]` for the elements of a
    list, `*` or `[*]` for any one level. `**` is any number of levels, and a `*` within an unquoted name is any part
    of it. In quotes nothing is special but the backslash, which keeps the character after it.

    Args:
        path: At most 1,024 characters.

    Raises:
        ConfigurationError: The path isn't one; it tells what is wrong at which character, counted from 0.

    Source: the documentation of pino, "Redaction".

    >>> parse_path('users[*]["x-y"].*secret')
    ('users', <Wildcard.ONE: '*'>, 'x-y', Like(parts=('', 'secret')))
    """
    if not isinstance(path, str):
        raise ConfigurationError("paths", "must hold texts", received=f"{path!r:.80}")
    if not 0 < len(path) <= LONGEST_PATH:
        _refuse(f"must hold paths of 1 to {LONGEST_PATH} characters", path, f"one of {len(path)}")
    segments: list[Segment] = []
    at = 0
    while at < len(path):
        segment, at = _bracket(path, at) if path[at] == "[" else _bare(path, at, first=not segments)
        if not (segment is Wildcard.DEEP and segments and segments[-1] is Wildcard.DEEP):
            segments.append(segment)
    return (*segments, Wildcard.ONE) if segments[-1] is Wildcard.DEEP else tuple(segments)


Path = tuple["Path | None", "str | int"]
"""A place as the chain of its segments from the last to the first: extending one copies nothing."""


def path_text(path: Path | None) -> str:
    """Return a place as `redacted` and `truncated` spell it, and as `parse_path` reads it.

    A key that isn't `[A-Za-z0-9_-]+` is written `["a.b"]`, the index of a list `[3]`. Keys are cut at 128
    characters, paths at 512.

    >>> path_text(((((None, "payload"), "cards"), 3), "a.b"))
    'payload.cards[3]["a.b"]'
    """
    text = _joined(path, _LONGEST_NAME)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def whole_path_text(path: Path) -> str:
    """Return a place likewise, nothing of it cut.

    >>> len(whole_path_text((None, "k" * 600)))
    600
    """
    return _joined(path, None)


def segment_text(segment: str | int, longest: int | None = None) -> str:
    """Return one segment of a path as it is spelled, of a key no more than its *longest* first characters.

    >>> segment_text("a"), segment_text(3), segment_text('a "b"')
    ('.a', '[3]', '["a \\\\"b\\\\""]')
    """
    if isinstance(segment, int):
        return f"[{segment}]"
    if _PLAIN.fullmatch(segment) and (longest is None or len(segment) <= longest):
        return f".{segment}"
    quoted = segment[:longest].replace("\\", "\\\\").replace('"', '\\"')
    return f'["{quoted}"]'


def _joined(path: Path | None, longest: int | None) -> str:
    segments: list[str] = []
    while path is not None:
        path, segment = path
        segments.append(segment_text(segment, longest))
    return "".join(reversed(segments)).removeprefix(".")


def _bare(path: str, at: int, *, first: bool) -> tuple[Segment, int]:
    if not first:
        if path[at] != ".":
            _refuse(f"needs `.` or `[` at {at}", path, remedy=_remedy(path, at))
        at += 1
    found = _BARE.match(path, at)
    if found is None or (first and found[0] in _ROOTS):
        _refuse(f"needs a name at {at}", path, remedy=_remedy(path, at))
    return _wild(found[0], path, at), found.end()


def _bracket(path: str, at: int) -> tuple[Segment, int]:
    segment: Segment
    at += 1
    if (quoted := _QUOTED.match(path, at)) is not None:
        segment, end = _ESCAPED.sub(r"\1", quoted[2]), quoted.end()
    elif (found := _IN_BRACKETS.match(path, at)) is not None and not _NO_INDEX.fullmatch(found[0]):
        segment, end = _wild(found[0], path, at), found.end()
    else:
        _refuse(f"needs an index, `*` or a quoted name at {at}", path, remedy=_ELEMENTS)
    if path[end : end + 1] != "]":
        _refuse(f"needs `]` at {end}", path, remedy=_ELEMENTS if end < len(path) else "")
    return segment, end + 1


def _remedy(path: str, at: int) -> str:
    """Return how that is spelled here which other syntaxes spell otherwise."""
    sign = path[at : at + 1]
    if not at and sign in {"/", *_ROOTS}:
        return "A path begins with the topmost name, and a dot stands between two: payload.user.name"
    if path.startswith("..", max(0, at - 1)):
        return "Any number of levels is `**`: payload.**.city"
    if sign in {"", ".", "[", "]"} or path[at - 1 : at] == "]":
        return "A dot stands between two names, and nowhere else: payload.cards[0].number"
    # The whole name, of which a part was read.
    start = max(path.rfind(each, 0, at) for each in ".[]") + 1
    name = _UNREAD.match(path, start)
    return f"Any part of a name is `*`; other characters need quotes: {segment_text(name[0][:40] if name else '')}"


def _wild(name: str, path: str, at: int) -> Segment:
    if "*" not in name:
        return name
    if name in {"*", "**"}:
        return Wildcard(name)
    if "**" in name:
        _refuse(f"needs `**` to stand alone at {at + name.index('**')}", path, remedy="Within a name write one `*`")
    return Like(tuple(name.split("*")))


def _refuse(rule: str, path: str, received: str = "", remedy: str = "") -> NoReturn:
    shown = f"{path!r:.80}"
    raise ConfigurationError("paths", rule, received=f"{received} ({shown})" if received else shown, remedy=remedy)
