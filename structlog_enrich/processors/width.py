"""How wide the terminal is."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["asked_width", "files_of", "width_of"]

_COLUMNS: Final = re.compile(r"[1-9][0-9]{0,5}")


def asked_width(environ: Mapping[str, str]) -> int:
    """Return the width that `COLUMNS` asks for in the environment; 0 when it says nothing that makes sense.

    Source:
        POSIX.1-2024, Base Definitions, 8.3.

    >>> asked_width({"COLUMNS": "72"}), asked_width({"COLUMNS": "wide"}), asked_width({})
    (72, 0, 0)
    """
    found = _COLUMNS.fullmatch(environ.get("COLUMNS", ""))
    return int(found[0]) if found else 0


def files_of(streams: Iterable[Any]) -> tuple[int, ...]:
    """Return the descriptors of *streams*, as far as they have one."""
    return tuple(each for each in map(_descriptor, streams) if each is not None)


def width_of(files: Iterable[int]) -> int:
    """Return the cells of a row on the narrowest terminal among *files*; 0 when none has a size.

    A window may change its size at any time, and to ask for it takes a third of a microsecond.
    """
    return min(filter(None, map(_columns, files)), default=0)


def _descriptor(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except Exception:  # noqa: BLE001 (it has none, or was closed or detached)
        return None


def _columns(file: int) -> int:
    try:
        return os.get_terminal_size(file).columns
    except OSError:
        # It is no terminal any more.
        return 0
