"""The kit as fixtures of pytest.

It does nothing unless asked for: write `pytest_plugins = ["structlog_enrich.testing.plugin"]` in the `conftest.py` at
the root of your tests, or start pytest with `-p structlog_enrich.testing.plugin`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest

from structlog_enrich.processors.console import ConsoleRenderer
from structlog_enrich.testing.captured import Captured
from structlog_enrich.testing.capturing import captured_lines
from structlog_enrich.testing.clock import fake_clock
from structlog_enrich.testing.ids import fake_ids
from structlog_enrich.testing.state import reset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog_enrich.process import ProcessState
    from structlog_enrich.testing.clock import FakeClock

__all__ = [
    "enriched_clock",
    "enriched_ids",
    "enriched_logs",
    "enriched_reset",
    "pytest_runtest_makereport",
]

_LINES: Final = pytest.StashKey[Captured]()


@pytest.fixture
def enriched_logs(request: pytest.FixtureRequest) -> Iterator[Captured]:
    """Capture every line that the configured chain finishes during the test; shown as on a console when it fails."""
    _reset_first(request)
    with captured_lines() as lines:
        request.node.stash[_LINES] = lines
        yield lines


@pytest.fixture
def enriched_clock() -> Iterator[FakeClock]:
    """Have lines and spans read a clock that stands still until the test moves it."""
    with fake_clock() as clock:
        yield clock


@pytest.fixture
def enriched_ids(request: pytest.FixtureRequest) -> Iterator[ProcessState]:
    """Have lines and spans carry the same ids on every run."""
    _reset_first(request)
    with fake_ids() as state:
        yield state


@pytest.fixture
def enriched_reset() -> Iterator[None]:
    """Put structlog's and the library's global state back before the test and after it."""
    reset()
    yield
    reset()


def _reset_first(request: pytest.FixtureRequest) -> None:
    # In whichever order a test asks for them: the reset would undo what it comes after.
    if enriched_reset.__name__ in request.fixturenames:
        request.getfixturevalue(enriched_reset.__name__)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> None:
    """Show what was captured beside what was printed, for a test that fails."""
    lines = item.stash.get(_LINES, None)
    # What no stage finished is no line; the test has failed for it.
    if lines is not None and call.when == "call" and (written := lines.written):
        lines_written = written.removesuffix(b"\n").split(b"\n")
        item.add_report_section("call", "log lines", "\n".join(map(_readable, lines_written)) + "\n")


def _readable(line: bytes) -> str:
    # As on a console: of a line's header a person reads little. What is no line of ours is shown as it is.
    with suppress(Exception):
        found = orjson.loads(line)
        if "schema_version" in found:
            return str(ConsoleRenderer(colors=False)(None, "info", found))
    return line.decode(errors="replace")
