"""What the project's own `pyproject.toml` says, where the program runs in its checkout."""

from __future__ import annotations

import os
from typing import Final

from structlog_enrich.resource.files import read

__all__ = ["project"]

_LEVELS: Final = 4
_MAX_BYTES: Final = 131_072
_TABLE: Final = "[project]"


def project(folder: str) -> tuple[object, object] | None:
    """Return the name and the version in the nearest `pyproject.toml`, at *folder* or up to three levels above it.

    None when there is none, and when the nearest doesn't say: one further up is another project's. Whatever isn't there
    is None: a version may be made when the project is built.
    """
    for _ in range(_LEVELS if folder else 0):
        text = read("", f"{folder}/pyproject.toml", _MAX_BYTES + 1)
        if text:
            if "project" not in text or len(text.encode("utf-8", "surrogateescape")) > _MAX_BYTES:
                return None
            found = (_plainly(text) if _TABLE in text else None) or _fully(text)
            return None if found is None else (found.get("name"), found.get("version"))
        folder, below = os.path.split(folder)
        if not below:
            break
    return None


def _plainly(text: str) -> dict[str, object] | None:
    """Return what a `[project]` without any art says, or None: the parser's import and work take longer than all else.

    Before the first string of several lines, a line can't be taken for what it isn't. What comes later doesn't matter
    where both are there already: TOML says nothing twice.
    """
    at = min((at for quotes in ('"""', "'''") if (at := text.find(quotes)) >= 0), default=-1)
    plain_text = text if at < 0 else text[:at].rpartition("\n")[0]
    found: dict[str, object] = {}
    within = False
    for line in plain_text.splitlines():
        if line.startswith("["):
            within = line.partition("#")[0].rstrip() == _TABLE
        elif within and line.startswith(("name", "version")):
            key, _, value = line.partition("=")
            _, quote, rest = value.partition(value.strip()[:1] or '"')
            plain, closed, after = rest.partition(quote)
            if quote not in {'"', "'"} or not closed or "\\" in plain or after.partition("#")[0].strip():
                return None
            found[key.strip()] = plain
    return found if "name" in found and (at < 0 or "version" in found) else None


def _fully(text: str) -> dict[str, object] | None:
    import tomllib  # noqa: PLC0415 (costs 3 ms that few need)

    try:
        found = tomllib.loads(text).get("project")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
