"""Where an event's exception and its stack come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog

from structlog_enrich import preset
from structlog_enrich.processors import ErrorDetails
from tests.processors.errors.raising import HERE, Shop, details, line_of, raised

if TYPE_CHECKING:
    from collections.abc import Callable


class TestWhereItComesFrom:
    """What the stage takes for the event's exception."""

    def test_exc_info_true(self) -> None:
        """The one that is being handled, with its traceback."""
        try:
            raise Shop("no funds")
        except Shop:
            error = details(exc_info=True)

        assert (f"{HERE}.Shop", "no funds") == (error["type"], error["message"])
        assert error["stack"].startswith("Traceback (most recent call last):\n")
        assert error["stack"].endswith(".Shop: no funds")

    def test_exc_info_an_exception(self) -> None:
        """An exception stands for itself, raised or not."""
        assert ("no", False) == (details(exc_info=Shop("no"))["message"], "stack" in details(exc_info=Shop("no")))
        assert "stack" in details(exc_info=raised(Shop("no")))

    def test_exc_info_a_tuple(self) -> None:
        """The tuple of `sys.exc_info()`."""
        error = raised(Shop("no"))

        assert details(exc_info=error) == details(exc_info=(type(error), error, error.__traceback__))

    def test_a_traceback_only_in_the_tuple(self) -> None:
        """A record that was carried along keeps its traceback when the exception has lost its own."""
        error = raised(Shop("no"))
        stack = error.__traceback__
        error.__traceback__ = None

        assert "in raised" in details(exc_info=(type(error), error, stack))["stack"]
        assert "stack" not in details(exc_info=(type(error), error, None))

    def test_a_tuple_without_traceback(self) -> None:
        """Without one in the tuple the exception's own is taken, for junk in its place too."""
        error = raised(Shop("no"))

        assert details(exc_info=error) == details(exc_info=(Shop, error, None)) == details(exc_info=(1, error, "x"))

    @pytest.mark.parametrize("nothing", [None, False, 0, "", (), (None, None, None)], ids=repr)
    def test_nothing(self, nothing: Any) -> None:
        """What says "none" leaves no error and no payload, even while one is being handled."""
        try:
            raise Shop
        except Shop:
            assert {"event": "x"} == ErrorDetails()(None, "error", {"event": "x", "exc_info": nothing})

    def test_true_outside_any_handler(self) -> None:
        """`exc_info=True` with nothing to report reports nothing."""
        assert {"event": "x"} == ErrorDetails()(None, "error", {"event": "x", "exc_info": True})

    @pytest.mark.parametrize("junk", ["yes", 1, ValueError, (1, 2), ("a", "b", "c"), [0], 1.5], ids=repr)
    def test_junk(self, junk: Any) -> None:
        """What isn't an exception is kept as payload when none is being handled, else asks for that one."""
        assert {"event": "x", "exc_info": junk} == ErrorDetails()(None, "error", {"event": "x", "exc_info": junk})
        try:
            raise Shop("active")
        except Shop:
            assert "active" == details(exc_info=junk)["message"]

    @pytest.mark.parametrize("name", ["exception", "exc"])
    def test_other_names(self, name: str) -> None:
        """`exception=` and `exc=` count when their value is an exception, and are payload otherwise."""
        assert "no" == details(**{name: Shop("no")})["message"]
        assert {"event": "x", name: "text"} == ErrorDetails()(None, "error", {"event": "x", name: "text"})
        assert {"event": "x", name: Shop} == ErrorDetails()(None, "error", {"event": "x", name: Shop})

    def test_the_order_of_names(self, validator: Any) -> None:
        """`exc_info` comes before `exception` and that before `exc`; the others stay payload."""
        line = line_of(validator, exc_info=Shop("1"), exception=Shop("2"), exc=Shop("3"))
        without = line_of(validator, exc_info=None, exception=Shop("2"), exc=Shop("3"))

        assert ("1", {"exception": f"{HERE}.Shop: 2", "exc": f"{HERE}.Shop: 3"}) == (
            line["error"]["message"],
            line["payload"],
        )
        assert ("2", {"exc": f"{HERE}.Shop: 3"}) == (without["error"]["message"], without["payload"])

    def test_error_is_the_callers(self, validator: Any) -> None:
        """`error=` is payload, beside an exception and without one, whatever it holds."""
        line = line_of(validator, error="theirs", exc_info=Shop("ours"))

        assert ("ours", {"error": "theirs"}) == (line["error"]["message"], line["payload"])
        assert {"error": f"{HERE}.Shop: theirs"} == line_of(validator, error=Shop("theirs"))["payload"]

    def test_an_event_without_any(self) -> None:
        """Other events pass untouched."""
        event = {"event": "paid", "error": "none"}

        assert event is ErrorDetails()(None, "info", event)
        assert {"event": "paid", "error": "none"} == event

    @pytest.mark.parametrize("name", ["exc_info", "exception", "exc"])
    def test_an_object_that_lies(self, name: str, validator: Any) -> None:
        """A `__class__` that says exception, or fails, isn't believed."""

        class Liar:
            @property
            def __class__(self) -> Any:
                return Shop

        class Failing:
            @property
            def __class__(self) -> Any:
                raise RuntimeError

        for value in (Liar(), Failing()):
            assert "error" not in line_of(validator, **{name: value})

    @pytest.mark.parametrize("where", [lambda value: value, lambda value: (value, value, value)], ids=["bare", "tuple"])
    def test_an_object_without_truth(self, where: Callable[[Any], Any], validator: Any) -> None:
        """A value that has no truth, as an array, or no equality, is kept and asked no more."""

        class Array:
            def __bool__(self) -> bool:
                raise ValueError

            def __eq__(self, other: object) -> bool:
                raise ValueError

            def __hash__(self) -> int:
                raise ValueError

        assert "exc_info" in line_of(validator, exc_info=where(Array()))["payload"]


