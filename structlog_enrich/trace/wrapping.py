"""Put a span around each call of a function, whatever kind of function it is."""

from __future__ import annotations

import inspect
import sys
from collections import abc
from contextlib import ExitStack, asynccontextmanager, contextmanager
from contextvars import copy_context
from functools import lru_cache, partial, wraps
from types import AsyncGeneratorType, CoroutineType, GeneratorType, coroutine
from typing import TYPE_CHECKING, Any, Final, cast

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.trace.abandoned import is_collecting
from structlog_enrich.trace.binding import restore_bound
from structlog_enrich.trace.context import CURRENT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
    from contextvars import Context

    from structlog_enrich.trace.operation import Operation
    from structlog_enrich.trace.spans import Span

    Around = Callable[[Callable[..., Any], Callable[[], Span]], Callable[..., Any]]

__all__ = ["wrapped"]

_ITERABLE_COROUTINE: Final = inspect.CO_ITERABLE_COROUTINE
_GENERATORS: Final = frozenset({CoroutineType, GeneratorType, AsyncGeneratorType})

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
            if not name.startswith("_") and name not in vars(call) and _is_method(kind, name):
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
        home = _entered_here()
        span = begun()
        span._refuge = copy_context()  # noqa: SLF001 (kept there for us)
        step = _stepped
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
                        step, ended_by = _sheltered, GeneratorExit()
                        continue
                else:
                    resume = items.__next__ if sent is None else _bound(items.send, sent)
                step = _stepped if _entered_here() is home else _stepped_abroad
        except StopIteration as stop:
            _end(span, ended_by, abroad=step is _stepped_abroad)
            return stop.value
        except BaseException as error:
            _end(span, error, abroad=step is _stepped_abroad)
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
        home = _entered_here()
        span = begun()
        span._refuge = copy_context()  # noqa: SLF001 (kept there for us)
        step = _astepped
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
                step = _astepped if _entered_here() is home else _astepped_abroad
        except StopAsyncIteration:
            _end(span, None, abroad=step is _astepped_abroad)
        except BaseException as error:
            _end(span, error, abroad=step is _astepped_abroad)
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
    if not (hasattr(kind, "throw") or hasattr(kind, "athrow")) or not _offers_no_more(result):
        return None
    if issubclass(kind, abc.AsyncGenerator):
        return _around_async_generator
    if not issubclass(kind, abc.Generator):
        return _around_coroutine if issubclass(kind, abc.Coroutine) else None
    if issubclass(kind, abc.Coroutine):
        return _around_generator_and_coroutine
    return _around_awaitable_generator if inspect.isawaitable(result) else _around_generator


def _offers_no_more(result: Any) -> bool:
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
        and (not name.startswith("_") or (name.endswith("__") and _is_method(kind, name)))
    ]


def _is_method(kind: type, name: str) -> bool:
    # Looked at as it is written: a property isn't asked.
    found = inspect.getattr_static(kind, name, None)
    return callable(found) or isinstance(found, classmethod)


def _entered_here() -> Operation | None:
    trace = CURRENT.get()
    return None if trace is None else trace._operation  # noqa: SLF001 (kept there for the whole room)


def _entered(span: Span) -> ExitStack:
    """Return what leaves *span*, which has begun and is the active one from here on."""
    span.activate()
    entered = ExitStack()
    entered.push(span)
    return entered


def _end(span: Span, error: BaseException | None, *, abroad: bool) -> None:
    if abroad:
        cast("Context", span._refuge).run(span.end, error)  # noqa: SLF001
    else:
        span.end(error)


def _stepped(span: Span, resume: Callable[[], Any]) -> Any:
    span.activate()
    try:
        return resume()
    finally:
        span.suspend()


def _stepped_abroad(span: Span, resume: Callable[[], Any]) -> Any:
    with _bound_as_begun(span):
        return _stepped(span, resume)


def _sheltered(span: Span, resume: Callable[[], Any]) -> Any:
    return cast("Context", span._refuge).run(_stepped, span, resume)  # noqa: SLF001


async def _astepped(span: Span, resume: Callable[[], Any]) -> Any:
    span.activate()
    try:
        return await resume()
    finally:
        span.suspend()


async def _astepped_abroad(span: Span, resume: Callable[[], Any]) -> Any:
    with _bound_as_begun(span):
        return await _astepped(span, resume)


@contextmanager
def _bound_as_begun(span: Span) -> Iterator[None]:
    """Bind what was bound where *span* began, and nothing else, within a `with` block.

    Its lines are of that entry, not of the one that goes on with it. All other variables stay those of the latter, as
    without a span.
    """
    here, home = copy_context(), cast("Context", span._refuge)  # noqa: SLF001
    collected = is_collecting()
    restore_bound(home)
    try:
        yield
    finally:
        # Where the collector closes it, nothing may be set; what a finaliser began it may end.
        if collected or not is_collecting():
            restore_bound(here)


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
