"""Call several, of which none stops another."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["call_each"]


def call_each(calls: Sequence[Callable[[], object]]) -> None:
    """Call each in turn, also when one before it raises; what the last one raises is raised.

    >>> call_each([lambda: print("first"), lambda: print("second")])
    first
    second
    """
    with ExitStack() as stack:
        for each in reversed(calls):
            stack.callback(each)
