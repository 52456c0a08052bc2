"""Whatever is logged, the call returns and exactly one valid line comes out.

Exceptions, values and keys are drawn by Hypothesis from all that Python can make, objects that fail and lie included.
"""

from __future__ import annotations

import asyncio
import collections
import datetime
import decimal
import enum
import io
import traceback
import types
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from structlog.exceptions import DropEvent

from structlog_enrich import bound_logger, current_trace, entry, preset, span
from structlog_enrich.processors import HEADER, Limits, Redact
from structlog_enrich.schema import json_schema
from structlog_enrich.schema.models import Line

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
VALIDATOR = Draft202012Validator(json_schema())


# What fails and what lies. Each is made anew for each example.


def raiser(error: Callable[[], BaseException]) -> Callable[..., Any]:
    """Return a method that raises a fresh *error* however it is called."""

    def method(*_args: object, **_kw: object) -> Any:
        raise error()

    return method


def failing(error: Callable[[], BaseException], *names: str, bases: tuple[type, ...] = (object,)) -> type:
    """Return a class whose methods of these *names* all raise *error*."""
    return type("Failing", bases, {name: raiser(error) for name in names})


ERRORS: tuple[Callable[[], BaseException], ...] = (
    ValueError,
    RecursionError,
    MemoryError,
    UnicodeDecodeError.__mro__[1],
    DropEvent,
    AttributeError,
    StopIteration,
)
REPRS = ("__repr__", "__str__", "__format__")
EQUALITY = ("__eq__", "__bool__", "__len__", "__iter__", "__getattr__")


class LyingClass:
    """Claim to be an exception, a dict and a text, as a proxy does."""

    def __init__(self, claimed: type) -> None:
        self.claimed = claimed

    @property
    def __class__(self) -> type:  # type: ignore[override]
        """Return the class that this object isn't of."""
        return self.claimed


class RaisingClass:
    """Fail when asked for the class."""

    __class__ = property(raiser(ValueError))  # type: ignore[assignment]


class Meta(type):
    """Fail when asked what the class is."""

    __hash__ = raiser(ValueError)  # type: ignore[assignment]
    __module__ = property(raiser(DropEvent))  # type: ignore[assignment]


class Endless(collections.UserDict[str, Any]):
    """Never come to an end of its keys."""

    def __iter__(self) -> Any:
        """Yield keys for ever."""
        number = 0
        while True:
            yield f"key{number}"
            number += 1

    def __getitem__(self, key: object) -> Any:
        """Return another endless mapping."""
        return Endless()


@dataclass(slots=True)
class Slotted:
    """Have one field that was never set."""

    unset: Any

    def __init__(self) -> None:
        """Leave the field as it is."""


class ReprIsNoText:
    """Return from `__repr__` what isn't text."""

    def __repr__(self) -> str:
        """Return a number."""
        return 5  # type: ignore[return-value]


class Text(str):
    """Be a text that fails at every turn."""

    __slots__ = ()
    __str__ = __repr__ = __format__ = __len__ = __iter__ = encode = __eq__ = raiser(ValueError)  # type: ignore[assignment]
    __hash__ = str.__hash__


class TextError(Exception):
    """Return from `__str__` a text that is none of the plain ones."""

    def __str__(self) -> str:
        """Return a text that fails at every turn."""
        return Text("boo")


def failing_error(error: Callable[[], BaseException], _value: object) -> BaseException:
    """Return an exception that raises *error* when it is asked what it says."""
    failed: BaseException = failing(error, *REPRS, bases=(Exception,))()
    return failed


def cyclic_list() -> Any:
    """Return a list that holds itself."""
    found: list[Any] = [1]
    found.append(found)
    return found


def cyclic_dict() -> Any:
    """Return a dict that holds itself in a list."""
    found: dict[str, Any] = {}
    found["self"] = [found]
    return found


def deep(depth: int = 100_000) -> Any:
    """Return lists in lists."""
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


