"""The page on mutants counts each of them once."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.mutants import __main__ as command
from benchmarks.mutants.page import PAGE, render
from benchmarks.mutants.tally import Tally, by_module, survivors, unjudged, verdicts

if TYPE_CHECKING:
    from pathlib import Path

SAID = """
    structlog_enrich.delivery.queue.xǁQueueǁtake__mutmut_1: killed
    structlog_enrich.delivery.queue.xǁQueueǁtake__mutmut_2: survived
    structlog_enrich.delivery.queue.xǁQueueǁ_tell__mutmut_1: timeout
    structlog_enrich.delivery.sinks.file.x__is_torn__mutmut_10: suspicious
    structlog_enrich.delivery.lifecycle.x__finish__mutmut_1: no tests
    something else: killed
"""
ROW = re.compile(r"^\| `([\w/]+\.py)` \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) \|$", re.MULTILINE)
TOTAL = re.compile(r"^\| all \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d.]+) \|$", re.MULTILINE)


class TestTally:
    """What the tool says of each mutant."""

    def test_by_module(self) -> None:
        """A mutant is killed by a test that fails or hangs; one that no test comes to survives."""
        expected = {"lifecycle.py": Tally(0, 1), "queue.py": Tally(2, 1), "sinks/file.py": Tally(1, 0)}
        assert expected == by_module(verdicts(SAID))
        assert [*expected] == [*by_module(verdicts(SAID))]

    def test_survivors(self) -> None:
        """They are named as the tool names them."""
        assert ["queue.xǁQueueǁtake__mutmut_2", "lifecycle.x__finish__mutmut_1"] == [
            name.removeprefix("structlog_enrich.delivery.") for name in survivors(verdicts(SAID))
        ]

    @pytest.mark.parametrize("verdict", ["not checked", "check was interrupted by user"])
    def test_not_whole(self, verdict: str) -> None:
        """A run that was broken off has no score."""
        with pytest.raises(ValueError, match=verdict):
            by_module(verdicts(SAID.replace("survived", verdict)))

    def test_unjudged(self, tmp_path: Path) -> None:
        """A module at which the tool hasn't looked is named; one in which it found nothing to change isn't."""
        for name in ("there/sinks/sink.py", "there/queue.py", "there/turn.py", "kept/queue.py", "kept/queue.py.meta"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        assert ["sinks/sink.py", "turn.py"] == unjudged(tmp_path / "there", tmp_path / "kept")

    def test_the_command(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It prints no page from which modules are missing, and says which."""
        monkeypatch.setattr(sys, "argv", ["mutants", "--print"])
        monkeypatch.setattr(command, "_found", lambda: verdicts(SAID))
        monkeypatch.setattr(command, "_JUDGED", tmp_path)
        monkeypatch.setattr(command, "_JUDGED_THERE", tmp_path / "kept")
        monkeypatch.setattr(command, "render", lambda tallies: f"{len(tallies)} modules")
        assert (0, "3 modules") == (command.main(), capsys.readouterr().out)
        (tmp_path / "turn.py").touch()
        with pytest.raises(SystemExit, match=r"^no mutant of turn\.py was judged: run `make mutants` anew"):
            command.main()
        assert "" == capsys.readouterr().out


class TestPage:
    """It is written whole."""

    def test_rendered(self) -> None:
        """It has a row for each module and one for all."""
        page = render(by_module(verdicts(SAID)), tool="3")
        assert "| `queue.py` | 3 | 2 | 1 | 66.7 |" in page
        assert "| all | 5 | 3 | 2 | 60.0 |" in page
        assert "Of 5 such mutants 3, 60.0 %" in page

    def test_of_the_page(self) -> None:
        """What stands in the page adds up, and each module is there."""
        page = PAGE.read_text("utf-8")
        rows = {module: tuple(map(int, counts)) for module, *counts, _ in ROW.findall(page)}
        ((mutants, killed, survived, share),) = TOTAL.findall(page)
        total = tuple(int(each.replace(",", "")) for each in (mutants, killed, survived))
        assert total == tuple(map(sum, zip(*rows.values(), strict=True)))
        assert total[0] == total[1] + total[2]
        assert share == f"{100 * total[1] / total[0]:.1f}"
        folder = PAGE.parents[1] / "structlog_enrich" / "delivery"
        assert all((folder / module).exists() for module in rows)
