"""One short name for what would be long to compare."""

from __future__ import annotations

__all__ = ["fingerprint"]


def fingerprint(*parts: object) -> str:
    """Return 12 lower hex that two lists of *parts* share exactly when their texts are equal.

    >>> fingerprint("1.0", 2) == fingerprint("1.0", "2") != fingerprint("1.0", 3)
    True
    """
    from hashlib import blake2b  # noqa: PLC0415 (its import costs what only the first `preset()` should pay)

    text = "".join(f"{part}\x1f" for part in parts)
    return blake2b(text.encode(errors="replace"), digest_size=6).hexdigest()
