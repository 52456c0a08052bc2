"""The documentation says what is so: its names, fields, commands, paths and sample lines are the code's."""

from __future__ import annotations

import inspect
import io
import json
import os
import pkgutil
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

import structlog_enrich
from structlog_enrich import processors
from structlog_enrich.processors import ConsoleRenderer
from structlog_enrich.processors.colours import shows_colours
from structlog_enrich.resource import detect
from structlog_enrich.schema.fields import FIELDS
from structlog_enrich.schema.models import Line

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, *sorted(DOCS.rglob("*.md"))]

_FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"`(?:::: )?(structlog_enrich(?:\.\w+)+)")


def _blocks(page: Path, language: str) -> list[str]:
    return [source for found, source in _FENCE.findall(page.read_text("utf-8")) if found == language]


def _lines(page: Path) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    for block in _blocks(page, "json"):
        text = block.strip()
        while text:
            line, end = decoder.raw_decode(text)
            yield line
            text = text[end:].strip()


def _id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


class TestPages:
    """What every page owes its reader."""

    @pytest.mark.parametrize("page", PAGES, ids=_id)
    def test_no_block_escapes_execution(self, page: Path) -> None:
        """Code is fenced as a language that is executed or compared, or as a command line, and never skipped."""
        text = page.read_text("utf-8")
        found = {language for language, _ in _FENCE.findall(text)}
        assert set() == found - {"python", "pycon", "json", "text", "console"}
        assert "skip:" not in text

    @pytest.mark.parametrize("page", [each for each in PAGES if "```json" in each.read_text("utf-8")], ids=_id)
    def test_sample_lines_obey_the_contract(self, page: Path, validator: Draft202012Validator) -> None:
        """Each line shown is a whole line: the models and the JSON Schema take it, and its keys stand in order."""
        for line in _lines(page):
            Line.model_validate(line)
            validator.validate(line)
            assert [name for name in FIELDS if name in line] == list(line)

    @pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=_id)
    def test_qualified_names_exist(self, page: Path) -> None:
        """Every dotted name of the package can be imported."""
        for name in _NAME.findall(page.read_text("utf-8")):
            assert pkgutil.resolve_name(name) is not None


class TestReference:
    """The reference is complete."""

    @pytest.mark.parametrize("module", [structlog_enrich, processors], ids=["structlog_enrich", "processors"])
    def test_has_every_public_name(self, module: Any) -> None:
        """What can be imported is described."""
        written = set(re.findall(r"\w+", (DOCS / "reference.md").read_text("utf-8")))
        assert set() == set(module.__all__) - written


class TestWireFormat:
    """The public contract names the same fields as the code."""

    def test_has_every_field_in_order(self) -> None:
        """The table of fields is the list of fields."""
        table = (DOCS / "wire-format.md").read_text("utf-8").split("## Fields")[1].split("\n## ")[0]
        assert list(FIELDS) == re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)

    def test_no_field_is_promised_before_it_is_written(self) -> None:
        """A field that no stage fills is marked as reserved, and no other is."""
        table = (DOCS / "wire-format.md").read_text("utf-8").split("## Fields")[1].split("\n## ")[0]
        reserved = re.findall(r"^\| `(\w+)` \|[^|]*\| reserved \|", table, re.MULTILINE)
        assert ["extensions", "baggage", "gap"] == reserved


class _Environ(dict[str, str]):
    """Note which variables the package asks for."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def _note(self, name: str) -> None:
        frame: Any = inspect.currentframe()
        if frame.f_back.f_back.f_globals["__name__"].startswith("structlog_enrich"):
            self.asked.add(name)

    def __contains__(self, name: Any) -> bool:
        self._note(name)
        return super().__contains__(name)

    def __getitem__(self, name: str) -> str:
        self._note(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of *name*, or *default*."""
        self._note(name)
        return super().get(name, default)


