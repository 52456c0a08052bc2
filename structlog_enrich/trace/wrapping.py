"""Put a span around each call of a function, whatever kind of function it is."""

from __future__ import annotations

import inspect
import sys
from collections import abc
from contextlib import ExitStack, asynccontextmanager, contextmanager
from contextvars import copy_context
from functools import partial, wraps
from types import coroutine
from typing import TYPE_CHECKING, Any, Final, cast

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.trace.abandoned import is_collecting
from structlog_enrich.trace.abilities import is_method, offers_no_more
from structlog_enrich.trace.stepping import (
    astepped,
    astepped_abroad,
    end,
    entry_here,
    sheltered,
    stepped,
    stepped_abroad,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator

    from structlog_enrich.trace.spans import Span

    Around = Callable[[Callable[..., Any], Callable[[], Span]], Callable[..., Any]]

__all__ = ["wrapped"]

_ITERABLE_COROUTINE: Final = inspect.CO_ITERABLE_COROUTINE

# All functions that one of these has made share its code.
_MANAGER: Final = contextmanager(iter).__code__
_ASYNC_MANAGER: Final = asynccontextmanager(aiter).__code__


def wrapped(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    """Return *function* with a span around each call.

    Args:
        function: A function, a coroutine function, a generator function or an asynchronous one, or an object that is
            called as one; also as a `classmethod`, a `staticmethod` or a `functools.partial`, or made a context manager
            by `contextlib`. One that doesn't say which it is, and returns a coroutine or a generator, is known by that.
        begun: Starts a span.

    Raises:
        ConfigurationError: A class, a property or anything else that isn't called as a function is.
    """
    if isinstance(function, classmethod | staticmethod):
        return type(function)(wrapped(function.__func__, begun))
    call = _around(_deciding(function))(function, begun)
    if not inspect.isfunction(function):
        # `wraps` takes the attributes of an object along; with its methods a cache is cleared, and a task sent.
        kind = type(function)
        for name in dir(kind):
            if not name.startswith("_") and name not in vars(call) and is_method(kind, name):
                setattr(call, name, getattr(function, name))
    return call


def _around(kind: Any) -> Around:
    code = getattr(kind, "__code__", None)
    if code is _MANAGER:
        return _around_manager
    if code is _ASYNC_MANAGER:
        return _around_async_manager
    if inspect.isasyncgenfunction(kind):
        return _around_async_generator
    if inspect.isgeneratorfunction(kind):
        can_be_awaited = getattr(code, "co_flags", 0) & _ITERABLE_COROUTINE
        return _around_awaitable_generator if can_be_awaited else _around_generator
    return _around_coroutine if inspect.iscoroutinefunction(kind) else _around_call


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
            around = _around_result(result)
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
        home = entry_here()
        span = begun()
        span._refuge = copy_context()  # noqa: SLF001 (kept there for us)
        step = stepped
        ended_by: BaseException | None = None
        try:
            items = function(*args, **kw)
            resume: Callable[[], Any] = items.__next__
            while True:
                item = step(span, resume)
                try:
                    sent = yield item
                except BaseException as error:  # noqa: BLE001 (what is thrown in, closing it too, goes on to the generator)
                    resume = _bound(items.throw, error)
                    if is_collecting():
                        # It was interrupted somewhere, even in setting a variable: nothing may be set there.
                        step, ended_by = sheltered, GeneratorExit()
                        continue
                else:
                    resume = items.__next__ if sent is None else _bound(items.send, sent)
                step = stepped if entry_here() is home else stepped_abroad
        except StopIteration as stop:
            end(span, ended_by, abroad=step is stepped_abroad)
            return stop.value
        except BaseException as error:
            end(span, error, abroad=step is stepped_abroad)
            raise

    return call


def _around_awaitable_generator(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    return coroutine(_around_generator(function, begun))


def _around_generator_and_coroutine(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    # Of no function that makes generators: then it makes an object that is both.
    return cast("Callable[..., Any]", coroutine(partial(_around_generator(function, begun))))


def _around_async_generator(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kw: Any) -> AsyncGenerator[Any, Any]:
        home = entry_here()
        span = begun()
        span._refuge = copy_context()  # noqa: SLF001 (kept there for us)
        step = astepped
        try:
            items = function(*args, **kw)
            resume: Callable[[], Any] = _bound(_unannounced, items)
            while True:
                item = await step(span, resume)
                try:
                    sent = yield item
                except BaseException as error:
                    if is_collecting():
                        # No loop closes it, so there is nobody to wait.
                        raise
                    resume = _bound(items.athrow, error)
                else:
                    resume = items.__anext__ if sent is None else _bound(items.asend, sent)
                step = astepped if entry_here() is home else astepped_abroad
        except StopAsyncIteration:
            end(span, None, abroad=step is astepped_abroad)
        except BaseException as error:
            end(span, error, abroad=step is astepped_abroad)
            raise

    return call


def _around_manager(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    @contextmanager
    @wraps(function)
    def call(*args: Any, **kw: Any) -> Iterator[Any]:
        with _entered(begun()), function(*args, **kw) as value:
            yield value

    return call


def _around_async_manager(function: Callable[..., Any], begun: Callable[[], Span]) -> Callable[..., Any]:
    @asynccontextmanager
    @wraps(function)
    async def call(*args: Any, **kw: Any) -> AsyncIterator[Any]:
        with _entered(begun()):
            async with function(*args, **kw) as value:
                yield value

    return call


def _around_result(result: Any) -> Around | None:
    """Return what goes on with the span in *result*, or None where the call was all there is to do."""
    kind = type(result)
    # What has neither of these methods isn't asked further.
    if not (hasattr(kind, "throw") or hasattr(kind, "athrow")) or not offers_no_more(result):
        return None
    if issubclass(kind, abc.AsyncGenerator):
        return _around_async_generator
    if not issubclass(kind, abc.Generator):
        return _around_coroutine if issubclass(kind, abc.Coroutine) else None
    if issubclass(kind, abc.Coroutine):
        return _around_generator_and_coroutine
    return _around_awaitable_generator if inspect.isawaitable(result) else _around_generator


def _entered(span: Span) -> ExitStack:
    """Return what leaves *span*, which has begun and is the active one from here on."""
    span.activate()
    entered = ExitStack()
    entered.push(span)
    return entered


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
