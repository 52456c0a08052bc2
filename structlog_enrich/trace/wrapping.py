"""Put a span around each call of a function, whatever kind of function it is."""

from __future__ import annotations

import inspect
import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from structlog_enrich.trace.spans import Span

__all__ = ["wrapped"]


def wrapped(function: Callable[..., Any], fresh: Callable[[], Span]) -> Callable[..., Any]:
    """Return *function* with a span around each call.

    Args:
        function: A function, a coroutine function, a generator function or an asynchronous one; also as a
            `classmethod` or a `staticmethod`.
        fresh: Makes a span that was not started.
    """
    if isinstance(function, classmethod | staticmethod):
        return type(function)(wrapped(function.__func__, fresh))
    if inspect.isasyncgenfunction(function):
        return _around_async_generator(function, fresh)
    if inspect.isgeneratorfunction(function):
        return _around_generator(function, fresh)
    if inspect.iscoroutinefunction(function):
        return _around_coroutine(function, fresh)
    return _around_call(function, fresh)


def _around_call(function: Callable[..., Any], fresh: Callable[[], Span]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kw: Any) -> Any:
        with fresh():
            return function(*args, **kw)

    return call


def _around_coroutine(function: Callable[..., Any], fresh: Callable[[], Span]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kw: Any) -> Any:
        with fresh():
            return await function(*args, **kw)

    return call


def _around_generator(function: Callable[..., Any], fresh: Callable[[], Span]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kw: Any) -> Generator[Any, Any, Any]:
        # Active only while the generator runs: what takes its items has a span of its own.
        span = fresh()
        span.start()
        items = function(*args, **kw)
        resume: Callable[[], Any] = items.__next__
        try:
            while True:
                item = _stepped(span, resume)
                try:
                    sent = yield item
                except BaseException as error:  # noqa: BLE001 (what is thrown in, closing it too, goes on to the generator)
                    resume = _bound(items.throw, error)
                else:
                    resume = items.__next__ if sent is None else _bound(items.send, sent)
        except StopIteration as stop:
            span.end()
            return stop.value
        except BaseException as error:
            span.end(error)
            raise

    return call


def _around_async_generator(function: Callable[..., Any], fresh: Callable[[], Span]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kw: Any) -> AsyncGenerator[Any, Any]:
        span = fresh()
        span.start()
        items = function(*args, **kw)
        resume: Callable[[], Any] = _bound(_unannounced, items)
        try:
            while True:
                item = await _astepped(span, resume)
                try:
                    sent = yield item
                except BaseException as error:  # noqa: BLE001 (what is thrown in, closing it too, goes on to the generator)
                    resume = _bound(items.athrow, error)
                else:
                    resume = items.__anext__ if sent is None else _bound(items.asend, sent)
        except StopAsyncIteration:
            span.end()
        except BaseException as error:
            span.end(error)
            raise

    return call


def _stepped(span: Span, resume: Callable[[], Any]) -> Any:
    span.activate()
    try:
        return resume()
    finally:
        span.suspend()


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
