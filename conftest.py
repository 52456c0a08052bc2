"""Run what the documentation shows: README, the site's pages and the package's docstrings.

On a page, a block `python` is executed as a file of its own, a block `pycon` as a session at the prompt. What a
`python` block prints, the next block must show: `json` is compared as JSON, in the order of its keys, and `text` letter
by letter, but for the rest of a row that ends in `[…]`, and for the rows that a `[…]` alone stands for. A block that
prints what no block shows fails.

A block whose first row names a file, as `# shop/urls.py` does, is that module for the blocks below it, which import
from it; what it prints is shown with what the next block without a name prints. In `docs/getting-started/`
standard output is a terminal without colours, as for someone who tries what a page says; elsewhere it isn't.

Each page has a context, a process state, a standard output and a configuration of structlog, of `logging` and of Django
of its own. The clock stands still, the ids and what spans take are the same on every run, and `preset()` sees an empty
environment, so a page can show them. Facts of the machine (`_MACHINE`) need only be of the same kind.
"""

from __future__ import annotations

import contextvars
import datetime
import doctest
import io
import itertools
import json
import linecache
import logging
import os
import random
import re
import sys
import types
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import pytest
import structlog
import time_machine
from sybil import Sybil
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.parsers.doctest import DocTestParser
from sybil.parsers.markdown import CodeBlockParser

from structlog_enrich import process
from structlog_enrich.resource import detect
from structlog_enrich.testing import reset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sybil import Document, Example, Region

    from structlog_enrich.resource import Detection

    Evaluate = Callable[[Example], str | None]

_NOW: Final = datetime.datetime(2026, 11, 22, 4, 48, 0, 123, tzinfo=datetime.UTC)
_MACHINE: Final = ("host", "process_id", "thread_id", "runtime")
_PAGE: Final = "_page"
_FILE: Final = "shop.py"
"""The name of the file that a block without a name stands for; a traceback shows it."""
_NAME: Final = re.compile(r"# ([\w./]+)\.py\n")
_LEFT_OUT: Final = "[…]"
_TERMINAL: Final = "getting-started"
_LIKES: Final = (
    *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "PY_COLORS", "PYTHON_COLORS"),
    *("TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"),
)


