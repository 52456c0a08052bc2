"""Put a span around each call of a function, whatever kind of function it is."""

from __future__ import annotations

import inspect
import sys
from collections import abc
from contextvars import copy_context
from functools import partial, wraps
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any, Final, cast

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.trace.abandoned import is_collecting

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from contextvars import Context

    from structlog_enrich.trace.spans import Span

    Around = Callable[[Callable[..., Any], Callable[[], Span]], Callable[..., Any]]

__all__ = ["wrapped"]


def wrapped(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    """Return *function* with a span around each call.

    Args:
        function: A function, a coroutine function, a generator function or an asynchronous one, or an object that is
            called as one; also as a `classmethod`, a `staticmethod` or a `functools.partial`. One that doesn't say
            which it is, and returns a coroutine or a generator, is known by that.
        begun: Starts a span.

    Raises:
        ConfigurationError: A class, a property or anything else that isn't called as a function is.
    """
    if isinstance(function, classmethod | staticmethod):
        return type(function)(wrapped(function.__func__, begun))
    kind = _deciding(function)
    if inspect.isasyncgenfunction(kind):
        return _around_async_generator(function, begun)
    if inspect.isgeneratorfunction(kind):
        return _around_generator(function, begun)
    if inspect.iscoroutinefunction(kind):
        return _around_coroutine(function, begun)
    return _around_call(function, begun)


def _deciding(function: Any) -> Any:
    """Return what says which kind of function *function* is."""
    if isinstance(function, type):
        remedy = "Decorate its methods, or a function that makes it"
        raise ConfigurationError("function", "must be a function", received=f"{function!r:.80}", remedy=remedy)
    if not callable(function):
        remedy = "Write @span and @entry next to the function, below @property and the like"
        raise ConfigurationError("function", "must be a function", received=f"{function!r:.80}", remedy=remedy)
    while isinstance(function, partial):
        function = function.func
    # An object is what its `__call__` is.
    return function if inspect.isroutine(function) else type(function).__call__


def _around_call(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kw: Any) -> Any:
        span = begun()
        span.activate()
        try:
            result = function(*args, **kw)
            around = _AROUND.get(type(result)) or _around_unusual(type(result))
            if around is None:
                span.end()
                return result
            # What was called is only beginning.
            span.suspend()
            return around(wraps(function)(lambda: result), lambda: span)()
        except BaseException as error:
            span.end(error)
            raise
        finally:
            span.deactivate()

    return call


def _around_coroutine(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kw: Any) -> Any:
        span = begun()
        span.activate()
        try:
            result = await function(*args, **kw)
            span.end()
        except BaseException as error:
            span.end(error)
            raise
        finally:
            span.deactivate()
        return result

    return call


def _around_generator(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kw: Any) -> Generator[Any, Any, Any]:
        # Active only while the generator runs: what takes its items has a span of its own.
        span = begun()
        span._refuge = copy_context()  # noqa: SLF001 (kept there for us)
        step = _stepped
        ended_by: BaseException | None = None
        items = function(*args, **kw)
        resume: Callable[[], Any] = items.__next__
        try:
            while True:
                item = step(span, resume)
                try:
                    sent = yield item
                except BaseException as error:  # noqa: BLE001 (what is thrown in, closing it too, goes on to the generator)
                    resume = _bound(items.throw, error)
                    if is_collecting():
                        # It was interrupted somewhere, even in setting a variable: nothing may be set there.
                        step, ended_by = _sheltered, GeneratorExit()
                else:
                    resume = items.__next__ if sent is None else _bound(items.send, sent)
        except StopIteration as stop:
            span.end(ended_by)
            return stop.value
        except BaseException as error:
            span.end(error)
            raise

    return call


def _around_async_generator(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kw: Any) -> AsyncGenerator[Any, Any]:
        span = begun()
        items = function(*args, **kw)
        resume: Callable[[], Any] = _bound(_unannounced, items)
        try:
            while True:
                item = await _astepped(span, resume)
                try:
                    sent = yield item
                except BaseException as error:
                    if is_collecting():
                        # No loop closes it, so there is nobody to wait.
                        raise
                    resume = _bound(items.athrow, error)
                else:
                    resume = items.__anext__ if sent is None else _bound(items.asend, sent)
        except StopAsyncIteration:
            span.end()
        except BaseException as error:
            span.end(error)
            raise

    return call


_AROUND: Final[dict[type, Around]] = {
    CoroutineType: _around_coroutine,
    GeneratorType: _around_generator,
    AsyncGeneratorType: _around_async_generator,
}
"""By what a call returned."""


def _around_unusual(kind: type) -> Around | None:
    # Such as Cython's, which are classes of its own; what has neither of these methods isn't asked further.
    if not (hasattr(kind, "throw") or hasattr(kind, "athrow")):
        return None
    if issubclass(kind, abc.Coroutine):
        return _around_coroutine
    if issubclass(kind, abc.Generator):
        return _around_generator
    return _around_async_generator if issubclass(kind, abc.AsyncGenerator) else None


def _stepped(span: Span, resume: Callable[[], Any]) -> Any:
    span.activate()
    try:
        return resume()
    finally:
        span.suspend()


def _sheltered(span: Span, resume: Callable[[], Any]) -> Any:
    return cast("Context", span._refuge).run(_stepped, span, resume)  # noqa: SLF001


async def _astepped(span: Span, resume: Callable[[], Any]) -> Any:
    span.activate()
    try:
        return await resume()
    finally:
        span.suspend()


def _unannounced(items: AsyncGenerator[Any, Any]) -> Any:
    # At its end a loop closes all generators it knows of at once; it must know only the one outside, which closes this.
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        return items.__anext__()
    finally:
        sys.set_asyncgen_hooks(*hooks)


def _bound(function: Callable[[Any], Any], value: Any) -> Callable[[], Any]:
    return lambda: function(value)
