"""Whatever is logged through our bound logger, the call returns and exactly one valid line comes out."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.exceptions import DropEvent

from tests.never_raises.recorder import LEVELS, NAMED, Recorder, valid
from tests.never_raises.specimens import SPECIMENS, failing, laughs, loud
from tests.never_raises.strategies import EXAMPLES, Recipe, container, exceptions, keywords, made, values

ASYNC = tuple(f"a{level}" for level in LEVELS)


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


def test_uuid_is_a_value() -> None:
    """The line says what was logged, not only that something was."""
    recorder = Recorder()
    order = uuid.UUID(int=7)
    assert {"order": str(order)} == recorder.call(recorder.log.info, "x", order=order)["payload"]