def laughs() -> Any:
    """Return a few lists that stand for a billion."""
    found: Any = ["ha"] * 10
    for _ in range(9):
        found = [found] * 10
    return found


def loud(log: Any) -> Any:
    """Return an object whose `repr` logs."""

    class Loud:
        def __repr__(self) -> str:
            log.info("from a repr")
            return "Loud()"

    return Loud()


class Recipe:
    """Make a value when it is wanted: Hypothesis looks at what it draws, and hostile objects don't bear being seen.

    Its `repr` says what it makes, for the report of a failing example.
    """

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        self.name = name
        self.make = make

    def __repr__(self) -> str:
        return self.name


def made(drawn: Any) -> Any:
    """Return the value that *drawn* stands for."""
    return drawn.make() if type(drawn) is Recipe else drawn


def container(kind: Callable[[Any], Any], inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Recipe]:
    """Return a strategy of *kind* filled from a list of *inner*."""
    name = getattr(kind, "__name__", "?")
    return st.lists(inner, max_size=5).map(
        lambda items: Recipe(f"{name}({items!r})", lambda: kind([made(item) for item in items]))
    )


def mapping(
    kind: Callable[[Any], Any], names: st.SearchStrategy[Any], inner: st.SearchStrategy[Any], size: int = 5
) -> st.SearchStrategy[Recipe]:
    """Return a strategy of *kind* filled from a dict of *names* to *inner*."""
    return st.dictionaries(names, inner, max_size=size).map(
        lambda items: Recipe(
            f"{kind.__name__}({items!r})", lambda: kind({name: made(item) for name, item in items.items()})
        )
    )


SPECIMENS: dict[str, Callable[[], Any]] = {
    "a list in itself": cyclic_list,
    "a dict in itself": cyclic_dict,
    "100,000 lists deep": deep,
    "endless mapping": Endless,
    "unset slot": Slotted,
    "repr is no text": ReprIsNoText,
    "failing __class__": RaisingClass,
    "object": object,
    "failing class": lambda: Meta("Odd", (), {})(),
    "failing class of exception": lambda: Meta("OddError", (Exception,), {})(),
    "failing text": lambda: Text("plain inside"),
    "exception with failing text": lambda: TextError("x"),
    "2**80": lambda: 2**80,
    "10**10_000": lambda: 10**10_000,
    "lone surrogate": lambda: "\ud800 lone",
    "long texts": lambda: ("x" * 1_000_000, "\u2028" * 100_000),
    "long range": lambda: range(10**30),
    "strided memory": lambda: memoryview(b"abcd")[::2],
    "mapping proxy": lambda: types.MappingProxyType({"password": "hunter2"}),
    "generator": lambda: (each for each in [1]),
    "signalling NaN": lambda: decimal.Decimal("sNaN"),
    "odd offset": lambda: datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=5, seconds=3))),
    "enum of an object": lambda: enum.Enum("Odd", {"A": object()}).A,  # type: ignore[attr-defined]
    **{f"proxy of {kind.__name__}": partial(LyingClass, kind) for kind in (ValueError, dict, str, tuple, bytes, int)},
}
for _error in ERRORS:
    for _bases, _names, _args in (
        ((object,), REPRS, ()),
        ((object,), REPRS + EQUALITY, ()),
        ((dict,), ("__iter__", "items", "keys", "__len__", "__bool__"), ([("password", "x")],)),
        ((list,), ("__iter__", "__len__", "__getitem__"), ([1],)),
        ((Exception,), (*REPRS, "__bool__", "__eq__"), ("x",)),
        ((int,), ("__int__", "__index__", "__bool__"), (3,)),
    ):
        SPECIMENS[f"{_bases[0].__name__} raising {_error.__name__}"] = partial(
            lambda error, names, bases, args: failing(error, *names, bases=bases)(*args), _error, _names, _bases, _args
        )