class TestEnvironmentVariables:
    """Whoever deploys finds every variable."""

    # With any value, these would be refused or leave others unread.
    UNSET: ClassVar = {"STRUCTLOG_ENRICH_LEVEL", "STRUCTLOG_ENRICH_RENDERER", "NO_COLOR", "FORCE_COLOR"}

    def test_table_has_what_is_read_and_nothing_else(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each variable of the tables is asked for somewhere, and each that is asked for is in one of them."""
        page = (DOCS / "environment-variables.md").read_text("utf-8")
        ours = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
        others = re.findall(r"^\| [^|]+ \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE)
        documented = [*ours, *re.findall(r"`(\w+)`", " ".join(others))]
        asked: set[str] = set()
        # What says that a platform is there lets more be read.
        while more := self._asked(monkeypatch, dict.fromkeys(asked - self.UNSET, "x")) - asked:
            asked |= more
        assert sorted(set(documented)) == sorted(asked)

    def _asked(self, monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> set[str]:
        environ = _Environ(values)
        with monkeypatch.context() as patched:
            patched.setattr(os, "environ", environ)
            # It looks at a copy, which would note nothing.
            patched.setattr("structlog_enrich.resource.detection.dict", lambda given: given, raising=False)
            detect(root="/nowhere")
            structlog_enrich.configure(sink=io.BytesIO()).undo()
            ConsoleRenderer()
            shows_colours(environ, watched=True, windows=True)
        return environ.asked


class TestFirstSteps:
    """Who copies the blocks of a page into the files that they name has what the page shows."""

    FRAMEWORKS: ClassVar = sorted((DOCS / "getting-started").glob("*.md"))

    @pytest.mark.parametrize("page", FRAMEWORKS, ids=lambda page: page.stem)
    def test_works_as_pasted(
        self, page: Path, tmp_path: Path, run_python: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """The files are written, the rest is run, and its lines are those of the page, and `log.stop`."""
        rest = self._paste(page, tmp_path)
        printed = run_python(rest, cwd=tmp_path).stdout.splitlines()
        messages = [json.loads(row)["message"] for row in printed if row.startswith("{")]
        shown = [row for row in "".join(_blocks(page, "text")).splitlines() if row.startswith("04:48:00.000Z")]
        if "log.stop" not in shown[-1]:
            # Written when the process ends, which on the page it doesn't.
            assert "log.stop" == messages.pop()
        for row, message in zip(shown, messages, strict=True):
            assert f" {message.partition('[')[0]}" in row

    def test_script_is_a_command(
        self, tmp_path: Path, run_python: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """The file of the script is a program, whose exit code says how it went."""
        self._paste(DOCS / "getting-started" / "script.md", tmp_path)
        program = "import runpy; runpy.run_path('report.py', run_name='__main__')"
        well, badly = (run_python(program, day, cwd=tmp_path, check=False) for day in ("2026-11-21", "2026-02-30"))
        assert (0, 4, "") == (well.returncode, len(well.stdout.splitlines()), well.stderr)
        assert (1, 4, "no such day\n") == (badly.returncode, len(badly.stdout.splitlines()), badly.stderr)

    def _paste(self, page: Path, folder: Path) -> str:
        rest = ""
        for source in _blocks(page, "python"):
            if named := re.match(r"# ([\w./]+\.py)\n", source):
                file = folder / named[1]
                file.parent.mkdir(exist_ok=True)
                file.write_text(source, "utf-8")
            else:
                rest += source
        return rest


class TestReadme:
    """The first page keeps its word."""

    def test_commands_are_targets(self) -> None:
        """Each `make` command can be run."""
        targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
        commands = re.findall(r"^\$ make (\w+)", "".join(_blocks(README, "console")), re.MULTILINE)
        assert ["demo", "test"] == commands
        assert set() == set(commands) - targets

    def test_each_promise_names_tests_that_exist(self) -> None:
        """Whoever doubts a promise finds its tests."""
        promises = README.read_text("utf-8").split("## What is promised")[1].split("\n## ")[0]
        named = re.findall(r"`((?:tests/|conftest)[\w/.]*)`", promises)
        assert named
        assert [] == [path for path in named if not (ROOT / path).exists()]


class TestChangelog:
    """What changed is written down."""

    def test_has_the_version(self) -> None:
        """The version of the code is in the changelog."""
        assert structlog_enrich.__version__ in (ROOT / "CHANGELOG.md").read_text("utf-8")


class TestRunner:
    """The root conftest.py finds what a page shows wrongly."""

    RIGHT: ClassVar = {
        "text": "```python\nprint('a')\n```\n\n```text\na\n```\n",
        "json": '```python\nprint(\'{"a":1,"b":2}\')\n```\n\n```json\n{"a": 1,\n "b": 2}\n```\n',
        "machine": '```python\nprint(\'{"host":"x"}\')\n```\n\n```json\n{"host": "y"}\n```\n',
        "session": "```pycon\n>>> 1 + 1\n2\n```\n",
        "rest-left-out": "```python\nprint('a 1')\n```\n\n```text\na […]\n```\n",
        "rows-left-out": "```python\nprint('a\\nb\\nc\\nd')\n```\n\n```text\na\n  […]\nd\n```\n",
        "file": "```python\n# a/b.py\nc = 1\n```\n\n```python\nfrom a.b import c\nprint(c)\n```\n\n```text\n1\n```\n",
        "file-prints": "```python\n# a.py\nprint(1)\n```\n\n```python\nprint(2)\n```\n\n```text\n1\n2\n```\n",
    }
    WRONG: ClassVar = {
        "other-text": "```python\nprint('a')\n```\n\n```text\nb\n```\n",
        "other-value": '```python\nprint(\'{"a":1}\')\n```\n\n```json\n{"a": 2}\n```\n',
        "other-order": '```python\nprint(\'{"a":1,"b":2}\')\n```\n\n```json\n{"b": 2, "a": 1}\n```\n',
        "other-kind": '```python\nprint(\'{"host":"x"}\')\n```\n\n```json\n{"host": 1}\n```\n',
        "line-more": "```python\nprint('{}\\n{}')\n```\n\n```json\n{}\n```\n",
        "line-less": "```python\nprint('{}')\n```\n\n```json\n{}\n{}\n```\n",
        "unshown": "```python\nprint('a')\n```\n",
        "unshown-above": "```python\nprint('a')\n```\n\n```python\nb = 1\n```\n\n```text\na\n```\n",
        "silent-text": "```python\npass\n```\n\n```text\na\n```\n",
        "silent-json": '```python\npass\n```\n\n```json\n{"a": 1}\n```\n',
        "session": "```pycon\n>>> 1 + 1\n3\n```\n",
        "rest-left-out": "```python\nprint('a 1')\n```\n\n```text\nb […]\n```\n",
        "rows-left-out": "```python\nprint('a\\nb\\nc\\nd')\n```\n\n```text\na\n[…]\nc\n```\n",
        "dots": "```python\nprint('a 1')\n```\n\n```text\na …\n```\n",
        "file-own-names": "```python\n# a.py\nc = 1\n```\n\n```python\nassert c\n```\n",
        "file-unshown": "```python\n# a.py\nprint(1)\n```\n",
        "file-unshown-below": "```python\n# a.py\nprint(1)\n```\n\n```python\nprint(2)\n```\n\n```text\n2\n```\n",
        "file-other-text": "```python\n# a.py\nprint(1)\n```\n\n```text\n2\n```\n",
    }
    TERMINAL = "```python\nimport sys\nprint(sys.stdout.isatty())\n```\n\n```text\n{}\n```\n"

    def test_fails_what_is_wrong_and_nothing_else(
        self, tmp_path: Path, run_python: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """A page passes exactly when it shows what its blocks print."""
        pages = {
            f"{kind}-{name}": text
            for kind, found in (("right", self.RIGHT), ("wrong", self.WRONG))
            for name, text in found.items()
        }
        failed = self._failed(tmp_path, run_python, pages)
        assert {f"wrong-{name}" for name in self.WRONG} == failed

    def test_first_steps_are_on_a_terminal(
        self, tmp_path: Path, run_python: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """In `getting-started/` standard output is a terminal, and elsewhere it isn't."""
        pages = {
            f"{folder}{name}": self.TERMINAL.format(name)
            for folder in ("", "getting-started/")
            for name in ("True", "False")
        }
        assert {"True", "getting-started/False"} == self._failed(tmp_path, run_python, pages)

    def _failed(
        self, folder: Path, run_python: Callable[..., subprocess.CompletedProcess[str]], pages: dict[str, str]
    ) -> set[str]:
        shutil.copy(ROOT / "conftest.py", folder)
        for name, text in pages.items():
            page = folder / "docs" / f"{name}.md"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, "utf-8")
        program = "import pytest; pytest.main(['-q', '-p', 'no:cacheprovider', '--tb=no', '-rf', 'docs'])"
        told = run_python(program, cwd=folder).stdout
        return set(re.findall(r"^FAILED docs/([\w/-]+)\.md", told, re.MULTILINE))
