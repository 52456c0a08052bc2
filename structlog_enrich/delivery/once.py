"""Do once what several threads may want at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Once"]


class Once:
    """Let the first of several threads do something, without a lock that a forked child might find taken.

    >>> once = Once()
    >>> once.do(lambda: print("started"), lambda: print("and ready"))
    started
    and ready
    >>> once.do(lambda: print("started"), lambda: print("and ready"))
    """

    __slots__ = ("_comers",)

    def __init__(self) -> None:
        self._comers: list[object] = []

    def do(self, act: Callable[[], object], at_last: Callable[[], object]) -> None:
        """Call *act* and then, whatever it raises, *at_last*, unless another call has come before.

        Where it raises, as where a signal's handler does so amid it, the next call does all of it again.
        """
        comers, mine = self._comers, object()
        try:
            # One call: of several threads one is the first.
            comers.append(mine)
            if comers[0] is mine:
                try:
                    act()
                finally:
                    at_last()
        except BaseException:
            if comers and comers[0] is mine:
                comers.clear()
            raise