hostile = st.sampled_from(sorted(SPECIMENS)).map(lambda name: Recipe(f"<{name}>", SPECIMENS[name]))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(codec=None), max_size=80),
    st.binary(max_size=30),
    st.decimals(),
    st.fractions(),
    st.uuids(),
    st.datetimes(timezones=st.none() | st.timezones()),
    st.dates(),
    st.times(),
    st.timedeltas(),
    hostile,
    hostile,
)
keys = st.one_of(
    st.text(st.characters(codec=None), max_size=20), st.sampled_from(["password", "self", "event", "level", "user_id"])
)
odd_keys = st.one_of(keys, st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=5), st.uuids())
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        container(list, inner),
        container(tuple, inner),
        container(collections.deque, inner),
        container(collections.UserList, inner),
        mapping(dict, odd_keys, inner),
        mapping(types.MappingProxyType, odd_keys, inner),
        mapping(collections.UserDict, odd_keys, inner),
        st.sets(st.integers() | st.text(max_size=5) | st.floats(), max_size=5),
    ),
    max_leaves=15,
)
keywords = mapping(dict, keys, values, 6)


def _raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


PASTS: dict[str, Callable[[BaseException], BaseException | None]] = {
    "no cause": lambda _error: None,
    "itself as cause": lambda error: error,
    "a cause": lambda _error: ValueError("cause"),
    "a failing cause": lambda _error: TextError(),
    "a group as cause": lambda _error: ExceptionGroup("group", [Meta("OddError", (Exception,), {})()]),
}
KINDS: dict[str, Callable[[Any], BaseException]] = {
    "ValueError": lambda value: ValueError(value),
    "KeyError": lambda value: KeyError(value),
    "KeyboardInterrupt": lambda _value: KeyboardInterrupt(),
    "long name": lambda value: type("N" * 100_000, (Exception,), {"__module__": 5})(value),
    "no Unicode": lambda _value: UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"),
    "group": lambda value: ExceptionGroup("many", [ValueError(value), TextError(), ExceptionGroup("in", [KeyError()])]),
    **{f"exception raising {each.__name__}": partial(failing_error, each) for each in ERRORS},
    "failing text": lambda _value: TextError(),
    "failing class": lambda _value: Meta("OddError", (Exception,), {})(),
}


@st.composite
def exceptions(draw: st.DrawFn) -> Recipe:
    """Draw an exception with a past: causes, contexts, notes, members, messages that fail."""
    kind, value = draw(st.sampled_from(sorted(KINDS))), draw(values)
    notes = draw(st.lists(st.text(st.characters(codec=None), max_size=20), max_size=2))
    odd_notes = draw(st.none() | values)
    past, context = draw(st.sampled_from(sorted(PASTS))), draw(st.booleans())
    raised = draw(st.booleans())

    def make() -> BaseException:
        error = KINDS[kind](made(value))
        for note in notes:
            error.add_note(note)
        if odd_notes is not None:
            error.__notes__ = made(odd_notes)  # type: ignore[attr-defined]
        if context:
            error.__context__ = PASTS[past](error)
        else:
            error.__cause__ = PASTS[past](error)
        return _raised(error) if raised else error

    return Recipe(f"<{kind} of {value!r}, notes {notes!r} {odd_notes!r}, {past}, {context=}, {raised=}>", make)


class Recorder:
    """Log through a whole chain into memory, and check each call."""

    def __init__(self, wrapper_class: type[Any] | None = None, *, most: int = 131_072, **options: Any) -> None:
        self.most = most
        self.sink = io.BytesIO()
        self.log: Any = structlog.wrap_logger(
            structlog.BytesLogger(self.sink),
            preset(service="tests", **options),
            bound_logger() if wrapper_class is None else wrapper_class,
        ).bind()

    def call(self, method: Callable[..., Any], /, *args: Any, **kw: Any) -> dict[str, Any]:
        """Call *method* and return the one line it wrote, once that is proved valid."""
        self.sink.seek(0)
        self.sink.truncate()
        try:
            result = method(*args, **kw)
        except BaseException as error:
            # Reported without the object, which would break the report.
            where = "".join(traceback.format_tb(error.__traceback__)[-3:])
            pytest.fail(f"{type.__repr__(type(error))} reached the caller:\n{where}")
        assert None is result
        return valid(self.sink.getvalue(), self.most)


