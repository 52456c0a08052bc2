"""A bound logger that takes whatever it is given, with one Python frame a call."""

from __future__ import annotations

import logging
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, Self

from structlog import BoundLoggerBase
from structlog.exceptions import DropEvent

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors.context import MergeContext
from structlog_enrich.processors.envelope import Envelope
from structlog_enrich.processors.errors import ErrorDetails
from structlog_enrich.processors.inflight import in_flight
from structlog_enrich.processors.levels import LEVEL_NUMBERS, resolve_level
from structlog_enrich.processors.message import interpolated
from structlog_enrich.processors.redact import Redact
from structlog_enrich.processors.version import SchemaVersion
from structlog_enrich.said import SAID, report_fault, said_apart
from structlog_enrich.schema.fields import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

__all__ = ["BoundLogger", "bound_logger"]


class BoundLogger(BoundLoggerBase):
    """Log at five levels, synchronously or from a coroutine.

    What structlog's own loggers refuse before any processor runs is accepted: keywords named `event`, `self` or
    `method_name`, arguments that don't fit the message, `log(25, …)`, a call without a message. The methods that start
    with `a` run the chain at once, in the caller's thread and with its exception, whether or not they are awaited;
    awaiting them only keeps a caller of structlog's unchanged. Instances pickle when their wrapped logger does.

    The `event` of every method is positional only, so `log.info("paid", event="e-1")` has the payload `event`.
    """

    min_level: int = logging.NOTSET
    """Calls below this level return None at once."""

    # One body for each level, given by `_method` below; this is what a type checker and a reader see.
    if TYPE_CHECKING:

        def debug(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        def info(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        def warning(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        def error(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        def critical(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        def exception(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        def warn(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        def fatal(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        def msg(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        async def adebug(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        async def ainfo(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        async def awarning(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        async def aerror(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        async def acritical(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        async def aexception(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        async def awarn(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        async def afatal(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...
        async def amsg(self, event: Any = None, /, *args: Any, **kw: Any) -> Any: ...

    # What the chain was, and the calls that were made of it: one tuple, replaced whole, so that no thread finds the one
    # with the other's. See `_ready`; making a logger doesn't set it.
    _made: tuple[Sequence[Any], Sequence[Callable[..., Any]]] = ((), ())

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made again at the first call."""
        return {name: value for name, value in vars(self).items() if name != "_made"}

    def bind(self, /, **new_values: Any) -> Self:
        """Return a new logger with *new_values* added; any name is accepted, `self` too."""
        context = self._context.copy()
        context.update(new_values)
        return type(self)(self._logger, self._processors, context)

    def new(self, /, **new_values: Any) -> Self:
        """Return a new logger with nothing but *new_values* bound."""
        return type(self)(self._logger, self._processors, type(self._context)(new_values))

    def log(self, level: int | str, event: Any = None, /, *args: Any, **kw: Any) -> Any:
        """Log at a level given as the standard library's number or by its name.

        A number between two levels is logged as the lower; a name that is no level as `info`.
        """
        known = resolve_level(level)
        name = known or "info"
        # As a plain number, past whatever a subclass makes of comparing.
        number = int.__add__(level, 0) if issubclass(type(level), int) else LEVEL_NUMBERS[name]  # type: ignore[operator]
        if number < self.min_level:
            return None
        if known is None:
            report_fault("BoundLogger", "UnknownLevel")
        return _UNFILTERED[name](self, event, *args, **kw)

    def alog(self, level: int | str, event: Any = None, /, *args: Any, **kw: Any) -> Awaitable[Any]:
        """Do as `log` does, at once."""
        return _done(self.log(level, event, *args, **kw))

    def is_enabled_for(self, level: int) -> bool:
        """Tell whether a call at *level* is logged."""
        return level >= self.min_level

    def get_effective_level(self) -> int:
        """Return the least level that is logged."""
        return self.min_level


def _method(name: str, *, with_exception: bool = False) -> Callable[..., Any]:
    """Make the method that logs at the level *name*; everything happens in this one frame."""

    def method(self: BoundLogger, event: Any = None, /, *args: Any, **kw: Any) -> Any:
        context = self._context
        if context:
            event_dict: Any = context.copy()
            event_dict.update(kw)
        else:
            # Our own fresh dict already: Python made it for this call.
            event_dict = kw
        if with_exception:
            event_dict.setdefault("exc_info", True)
        if event is not None:
            if "event" in event_dict:
                _set_aside(event_dict, "event")
            event_dict["event"] = event
        if args:
            _fit(event_dict, args)
        logger = self._logger
        # Lists of the same objects are compared by identity, which is next to nothing; one that was edited in place, as
        # `structlog.testing.capture_logs` does, differs.
        made_of, calls = self._made
        if made_of != self._processors:
            calls = _ready(self)
        try:
            for call in calls:
                event_dict = call(logger, name, event_dict)
        except DropEvent:
            if (said := SAID.get()) is not None and said.facts is None:
                SAID.set(said.outer)
            return None
        write = getattr(logger, name)
        if type(event_dict) is bytes or type(event_dict) is str:
            return write(event_dict)
        return _write(write, event_dict)

    method.__name__ = method.__qualname__ = "exception" if with_exception else name
    method.__doc__ = f"Log at the level `{name}`; *args* are fitted into *event* by `%`, *kw* is the payload."
    return method


_MADE: Final[dict[int, tuple[Any, tuple[Sequence[Any], Sequence[Callable[..., Any]]]]]] = {}
_MOST_MADE: Final = 64


def _ready(logger: BoundLogger) -> Sequence[Callable[..., Any]]:
    """Make the chain's calls, for *logger* and every other that shares its processors.

    Python calls a bound method much faster than an object with `__call__`. Unless it caches them, structlog makes a
    logger for each call, so what was made is kept by the list it was made of.
    """
    processors: Any = logger._processors  # noqa: SLF001 (our own logger)
    owner, made = _MADE.get(id(processors), (None, ((), ())))
    if owner is not processors or made[0] != processors:
        # A tuple stays as it is; of a list, which may be edited, a copy is kept to see that.
        chain: Sequence[Any] = processors if type(processors) is tuple else list(processors)
        made = (chain, _calls_of(chain))
        if len(_MADE) >= _MOST_MADE:
            _MADE.clear()
        _MADE[id(processors)] = (processors, made)
    logger._made = made  # noqa: SLF001
    return made[1]


def _calls_of(chain: Sequence[Any]) -> tuple[Callable[..., Any], ...]:
    calls = [_call_of(each) for each in chain if not _is_idle(each, chain)]
    if [type(each) for each in chain[:3]] == [MergeContext, ErrorDetails, Envelope]:
        first, second, _ = chain[:3]
        if first.for_envelope and second.key is None:
            calls[0] = first._pass_by  # noqa: SLF001 (our own, and nobody else's)
    return tuple(calls)


def _is_idle(processor: Any, chain: Sequence[Any]) -> bool:
    # A line that comes from `Envelope` by way of `Redact` obeys the newest version already.
    if type(processor) is not SchemaVersion or processor.version != SCHEMA_VERSION:
        return False
    at = next(number for number, each in enumerate(chain) if each is processor)
    return [type(each) for each in chain[max(0, at - 2) : at]] == [Envelope, Redact]


def _call_of(processor: Any) -> Callable[..., Any]:
    # Only a plain method is bound; a staticmethod, a builtin or a class is called as it is.
    call = next((vars(base)["__call__"] for base in type(processor).__mro__ if "__call__" in vars(base)), None)
    return MethodType(call, processor) if type(call) is FunctionType else processor


def _fit(event_dict: dict[str, Any], args: tuple[Any, ...]) -> None:
    # By the rules by which `Envelope` fits the arguments of structlog's loggers; what doesn't fit is payload.
    if "positional_args" in event_dict:
        _set_aside(event_dict, "positional_args")
    event_dict["positional_args"] = args
    with said_apart():
        interpolated(event_dict)


def _set_aside(event_dict: dict[str, Any], name: str) -> None:
    # The event needs this name in flight; `Envelope` puts the keyword into the payload under its own name.
    in_flight(event_dict).put_aside("payload", {name: event_dict[name]})


def _write(write: Callable[..., Any], rendered: Any) -> Any:
    # What structlog lets the last processor return besides text.
    if isinstance(rendered, tuple):
        args, kw = rendered
        return write(*args, **kw)
    if isinstance(rendered, dict):
        return write(**rendered)
    return write(rendered)


def _asynchronous(method: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    def amethod(self: BoundLogger, event: Any = None, /, *args: Any, **kw: Any) -> Awaitable[Any]:
        # Logged by the call and not by the await: a task that is cancelled before it starts loses nothing.
        return _done(method(self, event, *args, **kw))

    amethod.__name__ = amethod.__qualname__ = f"a{method.__name__}"
    amethod.__doc__ = f"Do as `{method.__name__}` does, at once; what is returned may be awaited."
    return amethod


async def _done(result: Any) -> Any:
    return result


def _nothing(self: BoundLoggerBase, event: Any = None, /, *args: Any, **kw: Any) -> None:
    return None


_UNFILTERED: Final = {name: _method(name) for name in LEVEL_NUMBERS}
_ALIASES: Final = {"warn": "warning", "fatal": "critical", "msg": "info"}


def _methods(min_level: int) -> dict[str, Any]:
    enabled = {name: number >= min_level for name, number in LEVEL_NUMBERS.items()}
    methods: dict[str, Any] = {name: _UNFILTERED[name] if on else _nothing for name, on in enabled.items()}
    methods["exception"] = _method("error", with_exception=True) if min_level <= logging.ERROR else _nothing
    methods |= {alias: methods[name] for alias, name in _ALIASES.items()}
    return methods | {f"a{name}": _asynchronous(method) for name, method in methods.items()}


def _class_for(level: str, min_level: int) -> type[BoundLogger]:
    name = f"BoundLoggerAt{level.title()}"
    return type(name, (BoundLogger,), {"__module__": __name__, "min_level": min_level, **_methods(min_level)})


_CLASSES: Final = {
    number: _class_for(level, number) for level, number in {"notset": logging.NOTSET, **LEVEL_NUMBERS}.items()
}
# The class by itself logs from the lowest level up.
for _name, _each in _methods(logging.NOTSET).items():
    setattr(BoundLogger, _name, _each)
# Pickle finds a class by its name in its module.
globals().update({each.__name__: each for each in _CLASSES.values()})


def bound_logger(min_level: int | str = logging.NOTSET) -> type[BoundLogger]:
    """Return the logger class that logs from *min_level* up, for `structlog.configure(wrapper_class=…)`.

    Args:
        min_level: `notset`, `debug`, `info`, `warning`, `error` or `critical` in any case, or the standard library's
            number for it.

    Raises:
        ConfigurationError: Another value.

    >>> bound_logger("info").min_level
    20
    """
    number: Any = {"NOTSET": 0, **logging.getLevelNamesMapping()}.get(str(min_level).upper(), min_level)
    if not isinstance(number, int) or number not in _CLASSES:
        rule = "must be notset, debug, info, warning, error or critical, or the number of one of these"
        raise ConfigurationError("min_level", rule, received=f"{min_level!r:.80}")
    return _CLASSES[number]
