"""What an object can do, as far as its class says so."""

from __future__ import annotations

import inspect
from collections import abc
from functools import lru_cache
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Final

__all__ = ["is_method", "offers_no_more"]

_GENERATORS: Final = frozenset({CoroutineType, GeneratorType, AsyncGeneratorType})


def offers_no_more(result: Any) -> bool:
    """Return whether *result* may be replaced by one of ours: it can do what a coroutine or a generator can, no more.

    So it is with those that a compiler for Python makes, which are of classes of their own.
    """
    kind: Any = type(result)
    return kind in _GENERATORS or (
        not _abilities(kind) and all(name.startswith("_") for name in getattr(result, "__dict__", ()))
    )


@lru_cache(maxsize=64)
def _abilities(kind: type) -> list[str]:
    """Return what objects of *kind* offer beyond being a coroutine or a generator."""
    # mypyc's can be pickled, as it seems.
    protocol = {"__setstate__"}.union(*map(dir, (*_GENERATORS, abc.Coroutine, abc.Generator, abc.AsyncGenerator)))
    return [
        name
        for name in dir(kind)
        if name not in protocol
        # What is private is none, and of the special names some only tell of the class.
        and (not name.startswith("_") or (name.endswith("__") and is_method(kind, name)))
    ]


def is_method(kind: type, name: str) -> bool:
    """Return whether *name* is a method of *kind*."""
    # Looked at as it is written: a property isn't asked.
    found = inspect.getattr_static(kind, name, None)
    return callable(found) or isinstance(found, classmethod)
