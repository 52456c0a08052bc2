"""The labelled texts: where they are, and what one of them says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FOLDER", "missing", "parsed", "rows"]

FOLDER: Final = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"
"""Where they are looked for: beside the repository, never in it."""


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the labelled rows of the file *name*."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def missing(folder: Path, names: Iterable[str]) -> list[str]:
    """Return which of the files aren't there."""
    return [name for name in names if not (folder / f"{name}.jsonl").is_file()]


def parsed(text: str) -> Any:
    """Return what a text says as JSON, or the text itself where it is none.

    >>> parsed('{"a": 1}'), parsed("Password: a")
    ({'a': 1}, 'Password: a')
    """
    try:
        return json.loads(text)
    except ValueError:
        return text
