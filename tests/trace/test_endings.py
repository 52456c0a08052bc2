"""What it means for a span that an exception ended it."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest

from structlog_enrich import entry, span
from structlog_enrich.trace.endings import judged


class Cancelled(BaseException):
    """What another loop than asyncio's cancels with."""


class Stopped(asyncio.CancelledError):
    """What a team derived from a cancellation."""


class Rude(BaseException):
    """What is neither an error nor a cancellation."""


class Meta(type):
    """Fail when asked what the class is called."""

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError


class Hostile(BaseException, metaclass=Meta):
    """Fail when asked for the class or the code."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError


class HostileExit(SystemExit):
    """Fail when asked for the code."""

    @property
    def code(self) -> Any:
        raise RuntimeError


def ended_by(written: Any, error: BaseException, begin: Any = span) -> dict[str, Any]:
    """Return the line that ends a span when *error* leaves it; the very same must come out."""
    try:
        with begin("x"):
            raise error
    except BaseException as raised:
        # pytest's own way asks it for its class, which may fail.
        assert error is raised  # noqa: PT017
    line: dict[str, Any] = written.line()
    return line


class TestFailures:
    """What is an error is recorded, and goes on unchanged."""

    @pytest.mark.parametrize(
        ("kind", "argument"),
        [
            (ValueError, "no funds"),
            (StopIteration, 5),
            (SystemExit, 1),
            (SystemExit, "told why"),
            (SystemExit, ""),
            (SystemExit, []),
            (HostileExit, 2),
            (Rude, "x"),
            (Hostile, "x"),
        ],
        ids=["error", "stop", "code", "text", "empty text", "list", "hostile code", "rude", "hostile"],
    )
    @pytest.mark.parametrize("begin", [span, entry])
    def test_described(self, kind: Any, argument: Any, begin: Any, written: Any) -> None:
        """The line is an error with the exception in it."""
        line = ended_by(written, kind(argument), begin)

        assert ("error", "error", None) == (line["level"], line["span"]["status"], line["span"].get("outcome"))
        assert line["error"]["type"].endswith((type.__dict__["__name__"].__get__(kind), "object"))

    @pytest.mark.parametrize(
        "error",
        [
            ExceptionGroup("several", [ValueError("a"), KeyError("b")]),
            BaseExceptionGroup("mixed", [KeyboardInterrupt(), ValueError("a")]),
        ],
        ids=repr,
    )
    def test_groups(self, error: BaseException, written: Any) -> None:
        """A group is a failure with its members, unless all of them are cancellations."""
        line = ended_by(written, error)

        assert ("error", 2) == (line["span"]["status"], len(line["error"]["exceptions"]))

    @pytest.mark.parametrize("error", [TimeoutError("late"), type("Late", (TimeoutError,), {})()])
    def test_timeout(self, error: Exception, written: Any) -> None:
        """One that says time is up is a failure with that outcome."""
        line = ended_by(written, error)

        assert ("error", "error", "timeout") == (line["level"], line["span"]["status"], line["span"]["outcome"])

    def test_the_word_that_was_set_wins(self, written: Any) -> None:
        """Who knows better says so before."""
        one = span("x")
        one.outcome, one.status, one.level = "worker_lost", "ok", "warning"
        with pytest.raises(TimeoutError), one:
            raise TimeoutError
        line = written.line()

        assert ("worker_lost", "ok", "warning") == (line["span"]["outcome"], line["span"]["status"], line["level"])
        assert "TimeoutError" == line["error"]["type"]

    def test_nothing_is_added_to_it(self, written: Any) -> None:
        """Its traceback, its context and its cause are as without the span, whatever the chain does meanwhile."""

        def broken(_logger: Any, _name: str, _event: Any) -> Any:
            raise RuntimeError

        def frames(begin: Any) -> tuple[list[str], Any, Any]:
            try:
                if begin is None:
                    raise ValueError("no")
                with begin("x"):
                    raise ValueError("no")
            except ValueError as error:
                names = [each.name for each in traceback.extract_tb(error.__traceback__)]
                return names, error.__context__, error.__cause__

        written.configure(extra=[broken])

        assert frames(None) == frames(span) == frames(entry)
        assert (["frames"], None, None) == frames(span)

    def test_an_error_of_the_one_before(self, written: Any) -> None:
        """An exception that was handled before doesn't get onto the line of a span that went well."""
        try:
            raise ValueError("handled")
        except ValueError:
            with span("x"):
                pass

        assert "error" not in written.line()


class TestNoFailures:
    """What ends a span without being an error."""

    @pytest.mark.parametrize(
        "error",
        [
            asyncio.CancelledError(),
            Cancelled(),
            Stopped(),
            KeyboardInterrupt(),
            BaseExceptionGroup("nursery", [Cancelled(), BaseExceptionGroup("inner", [Stopped(), KeyboardInterrupt()])]),
        ],
        ids=repr,
    )
    def test_cancellations(self, error: BaseException, written: Any) -> None:
        """They have an outcome, and no error."""
        line = ended_by(written, error)

        assert ("info", "ok", "cancelled") == (line["level"], line["span"]["status"], line["span"]["outcome"])
        assert "error" not in line

    @pytest.mark.parametrize(
        "error",
        [GeneratorExit(), SystemExit(), SystemExit(None), SystemExit(0), SystemExit(False)],  # noqa: FBT003
        ids=repr,
    )
    def test_ordinary_ends(self, error: BaseException, written: Any) -> None:
        """Closing a generator and exiting with success are as if nothing had been raised."""
        line = ended_by(written, error)

        assert ("info", "ok", None) == (line["level"], line["span"]["status"], line["span"].get("outcome"))
        assert "error" not in line

    def test_a_task_that_is_cancelled(self, written: Any) -> None:
        """It stays cancelled, and its span says so."""

        async def work() -> None:
            async with span("work"):
                await asyncio.Event().wait()

        async def main() -> bool:
            task = asyncio.create_task(work())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            return task.cancelled()

        assert asyncio.run(main())
        assert "cancelled" == written.line()["span"]["outcome"]

    def test_a_time_limit(self, written: Any) -> None:
        """Inside the limit the work is cancelled, outside it time is up."""

        async def main() -> None:
            with span("outside"):
                async with asyncio.timeout(0):
                    with span("inside"):
                        await asyncio.Event().wait()

        with pytest.raises(TimeoutError):
            asyncio.run(main())

        assert {"inside": ("cancelled", "ok"), "outside": ("timeout", "error")} == {
            line["message"]: (line["span"]["outcome"], line["span"]["status"]) for line in written.lines()
        }

    def test_a_word_that_was_set(self, written: Any) -> None:
        """It wins here too."""
        one = span("x")
        one.outcome = "revoked"
        with pytest.raises(KeyboardInterrupt), one:
            raise KeyboardInterrupt

        assert "revoked" == written.line()["span"]["outcome"]


class TestJudged:
    """`judged`, which reads types only."""

    def test_it_returns_the_very_failure(self) -> None:
        """Not a copy."""
        error = Hostile()

        assert error is judged(error)[0]
