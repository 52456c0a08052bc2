"""Who is logging on each platform: one row of `vectors.json` each, readable for other languages too.

A row has a `name`, an `environ`, `files` and what is `expected`: each field that anything but the system names, with
its source. Where they are there: the `program` that is running, its paths below the same root as the files; the sources
that were `beaten` and `refused`, by field; the variables `discarded` whole; the `feature_flags` and `tags`; and how
many of these were refused, as `refused_labels`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.resource import Detection, Program, detect
from structlog_enrich.resource.environment import SPEAKERS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

_ROWS = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))
_SYSTEM = {"hostname", "interpreter", "default", None}


# Runs in an interpreter of its own, since a hook can't be taken back.
_WATCH = """
import json, os, sys, tempfile
sys.path.insert(0, sys.argv[1])
from test_resource_vectors import _ROWS, _detect
from pathlib import Path

def hook(event, arguments):
    if watching:
        seen.append((event, str(arguments[0]) if arguments else ""))

watching, told = False, {}
sys.addaudithook(hook)
with tempfile.TemporaryDirectory() as folder:
    # What is imported on the way is there from the second time on.
    for again in range(2):
        for number, row in enumerate(_ROWS):
            own, seen = Path(folder, str(number)), []
            detect = _detect(row, own)
            watching = True
            detect()
            watching = False
            told[row["name"]] = [(event, name) for event, name in seen if not name.startswith(str(own))]
print(json.dumps(told))
"""


def _detect(row: dict[str, Any], folder: Path) -> Callable[[], Detection]:
    # Deep enough that the search for a project, which goes upwards, stays in the row's own folder.
    root = folder / "below" / "some" / "folders"
    for path, text in row["files"].items():
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    program = Program(**row.get("program", {}))
    below = {name: f"{root}{path}" for name in ("file", "executable", "folder") if (path := getattr(program, name))}
    placed = program._replace(path=[f"{root}{each}" for each in program.path], **below)
    return lambda: detect(environ=row["environ"], root=str(root), program=placed)


@pytest.fixture
def found(request: pytest.FixtureRequest, tmp_path: Path) -> Detection:
    """Return what is detected from a row's environment, files and program, and from nothing else."""
    return _detect(request.param, tmp_path)()


class TestVectors:
    """Every platform, every rule, every trap."""

    @pytest.mark.parametrize(
        ("row", "found"), [(row, row) for row in _ROWS], indirect=["found"], ids=lambda row: row["name"]
    )
    def test_row(self, row: dict[str, Any], found: Detection) -> None:
        """Exactly the expected fields are named, each by its source; what lost is told too."""
        findings = found.findings
        named = {field: [each.value, each.source] for field, each in findings.items() if each.source not in _SYSTEM}
        refused = {field: [no.source for no in each.refused] for field, each in findings.items() if each.refused}
        beaten = {field: [lost.source for lost in each.beaten] for field, each in findings.items()}

        assert row["expected"] == named
        assert row.get("refused", {}) == refused
        assert row.get("beaten", {}) == {field: beaten[field] for field in row.get("beaten", {})}
        assert row.get("discarded", []) == [each.source for each in found.discarded]
        for name in ("feature_flags", "tags"):
            assert row.get(name, {}) == getattr(found, name).values
            assert row.get("refused_labels", {}).get(name, 0) == len(getattr(found, name).refused)

    @pytest.mark.parametrize(
        ("row", "found"), [(row, row) for row in _ROWS], indirect=["found"], ids=lambda row: row["name"]
    )
    def test_resource(self, row: dict[str, Any], found: Detection) -> None:
        """The resource holds what the findings say, in the order of the line."""
        said = {field: each.value for field, each in found.findings.items() if each.value is not None}

        assert list(said.items()) == list(found.resource.header().items())

    def test_nothing_else_is_touched(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """No row makes it open a socket, start a program, or look at a file that isn't the row's own."""
        told = json.loads(run_python(_WATCH, str(Path(__file__).parent)).stdout)

        assert {row["name"]: [["socket.gethostname", ""]] for row in _ROWS} == told

    def test_every_source_is_tried(self) -> None:
        """No variable of the table is without a row in which it names its field."""
        tried = {(field, source) for row in _ROWS for field, (_, source) in row["expected"].items()}
        tried |= {(field, source) for row in _ROWS for field, lost in row.get("beaten", {}).items() for source in lost}
        table = {(field, each) for who in SPEAKERS for field, sources in who.sources.items() for each in sources}

        assert set() == {(field, each) for field, each in table if (field, each) not in tried}
