"""A team's processor that breaks costs its own contribution, and nothing else."""

from __future__ import annotations

import contextlib
import copy
import functools
import pickle
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from structlog.exceptions import DropEvent

from structlog_enrich import ConfigurationError, preset
from structlog_enrich.processors import Guarded
from structlog_enrich.processors.guard import name_of
from structlog_enrich.said import SAID, Facts, Said, report_fault

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = __name__


def broken(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Change everything, then fail with a secret in the message."""
    event["half"] = "done"
    event.pop("order_id", None)
    raise KeyError("hunter2")


def fine(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Add a region."""
    event["region"] = "eu"
    return event


class Stage:
    """A processor with configuration: no `__qualname__` of its own."""

    def __init__(self, region: str = "eu") -> None:
        self.region = region

    def __call__(self, _logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
        event["region"] = self.region
        return event

    def __repr__(self) -> str:
        return f"Stage({self.region!r})"

    def method(self, _logger: Any, _name: str, _event: dict[str, Any]) -> dict[str, Any]:
        """Fail as a bound method."""
        raise LookupError

    @classmethod
    def of_class(cls, _logger: Any, _name: str, _event: dict[str, Any]) -> dict[str, Any]:
        """Fail as a class method."""
        raise LookupError


class Unnamed(Stage):
    """A callable whose attributes are all there and none is a name."""

    def __getattr__(self, name: str) -> Any:
        return 5

    def __call__(self, _logger: Any, _name: str, _event: dict[str, Any]) -> dict[str, Any]:
        raise LookupError


def with_keywords(_logger: Any, _name: str, event: dict[str, Any], *, region: str) -> dict[str, Any]:
    """Fail for a `partial`."""
    raise LookupError(event, region)


def run(*extra: Any, **keywords: Any) -> dict[str, Any]:
    """Return the line of one event through `preset(extra=…)`."""
    flat: Any = {"event": "paid", **keywords}
    for stage in preset(extra=extra):
        flat = stage(None, "info", flat)
    line: dict[str, Any] = orjson.loads(flat)
    return line


class TestGuarded:
    """`Guarded` around one processor."""

    def test_a_processor_that_works(self) -> None:
        """Its result passes as it is, without a fault."""
        event = {"event": "paid"}

        assert event is Guarded(fine)(None, "info", event)
        assert {"event": "paid", "region": "eu"} == event
        assert SAID.get() is None

    def test_one_that_returns_a_new_dict(self) -> None:
        """Subclasses of dict are dicts."""
        new = OrderedDict(event="new")

        assert new is Guarded(lambda *_: new)(None, "info", {"event": "old"})

    def test_an_exception_undoes_what_it_did(self) -> None:
        """The event is as it was before the processor saw it."""
        line = run(broken, order_id="o-1")

        assert {"order_id": "o-1"} == line["payload"]
        assert [f"{HERE}.broken:KeyError"] == line["faults"]

    @pytest.mark.parametrize("result", [None, "text", b"bytes", 5, [("event", "x")], ({}, {})], ids=repr)
    def test_a_result_that_is_no_dict(self, result: Any) -> None:
        """The event goes on without it, and the stage is named."""

        def returns(_logger: Any, _name: str, event: dict[str, Any]) -> Any:
            event["half"] = "done"
            return result

        line = run(returns, order_id="o-1")

        assert {"order_id": "o-1"} == line["payload"]
        assert [f"{HERE}.{returns.__qualname__}:NotADict"] == line["faults"]

    def test_a_result_that_lies_about_being_a_dict(self) -> None:
        """A `__class__` that says dict isn't believed."""

        class Liar:
            __class__ = dict  # type: ignore[assignment]

        def lying(*_: Any) -> Any:
            return Liar()

        assert [f"{HERE}.{lying.__qualname__}:NotADict"] == run(lying)["faults"]

    def test_the_next_stage_still_runs(self) -> None:
        """A broken stage between two good ones costs only itself."""
        line = run(fine, broken, Stage("us"), order_id="o-1")

        assert {"order_id": "o-1", "region": "us"} == line["payload"]
        assert 1 == len(line["faults"])

    def test_faults_keep_their_order(self) -> None:
        """Each broken stage is named, in the order of the chain."""
        line = run(broken, Stage().method, broken)

        assert [f"{HERE}.broken:KeyError", f"{HERE}.Stage.method:LookupError", f"{HERE}.broken:KeyError"] == (
            line["faults"]
        )

    def test_faults_are_bounded(self) -> None:
        """A hundred broken stages don't fill the line."""
        assert 16 == len(run(*[broken] * 100)["faults"])

    def test_a_fault_is_bounded(self) -> None:
        """Nor does one with an endless name, or with one that isn't Unicode."""
        endless = type("E" * 1_000_000, (Exception,), {})

        def stage(*_: Any) -> Any:
            raise endless

        stage.__qualname__ = "stage\ud800"
        (fault,) = run(stage)["faults"]
        assert f"{HERE}.stage?:{'E' * 200}" == fault

    def test_the_message_never_shows(self) -> None:
        """What broke a stage may be a secret."""
        assert "hunter2" not in str(run(broken))

    @pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
    def test_what_is_no_error_passes(self, kind: type[BaseException]) -> None:
        """Whoever stops the program stops it from within a processor too."""

        def stops(*_: Any) -> Any:
            raise kind

        with pytest.raises(kind):
            Guarded(stops)(None, "info", {})

    def test_dropping(self) -> None:
        """A team may drop its own events, and a fault of that event isn't told on the next line."""

        def picky(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            if event["event"] == "noise":
                raise DropEvent
            return event

        once = iter([True])

        def broken_once(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            if next(once, False):
                raise ValueError
            return event

        log = structlog.wrap_logger(structlog.ReturnLogger(), preset(extra=[broken_once, picky]))

        assert None is log.info("noise")
        assert "faults" not in orjson.loads(log.info("paid"))

    def test_a_fault_belongs_to_its_own_line(self) -> None:
        """The line after a fault has none."""
        once = iter([True])

        def broken_once(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            if next(once, False):
                raise ValueError
            return event

        log = structlog.wrap_logger(structlog.ReturnLogger(), preset(extra=[broken_once]))

        assert ["faults" in orjson.loads(log.info("x")) for _ in range(3)] == [True, False, False]

    def test_a_processor_that_logs(self) -> None:
        """A line logged from within a processor doesn't take the faults of the line around it."""
        inner: list[Any] = []
        plain = structlog.wrap_logger(structlog.ReturnLogger(), preset())

        def logs(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            inner.append(orjson.loads(plain.info("inner")))
            return event

        def logs_and_breaks(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            inner.append(orjson.loads(plain.info("inner")))
            raise ValueError

        outer = run(broken, logs, logs_and_breaks)

        assert [False, False] == ["faults" in line for line in inner]
        assert [f"{HERE}.broken:KeyError", f"{HERE}.{logs_and_breaks.__qualname__}:ValueError"] == outer["faults"]

    @pytest.mark.parametrize("outcome", ["returns", "fails", "returns nothing", "drops"])
    def test_what_the_library_says_is_out_of_reach(self, outcome: str) -> None:
        """While a processor runs nothing is said, so a line of its own takes nothing; afterwards it is said again."""
        facts = Facts("span.start", {"phase": "start", "name": "x", "kind": "internal", "attempt": 1}, [])
        seen: list[Any] = []

        def processor(_logger: Any, _name: str, event: dict[str, Any]) -> Any:
            seen.append(SAID.get())
            report_fault("theirs", "Odd")
            if outcome == "fails":
                raise ValueError
            if outcome == "drops":
                raise DropEvent
            return event if outcome == "returns" else None

        SAID.set(Said(("before:A",), facts))
        if outcome == "drops":
            with pytest.raises(DropEvent):
                Guarded(processor)(None, "info", {})
        else:
            Guarded(processor)(None, "info", {})
        said = SAID.get()

        assert [None] == seen
        assert (outcome == "drops") == (said is None)
        if said is not None:
            assert (facts, ("before:A", "theirs:Odd")) == (said.facts, said.faults[:2])
            assert (2 if outcome == "returns" else 3) == len(said.faults)

    def test_a_context_class_of_the_team(self) -> None:
        """An event of another dict class is put back as one of its class."""
        result = Guarded(broken)(None, "info", OrderedDict(event="paid"))

        assert OrderedDict is type(result)

    def test_not_callable(self) -> None:
        """What can't be called is refused at construction, by name, rule and value."""
        with pytest.raises(ConfigurationError, match=r"^processor must be callable, not 'fine'$"):
            Guarded("fine")  # type: ignore[arg-type]

    def test_the_repr_is_the_processors(self) -> None:
        """The guard doesn't show."""
        assert ("Stage('eu')", repr(fine)) == (repr(Guarded(Stage())), repr(Guarded(fine)))

    def test_the_wrapped_processor(self) -> None:
        """It can be reached."""
        stage = Stage()

        assert stage is Guarded(stage).wrapped

    def test_pickle_and_copy(self) -> None:
        """It travels when what it wraps does."""
        for again in (pickle.loads(pickle.dumps(Guarded(Stage("us")))), copy.deepcopy(Guarded(Stage("us")))):
            assert "us" == again.wrapped.region
            assert {"event": "x", "region": "us"} == again(None, "info", {"event": "x"})


class _Locked:
    """A callable that fails at every question."""

    __slots__ = ()

    @property
    def __class__(self) -> Any:
        raise RuntimeError

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError

    def __call__(self, _logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "locked": True}


class _Meta(type):
    @property
    def __module__(cls) -> Any:  # type: ignore[override]
        raise RuntimeError


class _OfMeta(metaclass=_Meta):
    def __call__(self, _logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
        return event


class TestNested:
    """A processor that logs through the chain it stands in."""

    @staticmethod
    def _lines(*extra: Any) -> list[dict[str, Any]]:
        """Return the lines of one call, the innermost first."""
        written: list[dict[str, Any]] = []

        def logs(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            log.info("from within")
            return {**event, "seen": True}

        def keeps(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            written.append(event)
            return event

        chain: list[Any] = preset(extra=[logs, *extra])
        log = structlog.wrap_logger(structlog.ReturnLogger(), [*chain[:-1], keeps, chain[-1]])
        log.info("paid")
        return written

    def test_a_handful_of_lines(self) -> None:
        """It runs two deep, and is left out on the third line, which says so."""
        lines = self._lines()

        assert ["from within", "from within", "paid"] == [line["message"] for line in lines]
        assert [[f"{HERE}.TestNested._lines.<locals>.logs:Nested"], None, None] == [
            line.get("faults") for line in lines
        ]
        assert [None, {"seen": True}, {"seen": True}] == [line.get("payload") for line in lines]

    def test_the_next_call(self) -> None:
        """Nothing of it is left for the next call, whatever the processors did."""
        calls: list[int] = []

        def stops(_logger: Any, _name: str, _event: dict[str, Any]) -> dict[str, Any]:
            calls.append(1)
            raise [DropEvent, KeyboardInterrupt, ValueError][len(calls) % 3]

        for _ in range(9):
            with contextlib.suppress(DropEvent, KeyboardInterrupt):
                Guarded(stops)(None, "info", {"event": "paid"})
        SAID.set(None)

        assert 9 == len(calls)
        assert 3 == len(self._lines())

    def test_another_thread(self) -> None:
        """What another thread runs is no nesting."""
        seen: list[dict[str, Any]] = []

        def hands_over(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            thread = threading.Thread(target=lambda: seen.append(run(inner, inner)))
            thread.start()
            thread.join()
            return event

        def inner(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            return Guarded(fine)(None, "info", event)

        run(lambda *arguments: Guarded(hands_over)(*arguments))

        assert ["faults" in line for line in seen] == [False]

    def test_a_guard_around_a_guard(self) -> None:
        """Guards around each other are one."""
        guarded: Any = fine
        for _ in range(5):
            guarded = Guarded(guarded)

        assert {"region": "eu"} == run(guarded)["payload"]

    def test_what_is_said_of_the_line_around(self) -> None:
        """The fault is on the line on which the processor is left out, and what was said before stays."""
        lines = self._lines(broken)

        assert all(f"{HERE}.broken:KeyError" in line["faults"] for line in lines[1:])


class TestNameOf:
    """`name_of`, the name in `faults` and in the configuration's fingerprint."""

    @pytest.mark.parametrize(
        ("processor", "name"),
        [
            (fine, f"{HERE}.fine"),
            (Stage(), f"{HERE}.Stage"),
            (Stage, f"{HERE}.Stage"),
            (Stage().method, f"{HERE}.Stage.method"),
            (Stage.of_class, f"{HERE}.Stage.of_class"),
            (lambda *_: {}, f"{HERE}.TestNameOf.<lambda>"),
            (functools.partial(with_keywords, region="eu"), f"{HERE}.with_keywords"),
            (functools.partial(functools.partial(Stage(), 1), 2), f"{HERE}.Stage"),
            (Unnamed(), f"{HERE}.Unnamed"),
            (structlog.stdlib.add_logger_name, "structlog.stdlib.add_logger_name"),
            (print, "builtins.print"),
            ("".join, "str.join"),
            (dict.get, "dict.get"),
        ],
        ids=[
            "function",
            "object",
            "class",
            "method",
            "classmethod",
            "lambda",
            "partial",
            "partials",
            "unnamed",
            "library",
            "builtin",
            "builtin-method",
            "descriptor",
        ],
    )
    def test_every_kind_of_callable(self, processor: Any, name: str) -> None:
        """Functions, methods, classes, objects, partials of these, and builtins have a useful name."""
        assert name == name_of(processor)

    @pytest.mark.parametrize(
        ("make", "name"),
        [(lambda: dict.get, "dict.get"), (_Locked, f"{HERE}._Locked"), (_OfMeta, "_OfMeta")],
        ids=["descriptor", "locked", "metaclass"],
    )
    def test_who_fails_when_asked(self, make: Callable[[], Any], name: str) -> None:
        """Who has no module, or fails at every question, has a name too, and a chain can be made and run with it."""
        # Made here: pytest asks its parameters.
        assert name == name_of(make())
        assert "paid" == run(make())["message"]

    @pytest.mark.parametrize(
        "processor",
        [functools.partial(with_keywords, region="eu"), Unnamed(), Stage().method, Stage.of_class, "".join],
        ids=["partial", "unnamed", "method", "classmethod", "builtin-method"],
    )
    def test_it_is_the_one_in_faults(self, processor: Any) -> None:
        """A fault carries it."""
        (fault,) = run(processor)["faults"]

        assert fault.startswith(f"{name_of(processor)}:")
