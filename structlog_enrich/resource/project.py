"""What the project's own `pyproject.toml` says, where the program runs in its checkout."""

from __future__ import annotations

import os
from typing import Final

from structlog_enrich.resource.files import read

__all__ = ["project"]

_LEVELS: Final = 4
_MAX_BYTES: Final = 131_072
_TABLE: Final = "[project]"
_BLANKS: Final = " \t\r"
_WANTED: Final = ("name", "version")
_FURTHER: Final = tuple(f"project.{each}" for each in _WANTED)


def project(folder: str) -> tuple[object, object] | None:
    """Return the name and the version in the nearest `pyproject.toml`, at *folder* or up to three levels above it.

    None when there is none, and when the nearest doesn't say: one further up is another project's. Whatever isn't there
    is None: a version may be made when the project is built.
    """
    for _ in range(_LEVELS if folder else 0):
        text = read("", f"{folder}/pyproject.toml", _MAX_BYTES + 1)
        if text:
            # The parser would find it as "proj\\u0065ct" too.
            unnamed = "project" not in text and "\\" not in text
            if unnamed or len(text.encode("utf-8", "surrogateescape")) > _MAX_BYTES:
                return None
            found = (_plainly(text) if _TABLE in text else None) or _fully(text)
            return None if found is None else (found.get("name"), found.get("version"))
        folder, below = os.path.split(folder)
        if not below:
            break
    return None


def _plainly(text: str) -> dict[str, object] | None:
    """Return what a `[project]` without any art says, or None: the parser's import and work take longer than all else.

    Strings of one line, comments and brackets are all that it knows, enough to tell where each line stands; whatever
    else comes is left to the parser. After both are said nothing matters: TOML says nothing twice.
    """
    found: dict[str, object] = {}
    within, depth = False, 0
    lines = text.split("\n")
    for line in lines:
        bare = _bare(line)
        if bare is None:
            return None
        if not depth and bare.startswith("["):
            if within:
                break
            within = bare == _TABLE
        elif not depth and within and bare:
            key, _, value = map(str.strip, bare.partition("="))
            first = key.partition(".")[0].rstrip()
            if '"' in key or (first in _WANTED and (first != key or value != '""')):
                return None
            if key in _WANTED:
                said = line.partition("=")[2].strip(_BLANKS)
                found[key] = said[1:].partition(said[0])[0]
                if len(found) == len(_WANTED):
                    return found
        depth += bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
    return found if "name" in found and not any(map(_may_add, lines)) else None


def _bare(line: str) -> str | None:
    """Return *line* without comment and blanks around it, and each string as `""`; None where the parser is needed."""
    if "\\" in line or '"""' in line or "'''" in line:
        return None
    bare, rest = "", line
    while "#" in rest or '"' in rest or "'" in rest:
        at = min(found for each in "#\"'" if (found := rest.find(each)) >= 0)
        bare, sign, rest = bare + rest[:at], rest[at], rest[at + 1 :]
        if sign == "#":
            return bare.strip(_BLANKS)
        _, closed, rest = rest.partition(sign)
        if not closed:
            return None
        bare += '""'
    return f"{bare}{rest}".strip(_BLANKS)


def _may_add(line: str) -> bool:
    # A table of its own, wherever it stands: [project.version]
    if not line.lstrip(_BLANKS).startswith("["):
        return False
    spelled = "".join(line.replace('"', " ").replace("'", " ").split()).lstrip("[")
    return "\\" in spelled or spelled.startswith(_FURTHER)


def _fully(text: str) -> dict[str, object] | None:
    import tomllib  # noqa: PLC0415 (costs 3 ms that few need)

    try:
        found = tomllib.loads(text).get("project")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