@pytest.fixture(autouse=True)
def _any_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out of the environment how a developer, or a CI, likes terminals, so that all see the same results."""
    for name in _LIKES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


class _Page:
    """Hold what one page may change and no other may see."""

    def __init__(self) -> None:
        self.context: Final = contextvars.Context()
        self.done: Final[set[int]] = set()
        self.stdout: Final = _StandardOutput()
        self.modules: Final[list[tuple[str, str]]] = []
        self.printed = ""
        self._state: Final = process.current()
        self._loggers: Final = {each: _of_logger(each) for each in _loggers()}
        structlog.reset_defaults()
        self.randbytes: Final = random.Random(0).randbytes  # noqa: S311 (the same ids on every run is the point)
        # Each look at it is a little later.
        self.clock: Final = itertools.count(0, 1_500_000).__next__
        with mock.patch("os.urandom", self.randbytes):
            process.state = process.ProcessState()

    def close(self) -> None:
        """Leave everything as it was."""
        reset()
        process.state = self._state
        for each in _loggers():
            each.handlers[:], level, each.propagate = self._loggers.get(each, ([], logging.NOTSET, True))
            each.setLevel(level)
        for name, file in self.modules:
            sys.modules.pop(name, None)
            linecache.cache.pop(file, None)
        # Who wrote a traceback of his own may have taken another file for it.
        linecache.cache.pop(_FILE, None)
        if (django := sys.modules.get("django.conf")) is not None:
            django.settings._wrapped = django.empty  # noqa: SLF001 (Django lets nobody configure it twice)
        if (urls := sys.modules.get("django.urls")) is not None:
            urls.clear_url_caches()


def _loggers() -> list[logging.Logger]:
    named = logging.root.manager.loggerDict.values()
    return [logging.root, *(each for each in named if isinstance(each, logging.Logger))]


def _of_logger(logger: logging.Logger) -> tuple[list[logging.Handler], int, bool]:
    return list(logger.handlers), logger.level, logger.propagate


class _StandardOutput(io.StringIO):
    """Be a terminal or not."""

    is_terminal = False

    def isatty(self) -> bool:
        return self.is_terminal


def _detect_nowhere(given: dict[str, str | None]) -> Detection:
    return detect(given, environ={}, root="/nowhere")


def _open(namespace: dict[str, Any]) -> None:
    namespace[_PAGE] = _Page()
    namespace["__name__"] = "__main__"


def _close(namespace: dict[str, Any]) -> None:
    namespace[_PAGE].close()


def _on_page(evaluate: Evaluate) -> Evaluate:
    def evaluate_on_page(example: Example) -> str | None:
        page: _Page = example.namespace[_PAGE]
        # An example that is run alone, by its id or by a worker of xdist, needs what stands above it.
        for earlier in example.document:
            if earlier.start < example.start and earlier.start not in page.done:
                earlier.evaluate()
        page.done.add(example.start)
        page.stdout.is_terminal = Path(example.path).parent.name == _TERMINAL
        with (
            time_machine.travel(_NOW, tick=False),
            mock.patch.dict(os.environ, {"NO_COLOR": "1"} if page.stdout.is_terminal else {}),
            mock.patch("os.urandom", page.randbytes),
            mock.patch("time.perf_counter_ns", page.clock),
            mock.patch("structlog_enrich.preset.detect", _detect_nowhere),
            # A part of `enrichment`, which no page should have to follow.
            mock.patch("structlog_enrich.preset.__version__", "0.1.0"),
            mock.patch("structlog_enrich.setup.configuring.__version__", "0.1.0"),
        ):
            return page.context.run(evaluate, example)

    return evaluate_on_page


def _execute(example: Example) -> str | None:
    page: _Page = example.namespace[_PAGE]
    named = _NAME.match(example.parsed)
    file = f"{named[1]}.py" if named else _FILE
    namespace = _module(page, file, example.parsed) if named else example.namespace
    code = compile(example.parsed, file, "exec", dont_inherit=True)
    # One for the whole page: `configure()` keeps the one it found.
    with redirect_stdout(page.stdout):
        exec(code, namespace)  # noqa: S102 (what this file is for)
    below = [region.evaluator in _COMPARISONS for start, region in example.document.regions if start > example.start]
    compared = below[:1] == [True]
    if named and any(below) and not compared:
        return None
    page.printed = page.stdout.getvalue()
    page.stdout.truncate(page.stdout.seek(0))
    if page.printed and not compared:
        return f"the page doesn't show what this block prints:\n{page.printed}"
    if compared and not page.printed:
        return "the page shows what this block should print, and it prints nothing"
    return None


def _module(page: _Page, file: str, source: str) -> dict[str, Any]:
    name = file.removesuffix(".py").replace("/", ".")
    page.modules.append((name, file))
    sys.modules[name] = types.ModuleType(name)
    # A traceback shows rows of it, as it would of a file.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return vars(sys.modules[name])


def _compare_text(example: Example) -> str | None:
    printed = _taken(example).rstrip()
    shown = "\n".join(map(_pattern, str(example.parsed).rstrip().splitlines()))
    return None if not printed or re.fullmatch(shown, printed) else f"the block above prints:\n{printed}"


def _pattern(row: str) -> str:
    if row.strip() == _LEFT_OUT:
        return "(?s:.+)"
    return re.escape(row.removesuffix(_LEFT_OUT)) + (".*" if row.endswith(_LEFT_OUT) else "")


def _compare_json(example: Example) -> str | None:
    printed = _taken(example)
    if not printed:
        # A sample that no block made; `tests/test_docs.py` validates it.
        return None
    shown = list(_objects(example.parsed))
    lines = [json.loads(line) for line in printed.splitlines()]
    for line, expected in zip(lines, shown, strict=False):
        for name in _MACHINE:
            if name in expected and type(expected[name]) is type(line.get(name)):
                line[name] = expected[name]
        if "context" in expected and line.get("context") == expected["context"]:
            # The one object whose order is unspecified.
            line["context"] = expected["context"]
    return None if json.dumps(shown) == json.dumps(lines) else f"the block above prints:\n{printed}"


def _taken(example: Example) -> str:
    page: _Page = example.namespace[_PAGE]
    printed, page.printed = page.printed, ""
    return printed


def _objects(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    while text := text.strip():
        found, end = decoder.raw_decode(text)
        yield found
        text = text[end:]


_as_json: Final = _on_page(_compare_json)
_as_text: Final = _on_page(_compare_text)
_COMPARISONS: Final = (_as_json, _as_text)
_run_at_prompt: Final = _on_page(DocTestEvaluator(doctest.ELLIPSIS))


def _sessions(document: Document) -> Iterable[Region]:
    for block in CodeBlockParser("pycon", _run_at_prompt)(document):
        for example in DocTestStringParser()(block.parsed, document.path):
            example.adjust(block, block.parsed)
            example.evaluator = _run_at_prompt
            yield example


def _docstrings(document: Document) -> Iterable[Region]:
    for example in DocTestParser(doctest.ELLIPSIS)(document):
        example.evaluator = _run_at_prompt
        yield example


_pages = Sybil(
    parsers=[
        CodeBlockParser("python", _on_page(_execute)),
        CodeBlockParser("json", _as_json),
        CodeBlockParser("text", _as_text),
        _sessions,
    ],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    fixtures=["_any_terminal"],
    setup=_open,
    teardown=_close,
)
_package = Sybil(
    parsers=[_docstrings],
    path="structlog_enrich",
    patterns=["*.py"],
    fixtures=["_any_terminal"],
    setup=_open,
    teardown=_close,
)

pytest_collect_file = (_pages + _package).pytest()