def valid(written: bytes, most: int = 131_072) -> dict[str, Any]:
    """Return the one line that was *written*, once it is proved to be one, to obey the contract and to be in bounds."""
    text = written.decode()
    assert text.endswith("\n")
    assert 1 == len(text.splitlines())
    assert most >= len(written)
    line: dict[str, Any] = orjson.loads(written)
    assert [] == [error.message for error in VALIDATOR.iter_errors(line)]
    Line.model_validate_json(written)
    return line


LEVELS = ("debug", "info", "warning", "error", "critical", "exception", "warn", "fatal", "msg")
ASYNC = tuple(f"a{level}" for level in LEVELS)
FILTERING = structlog.make_filtering_bound_logger(0)

NAMED: dict[str, tuple[Any, list[Callable[[], Any]], dict[str, Callable[[], Any]]]] = {
    "nothing": (None, [], {}),
    "names that Python uses": ("x", [], dict.fromkeys(("self", "event", "method_name", "level", "logger"), object)),
    "arguments that don't fit": ("%d apples", [lambda: "many"], {}),
    "arguments by name from no mapping": ("%(a)s", [lambda: LyingClass(dict)], {}),
    "argument that fails": ("%s", [RaisingClass], {}),
    "argument that fails as a truth": ("%s", [failing(ValueError, "__bool__", bases=(dict,))], {}),
    "exc_info that fails as a truth": ("x", [], {"exc_info": failing(ValueError, "__bool__")}),
    "exc_info that lies": ("x", [], {"exc_info": lambda: LyingClass(ValueError)}),
    "exc_info that fails": ("x", [], {"exc_info": RaisingClass}),
    "exc_info of parts that fail": ("x", [], {"exc_info": lambda: (1, failing(ValueError, "__bool__")())}),
    "exc_info of three that lies": ("x", [], {"exc_info": lambda: (1, LyingClass(ValueError), None)}),
    "exc_info without a traceback": ("x", [], {"exc_info": lambda: (1, ValueError("x"), "no traceback")}),
    "exception that lies": ("x", [], {"exception": lambda: LyingClass(ValueError), "exc": RaisingClass}),
    "a stack in itself": ("x", [], {"stack_info": lambda: True, "stack": cyclic_list}),
    "structlog's own names": ("x", [], {"positional_args": int, "_record": object, "_from_structlog": object}),
    "positional_args that lie": ("x", [], {"positional_args": lambda: LyingClass(tuple)}),
    "positional_args that fail": ("x", [], {"positional_args": RaisingClass}),
    "our own name": ("x", [], {"_structlog_enrich": dict}),
    "our own name, lying": ("x", [], {"_structlog_enrich": lambda: LyingClass(list)}),
    "odd names": ("x", [], {"": object, "\ud800": lambda: "\udfff", "\n": object, "a.b": object}),
}

# What structlog's own logger refuses before any processor runs.
REFUSED = frozenset({"event", "self", "method_name", "level"})


