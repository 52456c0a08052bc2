"""One short name for a whole configuration."""

from __future__ import annotations

from hashlib import blake2b

from structlog_enrich._version import __version__

__all__ = ["fingerprint"]


def fingerprint(*parts: object) -> str:
    """Return 12 lower hex that two processes share exactly when their *parts* and their library version are equal.

    >>> fingerprint("1.0") == fingerprint("1.0") != fingerprint("1.1")
    True
    """
    text = "\x1f".join(map(str, (__version__, *parts)))
    return blake2b(text.encode(errors="replace"), digest_size=6).hexdigest()
