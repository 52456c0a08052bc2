"""What is written of an exception, of the chain behind it and of the members of a group."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from structlog.exceptions import DropEvent

from structlog_enrich.processors.description import describe_error
from tests.processors.errors.raising import HERE, Shop, details, line_of, raised


class TestDescription:
    """What is written of an exception."""

    def test_order(self, validator: Any) -> None:
        """The parts stand in the order of the contract."""
        inner = raised(KeyError("order"))
        error = ExceptionGroup("several", [Shop("a")])
        error.add_note("a note")

        line = line_of(validator, exc_info=raised(error, cause=inner))
        assert ["type", "message", "stack", "notes", "causes", "exceptions", "fingerprint"] == list(line["error"])

    def test_builtins_go_without_module(self) -> None:
        """A builtin has its plain name, others theirs with the module."""
        assert "KeyError" == details(exc=KeyError("order"))["type"]
        assert f"{HERE}.Shop" == details(exc=Shop())["type"]

    @pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, DropEvent])
    def test_what_is_no_exception(self, kind: type[BaseException], validator: Any) -> None:
        """What isn't an `Exception` is described as well."""
        assert "stop" == line_of(validator, exc_info=raised(kind("stop")))["error"]["message"]

    def test_a_syntax_error(self, validator: Any) -> None:
        """Its stack shows the place in the text, over several lines."""
        try:
            compile("def broken(:\n", "shop.py", "exec")
        except SyntaxError as error:
            line = line_of(validator, exc_info=error)

        assert "SyntaxError" == line["error"]["type"]
        assert "def broken(:" in line["error"]["stack"]

    def test_notes(self, validator: Any) -> None:
        """Notes are written in their order, on causes and members too."""
        cause, member, error = KeyError("k"), ValueError("v"), ExceptionGroup("g", [Shop()])
        member.add_note("of the member")
        cause.add_note("of the cause")
        error = ExceptionGroup("g", [member])
        error.add_note("one")
        error.add_note("two")

        written = line_of(validator, exc_info=raised(error, cause=cause))["error"]
        assert ["one", "two"] == written["notes"]
        assert ["of the cause"] == written["causes"][0]["notes"]
        assert ["of the member"] == written["exceptions"][0]["notes"]

    @pytest.mark.parametrize(
        ("given", "notes"),
        [(None, None), ([], None), (5, None), ("text", None), ([1, 2], None), ([1, "x"], ["x"]), ({"a": 1}, None)],
        ids=repr,
    )
    def test_hostile_notes(self, given: Any, notes: Any, validator: Any) -> None:
        """`__notes__` can be assigned anything; only texts are written, and never an empty list."""
        error = Shop("no")
        error.__notes__ = given

        assert notes == line_of(validator, exc_info=raised(error))["error"].get("notes")

    def test_failing_notes(self, validator: Any) -> None:
        """A property in place of the notes may fail; the error still has its type and the line its faults."""

        class Odd(Exception):
            @property
            def __notes__(self) -> Any:
                raise RuntimeError("hunter2")

        line = line_of(validator, exc_info=raised(Odd("no")))
        assert line["error"]["type"].endswith(".Odd")
        assert {"ErrorDetails:RuntimeError"} == set(line["faults"])
        assert "hunter2" not in str(line["faults"])

    def test_endless_notes(self, validator: Any) -> None:
        """Of a million notes the first sixteen are written."""
        error = Shop("no")
        error.__notes__ = [f"n{number}" for number in range(1_000_000)]

        assert [f"n{number}" for number in range(16)] == line_of(validator, exc_info=error)["error"]["notes"]

    def test_local_variables_are_never_written(self, validator: Any) -> None:
        """What a frame held stays there."""

        def pay() -> None:
            password = "".join(["hunt", "er2"])
            raise Shop(len(password))

        try:
            pay()
        except Shop:
            assert "hunter2" not in str(line_of(validator, exc_info=True))

    def test_the_exception_is_not_changed(self) -> None:
        """Describing leaves the exception as it was."""
        error = raised(Shop("no"), cause=KeyError("k"))
        before = (error.__cause__, error.__context__, error.__traceback__, error.args, dict(vars(error)))
        describe_error(error, error.__traceback__)

        assert before == (error.__cause__, error.__context__, error.__traceback__, error.args, dict(vars(error)))