class TestOurLogger:
    """No call into our bound logger ever raises because of what was logged."""

    @EXAMPLES
    @given(st.sampled_from(LEVELS), values, container(list, values), keywords)
    def test_any_values(self, level: str, event: Any, args: Recipe, kw: Recipe) -> None:
        """Any message, arguments and keywords at any level make one valid line."""
        recorder = Recorder()
        recorder.call(getattr(recorder.log, level), made(event), *made(args), **made(kw))

    @pytest.mark.parametrize("name", NAMED)
    def test_named_calls(self, name: str) -> None:
        """Each call that is known to break loggers makes one valid line."""
        event, args, kw = NAMED[name]
        recorder = Recorder()
        recorder.call(
            recorder.log.error, event, *(make() for make in args), **{key: make() for key, make in kw.items()}
        )

    @pytest.mark.parametrize("name", sorted(SPECIMENS))
    def test_each_specimen_everywhere(self, name: str) -> None:
        """Each hostile object makes a valid line as message, argument, level, value, part, key and bound value."""
        make, recorder = SPECIMENS[name], Recorder()
        recorder.call(recorder.log.info, make(), value=make(), parts=[make(), {"inner": make()}])
        recorder.call(recorder.log.info, "%s and %s", make(), 1)
        recorder.call(recorder.log.info, "%s", make())
        recorder.call(recorder.log.log, 20, make())
        recorder.call(recorder.log.error, "x", exc_info=make(), exception=make(), exc=make(), stack_info=make())
        recorder.call(recorder.log.bind(bound=make()).info, "x", password=make())
        with structlog.contextvars.bound_contextvars(user_id=make(), other=make()):
            recorder.call(recorder.log.info, "x")
        try:
            table = {make(): make()}
        except (Exception, DropEvent):
            return
        recorder.call(recorder.log.info, "x", table=table)

    @EXAMPLES
    @given(exceptions(), st.sampled_from(["exc_info", "exception", "exc"]), values)
    def test_any_exception(self, error: Recipe, name: str, payload: Any) -> None:
        """Any exception under each name that takes one makes one valid line."""
        recorder = Recorder()
        assert "error" in recorder.call(recorder.log.error, "x", payload=made(payload), **{name: made(error)})

    @EXAMPLES
    @given(exceptions())
    def test_any_active_exception(self, error: Recipe) -> None:
        """`log.exception` in a handler makes one valid line of any exception."""
        recorder = Recorder()

        def fail() -> Any:
            try:
                raise made(error)
            except BaseException:
                return recorder.log.exception("failed")

        assert "error" in recorder.call(fail)

    @pytest.mark.parametrize(
        "level",
        [0, 5, 25, 35, 90, 2**70, 25.5, float("nan"), float("inf"), "info", "WARN", "Level 35", "loud", "", "٣"],
    )
    def test_any_level(self, level: Any) -> None:
        """`log` takes any level: a number between two, a name that is none."""
        recorder = Recorder()
        recorder.call(recorder.log.log, level, "x")

    @pytest.mark.parametrize("name", sorted(SPECIMENS))
    def test_a_hostile_level(self, name: str) -> None:
        """`log` takes what is no level at all."""
        recorder = Recorder()
        recorder.call(recorder.log.log, SPECIMENS[name](), "x")

    @settings(EXAMPLES, max_examples=50)
    @given(st.sampled_from(ASYNC), values, keywords)
    def test_async_methods(self, method: str, event: Any, kw: Recipe) -> None:
        """The methods for coroutines make one valid line too."""
        recorder = Recorder()

        async def call() -> None:
            assert None is await getattr(recorder.log, method)(made(event), **made(kw))

        recorder.call(lambda: asyncio.run(call()))

    @EXAMPLES
    @given(keywords, keywords, keywords)
    def test_bound_values(self, bound: Recipe, context: Recipe, kw: Recipe) -> None:
        """Anything may be bound, to the logger or to the context."""
        recorder = Recorder()
        with structlog.contextvars.bound_contextvars(**made(context)):
            recorder.call(recorder.log.bind(**made(bound)).info, "x", **made(kw))

    @settings(EXAMPLES, max_examples=60)
    @given(st.text(st.characters(codec=None), max_size=200), st.integers(1, 2_000))
    def test_long_texts(self, text: str, times: int) -> None:
        """Long texts of all characters in every place make one valid line, within the limits."""
        recorder = Recorder()
        text *= times
        error = ValueError(text)
        error.add_note(text)
        recorder.call(recorder.log.info, text, exc_info=error, **{text[:9_000]: text, "list": [text] * 20})

    def test_a_value_that_logs_while_it_is_rendered(self) -> None:
        """A `repr` that logs gets a line of its own, before the line it is for."""
        recorder = Recorder()
        recorder.log.info("outer", value=loud(recorder.log))
        lines = [orjson.loads(line) for line in recorder.sink.getvalue().splitlines()]
        assert ["from a repr", "outer"] == [line["message"] for line in lines]
        assert {"value": "Loud()"} == lines[-1]["payload"]

    def test_a_value_that_logs_itself_for_ever(self) -> None:
        """A `repr` that logs its own object ends where the interpreter stops it, and the outer line is whole."""
        recorder = Recorder()

        class Vain:
            def __repr__(self) -> str:
                recorder.log.info("inner", me=self)
                return "Vain()"

        recorder.log.info("outer", me=Vain())
        last = recorder.sink.getvalue().splitlines()[-1] + b"\n"
        assert "outer" == valid(last)["message"]

    def test_a_few_lists_that_stand_for_a_billion(self) -> None:
        """Lists shared by each other make a line of the usual size, with room for what else there is."""
        recorder = Recorder()
        line = recorder.call(recorder.log.info, "x", laughs=laughs(), order="o-1")
        assert "o-1" == line["payload"]["order"]

    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError])
    def test_what_must_pass(self, error: type[BaseException]) -> None:
        """What ends a program or a task isn't ours to swallow, wherever it is raised."""
        recorder = Recorder()
        with pytest.raises(error):
            recorder.log.info("x", value=failing(error, "__repr__")())


