"""Positional arguments, as `%` fits them."""

from __future__ import annotations

from collections import UserDict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from structlog.exceptions import DropEvent

from structlog_enrich import preset
from structlog_enrich.processors.message import interpolated

if TYPE_CHECKING:
    from collections.abc import Callable


class Hostile:
    """An object that fails whatever it is asked."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError

    def __str__(self) -> str:
        raise DropEvent

    __repr__ = __str__

    def __bool__(self) -> bool:
        raise RuntimeError


class Untrue(UserDict[str, int]):
    """A mapping without a truth."""

    def __bool__(self) -> bool:
        raise RuntimeError


FIT = [
    ("%s and %s", (1, 2), "1 and 2"),
    ("%d%%", (5,), "5%"),
    ("%(a)s", ({"a": 1},), "1"),
    ("%(a)s", (MappingProxyType({"a": 1}),), "1"),
    ("%s", ({},), "{}"),
    ("plain", (), "plain"),
    ("plain", ({"a": 1},), "plain"),
]
UNFIT = [
    ("100%", (1,)),
    ("%d", ("x",)),
    ("%s", (1, 2)),
    ("%s %s", (1,)),
    ("%(a)s", ({"b": 1},)),
    ("%s", (Hostile(),)),
    ("%(a)s", (Untrue(a=1),)),
    (5, (1,)),
    (None, (1,)),
    ("%s", [1]),
    ("%s", "text"),
    ("%s", Hostile()),
]


class TestInterpolated:
    """`interpolated`, in place."""

    @pytest.mark.parametrize(("message", "given", "expected"), FIT, ids=range(len(FIT)))
    def test_what_fits(self, message: str, given: Any, expected: str) -> None:
        """Arguments that fit are in the message and nowhere else."""
        assert {"event": expected} == interpolated({"event": message, "positional_args": given})

    @pytest.mark.parametrize(("message", "given"), UNFIT, ids=range(len(UNFIT)))
    def test_what_does_not(self, message: Any, given: Any) -> None:
        """Arguments that don't fit stay beside the message as it is, and nothing is raised."""
        event = interpolated({"event": message, "positional_args": given})

        assert (message, True) == (event["event"], event["positional_args"] is given)

    def test_without_a_message(self) -> None:
        """Arguments without a message stay."""
        assert {"positional_args": (1,)} == interpolated({"positional_args": (1,)})


class TestOnTheLine:
    """Under `structlog.stdlib.BoundLogger`, which leaves them to the chain."""

    def test_they_are_fitted(self, collect: Callable[..., Any]) -> None:
        """The message is whole and the payload has no arguments."""
        sink = collect(wrapper_class=structlog.stdlib.BoundLogger)
        sink.log.info("%s of %d", "one", 2, order_id="o-1")

        line = sink.line()
        assert ("one of 2", {"order_id": "o-1"}) == (line["message"], line["payload"])

    @pytest.mark.parametrize(("message", "given"), UNFIT[:6], ids=range(6))
    def test_what_does_not_fit(self, message: str, given: Any, collect: Callable[..., Any], validator: Any) -> None:
        """What doesn't fit is in the payload."""
        for wrapper in (structlog.stdlib.BoundLogger, None):
            sink = collect(preset(), wrapper)
            sink.log.info(message, *given)

            line = sink.line()
            validator.validate(line)
            assert message == line["message"]
            assert len(given) == len(line["payload"]["positional_args"])