class TestCauses:
    """The chain behind an exception."""

    def test_cause_and_context(self, validator: Any) -> None:
        """`from` makes a cause, a handler a context; nearest first, without their stacks."""
        try:
            try:
                try:
                    raise KeyError("order")
                except KeyError as first:
                    raise ValueError("bad") from first
            except ValueError:
                raise Shop("declined")  # noqa: B904 (the context is the point)
        except Shop:
            error = line_of(validator, exc_info=True)["error"]

        assert [
            {"type": "ValueError", "message": "bad", "relation": "context"},
            {"type": "KeyError", "message": "'order'", "relation": "cause"},
        ] == error["causes"]

    def test_a_suppressed_context(self) -> None:
        """`from None` hides it."""
        try:
            try:
                raise KeyError
            except KeyError:
                raise Shop from None
        except Shop:
            assert "causes" not in details(exc_info=True)

    @pytest.mark.parametrize("length", [1, 2, 3])
    def test_a_cycle(self, length: int, validator: Any) -> None:
        """A chain that runs in a circle is written once."""
        ring = [Shop(str(number)) for number in range(length)]
        for number, each in enumerate(ring):
            each.__cause__ = ring[(number + 1) % length]

        error = line_of(validator, exc_info=raised(ring[0]))["error"]
        assert [str(number) for number in range(1, length)] == [each["message"] for each in error.get("causes", [])]

    def test_a_cycle_behind_the_first(self, validator: Any) -> None:
        """Neither does one further back."""
        outer, first, second = Shop("0"), Shop("1"), Shop("2")
        outer.__cause__, first.__context__, second.__context__ = first, second, first

        assert ["1", "2"] == [each["message"] for each in line_of(validator, exc_info=outer)["error"]["causes"]]

    def test_a_chain_of_ten_thousand(self, validator: Any) -> None:
        """A long chain is bounded, and neither recurses nor renders it all."""
        error: BaseException = Shop("first")
        for number in range(10_000):
            error = raised(Shop(str(number)), cause=error)

        written = line_of(validator, exc_info=error)["error"]
        assert ("9999", "9998", 16) == (written["message"], written["causes"][0]["message"], len(written["causes"]))
        assert "in raised" in written["stack"]
        assert len(details(exc_info=error)["stack"]) < 10_000

    def test_a_chain_that_is_whole(self) -> None:
        """An ordinary chain is in the stack as the standard library writes it."""
        error = raised(Shop("outer"), cause=raised(KeyError("inner")))

        assert "".join(traceback.format_exception(error)).rstrip("\n") == details(exc_info=error)["stack"]


class TestGroups:
    """Exception groups."""

    def test_members(self, validator: Any) -> None:
        """Members are written in their order, with no stack of their own."""
        group = ExceptionGroup("two", [ValueError("v"), Shop("s")])

        error = line_of(validator, exc_info=raised(group))["error"]
        assert "two (2 sub-exceptions)" == error["message"]
        assert [{"type": "ValueError", "message": "v"}, {"type": f"{HERE}.Shop", "message": "s"}] == error["exceptions"]

    def test_a_wide_group(self, validator: Any) -> None:
        """Sixteen members are enough; the stack doesn't hold the others either."""
        group = raised(ExceptionGroup("wide", [ValueError(str(number)) for number in range(100_000)]))

        error = line_of(validator, exc_info=group)["error"]
        assert [str(number) for number in range(16)] == [each["message"] for each in error["exceptions"]]
        assert len(error["stack"]) < 10_000

    @pytest.mark.parametrize("depth", [2, 4, 5, 100, 5_000])
    def test_a_deep_group(self, depth: int, validator: Any) -> None:
        """Four groups deep is enough, and the deepest is no reason to recurse without end."""
        error: Exception = ValueError("inside")
        for number in range(depth):
            error = ExceptionGroup(str(number), [error])

        written, levels = line_of(validator, exc_info=raised(error))["error"], 0
        while "exceptions" in written:
            (written,), levels = written["exceptions"], levels + 1
        assert min(depth, 4) == levels

    def test_a_group_of_base_exceptions(self, validator: Any) -> None:
        """A group may hold what isn't an `Exception`."""
        error = line_of(validator, exc_info=BaseExceptionGroup("b", [KeyboardInterrupt(), Shop()]))["error"]

        assert ["KeyboardInterrupt", f"{HERE}.Shop"] == [each["type"] for each in error["exceptions"]]

    def test_a_group_as_a_cause(self, validator: Any) -> None:
        """A cause that is a group has its members."""
        error = line_of(validator, exc_info=raised(Shop(), cause=ExceptionGroup("g", [ValueError("v")])))["error"]

        assert [{"type": "ValueError", "message": "v"}] == error["causes"][0]["exceptions"]
