"""Where in a line a value stands, as text."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["Path", "path_text"]

Path = tuple["Path | None", "str | int"]
"""A path as the chain of its segments from the last to the first: extending one copies nothing."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_KEY: Final = 128
_LONGEST_PATH: Final = 512


def path_text(path: Path | None) -> str:
    """Return a path as `redacted` and `truncated` spell it.

    A key that isn't `[A-Za-z0-9_-]+` is written `["a.b"]`, the index of a list `[3]`. Keys are cut at 128
    characters, paths at 512.

    >>> path_text(((((None, "payload"), "cards"), 3), "a.b"))
    'payload.cards[3]["a.b"]'
    """
    segments: list[str] = []
    while path is not None:
        path, segment = path
        if isinstance(segment, int):
            segments.append(f"[{segment}]")
        elif _PLAIN.fullmatch(segment) and len(segment) <= _LONGEST_KEY:
            segments.append(f".{segment}")
        else:
            quoted = segment[:_LONGEST_KEY].replace("\\", "\\\\").replace('"', '\\"')
            segments.append(f'["{quoted}"]')
    text = "".join(reversed(segments)).removeprefix(".")
    return text if len(text) <= _LONGEST_PATH else f"{text[: _LONGEST_PATH - 1]}…"
