"""One run of the demo, for all the tests that look at what comes of it."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from structlog_enrich.demo.performance import Run, perform
from structlog_enrich.demo.shoppers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def performed() -> Run:
    """Return what came of a run: two real processes, all the requests. Nobody may change it."""
    return asyncio.run(perform())


@pytest.fixture(autouse=True)
def _unmeasured_children(unmeasured: None) -> None:
    """Let coverage measure the services in that run alone."""


@pytest.fixture
def run(performed: Run) -> Run:
    """Return the same with lists of its own, to be broken."""
    return dataclasses.replace(performed, answers=list(performed.answers), written=list(performed.written))


@pytest.fixture
def lines(performed: Run) -> list[dict[str, Any]]:
    """Return its lines decoded, to be broken."""
    return [orjson.loads(each) for each in performed.written]


@pytest.fixture
def first() -> Callable[..., Any]:
    """Return a function that finds the first of several things for which a condition holds."""

    def found(things: list[Any], condition: Callable[[Any], object]) -> Any:
        return next(each for each in things if condition(each))

    return found


@pytest.fixture
def unanswered() -> Callable[..., list[Answer]]:
    """Return a function for answers as they are when nothing came back to those for which a condition holds."""

    def made(answers: list[Answer], condition: Callable[[Answer], object]) -> list[Answer]:
        return [Answer(each.visit, 0, trouble="ReadError") if condition(each) else each for each in answers]

    return made
