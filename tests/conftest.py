"""What every test stands on: global state put back, a sink that keeps its lines, a Python of its own."""

from __future__ import annotations

import gc
import io
import logging
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator

from structlog_enrich import bound_logger, preset
from structlog_enrich.resource.environment import PREFIX, SPEAKERS
from structlog_enrich.said import SAID
from structlog_enrich.schema import json_schema
from structlog_enrich.setup.configuring import undo_current
from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.seen import SEEN

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from structlog.typing import Processor

_TIMEOUT = 60.0

# How fast the machine is says nothing about the code. In CI the examples are the same on every run.
settings.register_profile(
    "project",
    settings.get_profile("ci" if "CI" in os.environ else "default"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")

# What depends neither on the interpreter nor on the versions of others is tested by CI's first run alone.
_ONCE = (
    "benchmarks/",
    "delivery/policies/",
    "delivery/rows/test_account.py",
    "delivery/rows/test_descriptors.py",
    "delivery/rows/test_disks.py",
    "delivery/rows/test_files.py",
    "delivery/rows/test_full.py",
    "delivery/rows/test_lines.py",
    "delivery/rows/test_memory.py",
    "delivery/rows/test_mistakes.py",
    "delivery/rows/test_power.py",
    "delivery/test_model.py",
    "demo/test_demo_canaries.py",
    "delivery/rows/test_mistakes.py",
    "demo/test_demo_proofs.py",
    "demo/test_demo_report.py",
    "demo/test_demo_table.py",
    "demo/test_demo_testimony.py",
    "demo/test_demo_tree.py",
    "demo/test_demo_visits.py",
    "redaction/",
    "test_conventions.py",
    "test_portable.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is tested once."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).as_posix().startswith(_ONCE):
            item.add_marker("once")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the garbage collector pass over what stays until the end anyway: it is most of what there is to look at."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


class Collected:
    """Log into memory through a chain, and read back what was written.

    `log` is the logger; `lines()` decodes what it wrote and `raw()` is the very bytes.
    """

    def __init__(self, processors: Sequence[Processor], wrapper_class: type[Any]) -> None:
        self._sink = io.BytesIO()
        wrapped = structlog.BytesLogger(self._sink)
        proxy = structlog.wrap_logger(wrapped, processors, wrapper_class, context_class=dict)
        self.log: Any = proxy.bind()

    def raw(self) -> bytes:
        """Return the bytes written so far."""
        return self._sink.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines written so far, decoded."""
        return [orjson.loads(line) for line in self.raw().splitlines()]

    def line(self) -> dict[str, Any]:
        """Return the one line written so far; several or none is an error."""
        (line,) = self.lines()
        return line


@pytest.fixture
def collect() -> Callable[..., Collected]:
    """Return a function that starts a `Collected`: `collect(preset(…), wrapper_class=…)`.

    Both have defaults: the chain of `preset(service="tests")` and our own bound logger without a minimum level.
    """

    def start(processors: Sequence[Processor] | None = None, wrapper_class: type[Any] | None = None) -> Collected:
        chain = preset(service="tests") if processors is None else processors
        return Collected(chain, bound_logger() if wrapper_class is None else wrapper_class)

    return start


@pytest.fixture(scope="session")
def validator() -> Draft202012Validator:
    """Return a validator of lines against the published JSON Schema."""
    return Draft202012Validator(json_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.fixture(scope="session")
def run_python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a program's text in a fresh interpreter and fails when that does.

    Keywords go to `subprocess.run`; `check=False` accepts any exit code.
    """

    def run(program: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        check = options.pop("check", True)
        given = {"capture_output": True, "encoding": "utf-8", "timeout": _TIMEOUT, **options}
        done = subprocess.run([sys.executable, "-c", program, *arguments], check=False, **given)
        assert not check or done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let coverage follow no child: they take twice as long so, and may inherit a lock of its that is held."""
    for name in [each for each in os.environ if each.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def untraced() -> Iterator[None]:
    """Let coverage look away while time is weighed: its share of a step is larger than the step's."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


class Terminal:
    """A terminal, and what is shown on it; `file` is open for writing to it."""

    def __init__(self, columns: int) -> None:
        self._ours, theirs = os.openpty()
        self.file = os.fdopen(theirs, "w", encoding="utf-8")
        self.resize(columns)

    def resize(self, columns: int) -> None:
        """Make it so many columns wide."""
        import termios  # noqa: PLC0415 (not on every system)

        termios.tcsetwinsize(self.file.fileno(), (24, columns))

    def shown(self) -> str:
        """Close it, and return what was written to it."""
        self.file.close()
        found = b""
        # An error is how Linux ends a terminal whose other side was closed.
        with suppress(OSError):
            while more := os.read(self._ours, 65_536):
                found += more
        return found.decode().replace("\r\n", "\n")

    def close(self) -> None:
        """Leave nothing behind."""
        self.file.close()
        os.close(self._ours)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Return a function that opens a terminal, 200 columns wide or as wide as is asked for, until the test ends."""
    if not hasattr(os, "openpty"):
        pytest.skip("this system has no pseudo-terminals")
    opened: list[Terminal] = []

    def start(columns: int = 200) -> Terminal:
        opened.append(Terminal(columns))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let what is started obey Ctrl-C, which it doesn't where a shell has put these tests into the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _naming() -> frozenset[str]:
    sources = {source for speaker in SPEAKERS for each in speaker.sources.values() for source in each}
    signs = {name for speaker in SPEAKERS for sign in speaker.signs for name in sign}
    parts = {part for source in sources for part in source.partition(" ")[0].split("/")}
    return frozenset({f"{PREFIX}TAGS", f"{PREFIX}FLAGS"} | signs | parts)


_NAMING = _naming()


@pytest.fixture(autouse=True)
def _nameless_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out of the environment whatever names a service, so that a CI's own variables are on no line."""
    for name in _NAMING & os.environ.keys():
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _global_state() -> Iterator[None]:
    """Give each test structlog, its context, the current trace and standard logging as they are at start-up."""
    with _logging_restored():
        _forget()
        yield
        _forget()


def _forget() -> None:
    undo_current()
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    CURRENT.set(None)
    SEEN.set(None)
    SAID.set(None)


@contextmanager
def _logging_restored() -> Iterator[None]:
    root, manager = logging.getLogger(), logging.getLogger().manager
    disabled, last_resort, raising = manager.disable, logging.lastResort, logging.raiseExceptions
    before = {each: _state(each) for each in (root, *_loggers(manager))}
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        manager.disable, logging.lastResort, logging.raiseExceptions = disabled, last_resort, raising
        for each in (root, *_loggers(manager)):
            handlers, filters, each.level, each.propagate, each.disabled = before.get(each, ((), (), 0, True, False))
            each.handlers[:], each.filters[:] = handlers, filters
        # All loggers forget what they remember about being enabled: once is enough, for there are many after each test.
        root.setLevel(root.level)


def _loggers(manager: logging.Manager) -> list[logging.Logger]:
    return [each for each in manager.loggerDict.values() if isinstance(each, logging.Logger)]


def _state(logger: logging.Logger) -> tuple[tuple[Any, ...], tuple[Any, ...], int, bool, bool]:
    return tuple(logger.handlers), tuple(logger.filters), logger.level, logger.propagate, logger.disabled
