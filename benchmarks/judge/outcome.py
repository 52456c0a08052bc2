"""What a redacted value still says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["is_gone", "is_whole", "said"]

_MARKER: Final = re.compile(r"\[REDACTED:[^\[\]\s]{1,256}\]")
# No secret holds it, so what stood on both sides of a marker isn't read as one.
_BETWEEN: Final = "\0"


def said(value: Any) -> Iterator[str]:
    """Yield every key and every leaf of *value* as a text, without escapes.

    >>> list(said({"a": [1, "[REDACTED:token]", 'say "b"']}))
    ['a', '1', '[REDACTED:token]', 'say "b"']
    """
    if isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from said(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from said(each)
    else:
        yield str(value)


def is_gone(secrets: Iterable[str], left: Any) -> bool:
    """Tell whether none of *secrets* stands anywhere in *left*; what a marker says is no secret.

    >>> is_gone(["token"], "[REDACTED:token]"), is_gone(["a1", "b2"], {"k": ["[REDACTED:token]", "b2"]})
    (True, False)
    """
    texts = [_MARKER.sub(_BETWEEN, each) for each in said(left)]
    return not any(secret in text for secret in secrets for text in texts)


def is_whole(left: str) -> bool:
    """Tell whether nothing but markers and punctuation is left of a text.

    >>> is_whole("[REDACTED:token]."), is_whole("token: [REDACTED:token]")
    (True, False)
    """
    plain, found = _MARKER.subn("", left)
    return found > 0 and not any(map(str.isalnum, plain))