class TestStructlogsLogger:
    """With structlog's own logger no call that reaches the chain raises."""

    @EXAMPLES
    @given(st.sampled_from(LEVELS[:-1]), values, keywords)
    def test_any_values(self, level: str, event: Any, kw: Recipe) -> None:
        """Any message and keywords make one valid line."""
        recorder = Recorder(FILTERING)
        accepted = {name: value for name, value in made(kw).items() if name not in REFUSED}
        recorder.call(getattr(recorder.log, level), made(event), **accepted)

    @pytest.mark.parametrize("name", NAMED)
    def test_named_calls(self, name: str) -> None:
        """Each call that is known to break loggers, and that structlog lets through, makes one valid line."""
        event, _, kw = NAMED[name]
        recorder = Recorder(FILTERING)
        recorder.call(recorder.log.error, event, **{key: make() for key, make in kw.items() if key not in REFUSED})

    @EXAMPLES
    @given(exceptions())
    def test_any_exception(self, error: Recipe) -> None:
        """Any exception makes one valid line."""
        recorder = Recorder(FILTERING)
        recorder.call(recorder.log.error, "failed", exc_info=made(error))

    @EXAMPLES
    @given(keywords)
    def test_bound_values(self, context: Recipe) -> None:
        """Anything may be bound to the context."""
        recorder = Recorder(FILTERING)
        with structlog.contextvars.bound_contextvars(**made(context)):
            recorder.call(recorder.log.info, "x")


