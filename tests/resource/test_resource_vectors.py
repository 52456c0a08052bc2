"""Who is logging on each platform: one row of `vectors.json` each, readable for other languages too.

A row has a `name`, an `environ`, `files` and what is `expected`: each field that anything but the system names, with
its source. Where they are there: the sources that were `beaten` and `refused`, by field; the variables `discarded`
whole; the `feature_flags` and `tags`; and how many of these were refused, as `refused_labels`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from structlog_enrich.resource import Detection, detect
from structlog_enrich.resource.environment import SPEAKERS

_ROWS = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))
_SYSTEM = {"hostname", "interpreter", "default", None}


@pytest.fixture
def found(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Detection:
    """Return what is detected from a row's environment and files, and from nothing else."""
    root, folder = tmp_path / "root", tmp_path / "no" / "project" / "is" / "here"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    for path, text in request.param["files"].items():
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return detect(environ=request.param["environ"], root=str(root))


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

    def test_every_source_is_tried(self) -> None:
        """No variable of the table is without a row in which it names its field."""
        tried = {(field, source) for row in _ROWS for field, (_, source) in row["expected"].items()}
        tried |= {(field, source) for row in _ROWS for field, lost in row.get("beaten", {}).items() for source in lost}
        table = {(field, each) for who in SPEAKERS for field, sources in who.sources.items() for each in sources}

        assert set() == {(field, each) for field, each in table if (field, each) not in tried}
