"""What is said of an exception, its causes and its members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from structlog_enrich import bound_logger, preset
from structlog_enrich.processors.description import describe_error
from structlog_enrich.schema.models import Error, Line

if TYPE_CHECKING:
    from collections.abc import Callable


def caused(error: Exception, *causes: Exception) -> Exception:
    """Return *error* with a chain of causes."""
    current: BaseException = error
    for cause in causes:
        current.__cause__ = cause
        current = cause
    return error


class TestMembers:
    """Members of a group."""

    def test_a_member_has_its_causes(self) -> None:
        """Each member is described as the error itself is, its causes included."""
        group = ExceptionGroup("g", [caused(ValueError("a"), KeyError("b")), TypeError("c")])
        first, second = describe_error(group)["exceptions"]
        assert [{"type": "KeyError", "message": "'b'", "relation": "cause"}] == first["causes"]
        assert {"type": "TypeError", "message": "c"} == second

    def test_a_wide_and_deep_group_is_bounded(self) -> None:
        """Sixteen to the power of four members, each with causes, are not all described."""

        def group(depth: int) -> Exception:
            if not depth:
                return caused(ValueError("x"), *(KeyError(number) for number in range(10)))
            return ExceptionGroup("g", [group(depth - 1)] * 16)

        cuts: list[str] = []
        details = describe_error(group(4), None, cuts)
        assert 256 >= str(details).count("'type'") - 1 > 200
        assert any(cut.endswith(":max_exceptions") for cut in cuts)
        Error.model_validate(details)


class TestCuts:
    """What isn't written is named."""

    def test_each_bound(self) -> None:
        """Members, depth, causes and notes, each by its path."""
        wide = ExceptionGroup("g", [ValueError(number) for number in range(17)])
        deep: Exception = ValueError("x")
        for _ in range(5):
            deep = ExceptionGroup("g", [deep])
        noted = ValueError("x")
        noted.__notes__ = [str(number) for number in range(17)]
        for error, expected in (
            (wide, "error.exceptions:max_exceptions"),
            (deep, "error.exceptions[0].exceptions[0].exceptions[0].exceptions[0].exceptions:max_exceptions"),
            (caused(ValueError("x"), *(KeyError(number) for number in range(17))), "error.causes:max_causes"),
            (noted, "error.notes:max_notes"),
        ):
            cuts: list[str] = []
            describe_error(error, None, cuts)
            assert [expected] == cuts

    def test_at_the_bound_nothing_is(self) -> None:
        """Sixteen of each are all written."""
        error = ExceptionGroup("g", [ValueError(number) for number in range(16)])
        error.__notes__ = ["n"] * 16
        cuts: list[str] = []
        details = describe_error(caused(error, *(KeyError(number) for number in range(16))), None, cuts)
        assert ([], 16, 16, 16) == (cuts, *(len(details[name]) for name in ("notes", "causes", "exceptions")))

    def test_on_the_line(self, collect: Callable[..., Any]) -> None:
        """`truncated` names them beside what the limits cut."""
        sink = collect()
        error = ExceptionGroup("g", [ValueError(number) for number in range(17)])
        sink.log.error("failed", exc_info=error, note="x" * 10_000)
        (line,) = sink.lines()
        assert ["error.exceptions:max_exceptions", "payload.note:max_string"] == line["truncated"]
        Line.model_validate(line)


class TestFaults:
    """An exception whose own code logs."""

    def test_each_line_has_its_own(self, collect: Callable[..., Any]) -> None:
        """What failed before stays with the line it failed for."""

        def broken(logger: Any, method_name: str, event_dict: Any) -> Any:
            raise LookupError

        sink = collect(preset(extra=[broken]), bound_logger())

        class Talking(Exception):
            def __str__(self) -> str:
                sink.log.info("inner")
                return "talking"

        class Fitted:
            def __str__(self) -> str:
                sink.log.info("inner")
                return "fitted"

        sink.log.error("outer", exc_info=Talking())
        structlog.wrap_logger(sink.log._logger, sink.log._processors, structlog.stdlib.BoundLogger).info(  # noqa: SLF001
            "outer %s", Fitted()
        )
        assert [1] * 4 == [len(line["faults"]) for line in sink.lines()]


class TestCircles:
    """Exceptions that refer to each other."""

    def test_a_group_that_is_the_context_of_its_member(self) -> None:
        """Each is described once: frameworks that unwrap a group leave such a circle behind."""
        member = ValueError("no")
        group = ExceptionGroup("both", [member, KeyError("k")])
        member.__context__ = group
        group.__context__ = member

        assert [("ExceptionGroup", ["KeyError"])] == [
            (cause["type"], [each["type"] for each in cause["exceptions"]])
            for cause in describe_error(member)["causes"]
        ]
        described = describe_error(group)
        assert ["ValueError"] == [each["type"] for each in described["causes"]]
        assert ["KeyError"] == [each["type"] for each in described["exceptions"]]

    def test_groups_in_causes_count(self) -> None:
        """Groups behind causes are as many deep as groups in groups: four, and the cut is named."""
        error: Exception = ValueError("innermost")
        for number in range(50):
            group = ExceptionGroup(f"group {number}", [error])
            error = RuntimeError(number)
            error.__cause__ = group
        cuts: list[str] = []
        described = describe_error(error, cuts=cuts)
        depth = 0
        while described.get("causes", described.get("exceptions")):
            described = (described.get("causes") or described["exceptions"])[0]
            depth += 1

        assert 9 == depth
        assert 1 == len(cuts)
        assert cuts[0].endswith(".exceptions:max_exceptions")
