"""The cases that aren't as they should be, each with its reason. A test holds these lists to be exact.

What stands in `KNOWN_LEAKS` is what the documentation names as a limit; a case that is mended leaves the list.
"""

from __future__ import annotations

from typing import Final

__all__ = ["KNOWN_ALTERED", "KNOWN_FAULTS", "KNOWN_LEAKS"]

_CUT: Final = "a cut within a marker leaves what a second pass takes for a value"
_IN_KEY: Final = "a key that held a secret reads like a secret's name to a second pass"

KNOWN_LEAKS: Final[dict[str, str]] = {
    "keys: bytes that are no UTF-8": "the key is judged by its base64 and not by what its bytes say",
    "libraries: sqlalchemy row": "a row is read as a sequence, without the names of its columns",
    "libraries: sqlite3 row": "a row is read as a sequence, without the names of its columns",
    "libraries: parsed URL": "user:password@host has neither scheme nor port",
    "texts: assignment in Cyrillic disguise": "in texts only plain letters begin a look",
    "texts: assignment of what begins like a placeholder": "xxx and letters count as a placeholder",
    "texts: prose, a token": "neither a sign nor `is` stands between key and value",
    "texts: JSON with an object": "in texts an object under a key that isn't a password's is passed by",
    "texts: JSON with an object under a password": "of an object in a text only the brace goes",
    "texts: JSON with lists in a list": "of a list in a text what is behind its first closing bracket stays",
    "texts: dict repr with an object": "in texts an object under a key that isn't a password's is passed by",
    "texts: JSON with an escaped key": "texts aren't decoded before they are looked at",
    "texts: form body with a percent-encoded name": "texts aren't decoded before they are looked at",
    "texts: multipart body": "the value stands two lines below its name",
    "texts: percent-encoded URL in a URL": "texts aren't decoded before they are looked at",
    "texts: assignment across a line break": "a value ends with its line",
    "texts: token of a provider across a line break": "a value ends with its line",
    "texts: cut by others: userinfo": "without its `@` it is a port to whoever looks",
    "texts: cut by others: token of a provider": "half a token has no token's form",
    "texts: colours around the key": "an escape stands between key and value",
    "texts: colours around the sign": "an escape stands between key and value",
    "errors: pydantic ValidationError, a field": "the field's name stands in the line above its input",
    "errors: pydantic ValidationError, nested": "the field's name stands in the line above its input",
    "errors: sqlalchemy, named parameters as the driver has them": "parameters stand apart from the columns' names",
    "errors: sqlalchemy, positional parameters": "parameters stand apart from the columns' names",
    "errors: detail of PostgreSQL": "values stand apart from the columns' names",
    "robustness: across the end of what is scanned, a URL": "the end of what is looked at cuts it before its `@`",
}
"""Where a secret comes out."""

KNOWN_FAULTS: Final[dict[str, str]] = {
    "keys: a key that holds an assignment": _IN_KEY,
    "containers: counter": _IN_KEY,
    "objects: repr as key": _IN_KEY,
    "robustness: 1 MB behind it: backslashes": _CUT,
    "robustness: 1 MB behind it: at signs": _CUT,
    "robustness: 1 MB behind it: beginnings of keys": _CUT,
    "robustness: 1 MB before it: backslashes": _CUT,
    "robustness: 1 MB before it: at signs": _CUT,
    "robustness: 1 MB before it: beginnings of keys": _CUT,
    "robustness: across the cut of a text": _CUT,
    "robustness: across the cut of an exception's text": _CUT,
}
"""Where no secret comes out, and something else isn't right."""

KNOWN_ALTERED: Final[dict[str, str]] = {
    "containers: two names of secrets": "two texts may be a name and its value",
    "texts: words of security, 10": "a word behind `password:` may be one",
    "texts: code, 1": "a word behind `password):` may be one",
}
"""Harmless events that are altered."""