class TestStackInfo:
    """`stack_info`, as in structlog."""

    def test_true(self, validator: Any) -> None:
        """The caller's stack is written as `stack`, without our own frames."""
        log = structlog.wrap_logger(structlog.ReturnLogger(), preset())
        line = orjson.loads(log.info("here", stack_info=True))

        validator.validate(line)
        assert line["payload"]["stack"].rstrip().endswith('line = orjson.loads(log.info("here", stack_info=True))')
        assert {"stack"} == line["payload"].keys()

    @pytest.mark.parametrize("nothing", [None, False])
    def test_none(self, nothing: Any, validator: Any) -> None:
        """What says "none" leaves nothing."""
        assert "payload" not in line_of(validator, stack_info=nothing)

    def test_text(self, validator: Any) -> None:
        """A stack that is text already, as in a logging record, is data."""
        assert {"stack_info": "Stack …"} == line_of(validator, stack_info="Stack …")["payload"]

    def test_beside_an_exception(self, validator: Any) -> None:
        """Both are written, each in its place."""
        line = line_of(validator, stack_info=True, exc_info=raised(Shop("no")))

        assert "Stack (most recent call last)" in line["payload"]["stack"]
        assert "Traceback" in line["error"]["stack"]

    def test_a_loader_that_breaks(self, validator: Any) -> None:
        """Reading source lines runs a module's loader; when that fails, the line says so and stands."""

        class Loader:
            def get_source(self, _name: str) -> str:
                raise RuntimeError("hunter2")

        module = {"__name__": "odd", "__loader__": Loader(), "line_of": line_of, "validator": validator, "Shop": Shop}
        program = "try:\n    raise Shop\nexcept Shop:\n    line = line_of(validator, stack_info=True, exc_info=True)\n"
        exec(compile(program, "no such file.py", "exec"), module)

        line: Any = module["line"]
        assert ["ErrorDetails:RuntimeError"] * 2 == line["faults"][:2]
        assert f"{HERE}.Shop" == line["error"]["type"]
        assert "hunter2" not in str(line)
