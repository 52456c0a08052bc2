"""What `docs/testing.md` tells to copy works where it is copied to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import structlog_enrich
from structlog_enrich import testing
from structlog_enrich.testing import plugin

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
CI = PAGE.split("## In CI")[1]


class TestPage:
    """The page for those who test."""

    def test_names_everything(self) -> None:
        """Each function and each fixture is on it."""
        words = set(re.findall(r"\w+", PAGE))
        fixtures = {name for name in plugin.__all__ if name.startswith("enriched_")}

        assert set() == (set(testing.__all__) | fixtures) - words

    def test_names_every_way(self) -> None:
        """Whoever reads a failure finds the way."""
        rows = [row.split("|")[1] for row in PAGE.splitlines() if row.startswith("| `")]

        assert set() == {*testing.NAMED, *testing.UNNAMED} - set(re.findall(r"`([^`]+)`", " ".join(rows)))

    def test_the_file_for_ci_passes(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        """The test file and the command of the step, as they stand there, in an empty project."""
        (source,) = re.findall(r"^```python\n(.*?)^```$", CI, re.MULTILINE | re.DOTALL)
        (command,) = re.findall(r"run: python -m pytest (.*)$", CI, re.MULTILINE)
        monkeypatch.setenv("PYTHONPATH", str(Path(structlog_enrich.__path__[0]).parent))
        tests = pytester.mkdir("tests")
        (tests / "test_logging.py").write_text(source, "utf-8")

        ran = pytester.runpytest_subprocess("-p", "no:cacheprovider", *command.split())
        ran.assert_outcomes(passed=source.count("\ndef test_"))

    def test_the_file_for_ci_fails_where_it_should(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With a service that logs nothing, or masks nothing, each of its tests fails but that of the clock."""
        (source,) = re.findall(r"^```python\n(.*?)^```$", CI, re.MULTILINE | re.DOTALL)
        for right, wrong in (
            ('    with entry("POST /orders"), span("charge card"):\n        log.info(', "    (lambda *_, **__: None)("),
            ('processors=preset(service="checkout"), ', 'processors=preset(service="checkout", redaction=None), '),
            ('structlog.get_logger().info("started")', ""),
        ):
            assert 1 == source.count(right)
            source = source.replace(right, wrong)
        monkeypatch.setenv("PYTHONPATH", str(Path(structlog_enrich.__path__[0]).parent))
        (pytester.mkdir("tests") / "test_logging.py").write_text(source, "utf-8")

        plugins = ["-p", "no:cacheprovider", "-p", "structlog_enrich.testing.plugin"]
        ran = pytester.runpytest_subprocess(*plugins, "tests/test_logging.py")
        ran.assert_outcomes(passed=1, failed=source.count("\ndef test_") - 1)