class TestLimits:
    """A line keeps its limits whatever they are and whatever is logged."""

    @EXAMPLES
    @given(
        values,
        keywords,
        exceptions(),
        st.builds(
            Limits,
            max_string=st.integers(64, 200),
            max_items=st.integers(1, 8),
            max_depth=st.integers(1, 5),
            max_stack=st.integers(64, 300),
            max_line=st.integers(8_192, 20_000),
        ),
    )
    def test_any_limits(self, event: Any, kw: Recipe, error: Recipe, limits: Limits) -> None:
        """With the tightest limits the line is valid and within `max_line` bytes."""
        recorder = Recorder(limits=limits, most=limits.max_line)
        with structlog.contextvars.bound_contextvars(**made(kw)):
            keyword = {**made(kw), "exc_info": made(error), "more": made(event)}
            recorder.call(recorder.log.error, made(event), **keyword)

    @settings(EXAMPLES, max_examples=100)
    @given(
        st.lists(st.text(st.sampled_from('a\x00\x85é\u2028😀"\\'), min_size=1, max_size=300), min_size=1, max_size=20),
        st.integers(8_192, 40_000),
        st.integers(1, 2_000),
    )
    def test_big_lines(self, texts: list[str], most: int, times: int) -> None:
        """A line too long in every part is within `max_line` bytes."""
        recorder = Recorder(limits=Limits(max_line=most), most=most)
        big = {f"{text}{number}": text * times for number, text in enumerate(texts)}
        error = type("E" * times * 20, (Exception,), {})(texts[0] * times)
        for text in texts[:3]:
            error.add_note(text * times)
        secrets = [{text: {"password": text}} for text in texts * 5]
        payload = {"secrets": secrets, "deep": [big], f"x{texts[0]}": big}
        with structlog.contextvars.bound_contextvars(**big):
            recorder.call(recorder.log.error, texts[-1] * times, exc_info=error, **payload)


plain_values = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=100)
plain_keys = st.text(st.sampled_from("abcXYZ019_.- é"), min_size=1, max_size=12) | st.sampled_from(["password", "n"])
parts = st.dictionaries(plain_keys, plain_values, max_size=6)


class TestTheShortWay:
    """Most lines are found plain at a glance and written as they are; the walk would have written the same."""

    @settings(EXAMPLES, max_examples=500)
    @given(plain_values, parts, parts)
    def test_the_walk_agrees(self, message: Any, context: dict[str, Any], payload: dict[str, Any]) -> None:
        """What passes at a glance equals what the full walk makes of the same event."""
        redact = Redact(trusted=HEADER)
        # A note about the header makes every line take the walk.
        walking = Redact(trusted=HEADER, standing=["tags.token:token"])
        made: list[dict[str, Any]] = []
        for stage in (redact, redact, walking):
            line: dict[str, Any] = {"level": "info", "message": message, "enrichment": "0" * 12}
            line |= {name: dict(part) for name, part in (("context", context), ("payload", payload)) if part}
            made.append(dict(stage(None, "info", line)))
        notes = made[-1]["redacted"]
        assert "tags.token:token" == notes.pop(0)
        if not notes:
            del made[-1]["redacted"]
        assert orjson.dumps(made[-1]) == orjson.dumps(made[0]) == orjson.dumps(made[1])


def test_uuid_is_a_value() -> None:
    """The line says what was logged, not only that something was."""
    recorder = Recorder()
    order = uuid.UUID(int=7)
    assert {"order": str(order)} == recorder.call(recorder.log.info, "x", order=order)["payload"]


class TestSpans:
    """A span is told anything, and anything ends it."""

    @EXAMPLES
    @given(attributes=keywords, name=st.text(st.characters(codec=None), min_size=1), odd=values, error=exceptions())
    @pytest.mark.parametrize("begin", [span, entry])
    def test_anything(self, begin: Any, attributes: Recipe, name: str, odd: Any, error: Recipe) -> None:
        """What ends it comes out as it went in, and one valid line tells of it."""
        recorder, raised = Recorder(), error.make()

        def work() -> None:
            try:
                with begin(name, attributes=made(attributes), logger=recorder.log) as one:
                    one.set_attribute("odd", made(odd))
                    one.outcome = one.peer = one.queue_ms = made(odd)
                    raise raised
            except BaseException as caught:
                assert raised is caught  # noqa: PT017 (pytest's own way asks it for its class, which may fail)

        line = recorder.call(work)

        assert ("end", line["message"]) == (line["span"]["phase"], line["span"]["name"])
        assert (line["span"]["status"] == "error") == ("error" in line)
        assert None is current_trace()
