"""What is said of how a span ended."""

from __future__ import annotations

import math
from typing import Any, Final

from structlog.exceptions import DropEvent

__all__ = ["finite", "judged", "members_of", "names_of", "type_name"]

# What a metaclass may lie about, or fail to say, is read past it.
_name_of: Final = vars(type)["__name__"].__get__
_qualname_of: Final = vars(type)["__qualname__"].__get__
_module_of: Final = vars(type)["__module__"].__get__
_mro_of: Final = vars(type)["__mro__"].__get__
_exceptions_of: Final = vars(BaseExceptionGroup)["exceptions"].__get__

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


def type_name(error: BaseException) -> str:
    """Return the qualified name of the type of *error*, for `error.type`; builtins go without their module.

    >>> type_name(TimeoutError()), type_name(UnicodeError())
    ('TimeoutError', 'UnicodeError')
    """
    kind = type(error)
    try:
        module: Any = _module_of(kind)
    except AttributeError:
        module = None
    name: str = _qualname_of(kind)
    return name if type(module) is not str or module == "builtins" else f"{module}.{name}"


def names_of(error: BaseException) -> set[str]:
    """Return the bare names of the types that *error* is of, by which a type is known that isn't imported.

    >>> sorted(names_of(KeyError()))
    ['BaseException', 'Exception', 'KeyError', 'LookupError', 'object']
    """
    return {_name_of(each) for each in _mro_of(type(error))}


def members_of(error: BaseException) -> tuple[BaseException, ...] | None:
    """Return the members of a group, or None for an exception that is none.

    >>> members_of(ExceptionGroup("tasks", [KeyError("stock")])), members_of(KeyError("stock"))
    ((KeyError('stock'),), None)
    """
    return _exceptions_of(error) if issubclass(type(error), BaseExceptionGroup) else None


def finite(value: Any) -> float | None:
    """Return *value* as a number with three decimals, or None when it is none or isn't finite.

    >>> finite(12), finite("12")
    (12.0, None)
    """
    try:
        number = round(float(value), 3) if not isinstance(value, str | bytes) else math.nan
    except (Exception, DropEvent):  # noqa: BLE001 (what is no number isn't written)
        return None
    return number if math.isfinite(number) else None


def _is_cancellation(error: BaseException) -> bool:
    members = members_of(error)
    if members is not None:
        # A loop may hand on the cancellations of several tasks together.
        return all(map(_is_cancellation, members))
    return not _CANCELLATIONS.isdisjoint(names_of(error))


def _is_success(error: BaseException) -> bool:
    # As the interpreter sees it, for which an empty text is none.
    code = vars(SystemExit)["code"].__get__(error)
    return code is None or (type(code) in {int, bool} and code == 0)
