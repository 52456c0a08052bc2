"""What it means for a span that an exception ended it."""

from __future__ import annotations

from typing import Final

__all__ = ["judged"]

# Told by name, since asyncio need not be loaded and other loops have their own.
_CANCELLATIONS: Final = frozenset({"Cancelled", "CancelledError", "KeyboardInterrupt"})


def judged(error: BaseException) -> tuple[BaseException | None, str | None]:
    """Return *error* when it is a failure, else None; and a closer word on how the span ended, or None.

    A cancellation is no failure, and neither is closing a generator nor exiting with success. Everything is read from
    the exception's type: `isinstance` asks an exception for its class, which may fail or lie.

    >>> judged(TimeoutError()), judged(KeyboardInterrupt()), judged(SystemExit(0))
    ((TimeoutError(), 'timeout'), (None, 'cancelled'), (None, None))
    """
    kind = type(error)
    if issubclass(kind, Exception):
        return error, "timeout" if issubclass(kind, TimeoutError) else None
    if _is_cancellation(error):
        return None, "cancelled"
    if issubclass(kind, GeneratorExit) or (issubclass(kind, SystemExit) and _is_success(error)):
        return None, None
    return error, None


def _is_cancellation(error: BaseException) -> bool:
    if issubclass(type(error), BaseExceptionGroup):
        # A loop may hand on the cancellations of several tasks together.
        return all(map(_is_cancellation, vars(BaseExceptionGroup)["exceptions"].__get__(error)))
    # Past a metaclass, which may lie about the name.
    return any(type.__dict__["__name__"].__get__(each) in _CANCELLATIONS for each in type(error).__mro__)


def _is_success(error: BaseException) -> bool:
    # As the interpreter sees it, for which an empty text is none.
    code = vars(SystemExit)["code"].__get__(error)
    return code is None or (type(code) in {int, bool} and code == 0)
