"""What the judge counts, on rows whose outcome is known."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.judge import labelled, outcome, paths, run, sizes, tally, targets
from benchmarks.judge.page import PAGE, judgements, render
from benchmarks.judge.targets import MISSED, NOT_MEASURED, TARGETS
from benchmarks.judge.titles import TITLES, UNCOUNTED

if TYPE_CHECKING:
    from pathlib import Path

ROOT = PAGE.parents[1]
GROUPS = {
    "gitleaks, gone": (1, 2),
    "gitleaks templates, gone": (1, 1),
    "gitleaks, altered": (1, 2),
    "gitleaks, whole": (1, 2),
    "gitleaks advisory, altered": (1, 1),
    "noseyparker, gone": (1, 2),
    "noseyparker, changed": (1, 2),
    "noseyparker identifiers, gone": (0, 1),
    "noseyparker, unnamed": (1, 1),
    "loghub, altered": (0, 1),
    "presidio, gone": (1, 1),
    "presidio, unnamed": (0, 1),
    "presidio, altered": (0, 1),
    "serilog, unnamed": (1, 1),
    "serilog, gone": (1, 1),
    "keys_sensitive, gone": (1, 1),
    "keys_sensitive debatable, gone": (0, 1),
    "keys_ecs, gone": (1, 1),
    "keys_ecs, altered": (0, 1),
    "keys_otel, altered": (0, 1),
    "kv_credsweeper, gone": (1, 1),
    "kv_ecs_otel, altered": (0, 1),
    "sentry, as labelled": (4, 4),
    "logfire, as labelled": (4, 4),
    "pino_paths, as recorded": (5, 6),
    **dict.fromkeys(UNCOUNTED, (0, 1)),
}


@pytest.fixture
def results(folder: Path) -> dict[str, Any]:
    """Return what the judge finds in our own texts, with the engine that is there, and made-up times."""
    sizes = {
        "dots": {"ms": 61.0, "double": 2.0, "looked_at": 2.3},
        "digits": {"ms": 4.0, "double": 2.1, "looked_at": 0.0},
    }
    return {**run.judged(folder), "sizes": sizes}


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as `make judge` does."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.judge", *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
    )


class TestGroups:
    """What is counted where."""

    @pytest.mark.parametrize("group", GROUPS)
    def test_have_known_counts(self, results: dict[str, Any], group: str) -> None:
        """So many were found of so many, in each group."""
        assert GROUPS[group] == (results[group]["found"], results[group]["of"])

    def test_name_the_kinds_that_are_amiss(self, results: dict[str, Any]) -> None:
        """A secret that stayed and a harmless text that didn't, each by its kind."""
        assert {"bare": 1} == results["gitleaks, gone"]["amiss"]
        assert {"whole": 1} == results["gitleaks, altered"]["amiss"]
        assert {} == results["loghub, altered"]["amiss"]

    def test_hold_no_text(self, results: dict[str, Any], folder: Path) -> None:
        """What travels and what is published are counts and kinds; texts are shown where someone asks for them."""
        assert "nobody could know" not in json.dumps(results)
        assert ["nobody could know" in text for text in run.amiss(folder, "gitleaks, gone")] == [True]

    def test_include_all_that_the_page_tells_about(self, results: dict[str, Any]) -> None:
        """Neither a target nor a row of the page asks for a group that no file has."""
        asked = (
            {group for target in TARGETS if isinstance(target, targets.Target) for group in target.groups}
            | TITLES.keys()
            | UNCOUNTED.keys()
        )
        assert set() == asked - results.keys()


class TestPaths:
    """Which records of pino's redactors count."""

    def test_of_one_key_anywhere_are_judged_by_a_second_opinion(self, results: dict[str, Any]) -> None:
        """`**.key` is asked for every key of every input."""
        found = results["pino_paths, `**`"]
        assert found["found"] == found["of"] == 14

    def test_are_left_out_by_what_was_recorded_alone(self) -> None:
        """A record that no redactor could make of its input, whatever ours does."""
        assert paths.uncounted(["a"], {"a": 1}, {"a": 1}) is None
        assert paths.uncounted(["a.b"], {"a": {"b": 1}}, {"a": {}}) is None
        assert "recorded with a key that the input hasn't" == paths.uncounted(["a"], {}, {"a": 1})


class TestTargets:
    """What must be reached."""

    def test_limits(self) -> None:
        """Loosening one takes two edits."""
        assert [97, 75, 80, 95, 99, 75, 100, 0.05, 0, 0, 0, 20, 100, 100, 60, 2.2, 2.2] == [
            each.limit for each in TARGETS
        ]
        assert "≥≥≥≥≥≥≥≤≤≤≤≤≥≥≤≤≤" == "".join(each.bound[0] for each in TARGETS)
        assert (0, True) == (targets.AGREEMENT.limit, targets.AGREEMENT.at_most)

    @pytest.mark.parametrize(
        ("found", "at_most", "verdict"),
        [(75, False, "met"), (74, False, MISSED), (75, True, "met"), (76, True, MISSED)],
    )
    def test_may_be_reached_and_not_passed(self, found: int, at_most: bool, verdict: str) -> None:  # noqa: FBT001
        """A limit itself is enough, from either side."""
        target = targets.Target("share", ("a",), 75, at_most=at_most)
        assert verdict == target.verdict({"a": {"found": found, "of": 100}})

    def test_are_judged_by_counts(self) -> None:
        """What is shown as 100.00 % may be missed."""
        target = targets.Target("share", ("a",), 100)
        almost = {"a": {"found": 99_999, "of": 100_000}}
        assert ("100.00 % (99999 of 100000)", MISSED) == (target.measured(almost), target.verdict(almost))

    def test_without_their_group_were_not_measured(self) -> None:
        """Nothing stands for a figure that isn't there."""
        assert [(NOT_MEASURED, NOT_MEASURED)] * len(TARGETS) == [
            (each.measured({}), each.verdict({})) for each in TARGETS
        ]

    def test_of_long_texts_take_the_dearest(self, results: dict[str, Any]) -> None:
        """Whichever content it is, and by the figure that is asked for."""
        time, double, looked_at = TARGETS[-3:]
        assert ("61.0 ms (dots)", MISSED) == (time.measured(results), time.verdict(results))
        assert ("2.10 times (digits)", "met") == (double.measured(results), double.verdict(results))
        assert ("2.30 times (dots)", MISSED) == (looked_at.measured(results), looked_at.verdict(results))

    def test_that_one_engine_misses_are_missed(self, results: dict[str, Any]) -> None:
        """The verdict is the worst of both, and a file that they leave differently is one."""
        worse = {**results, "loghub, altered": {**results["loghub, altered"], "found": 1}}
        worse["kv_credsweeper, gone"] = {**results["kv_credsweeper, gone"], "left": "other"}
        rows = {row[0]: row for row in judgements({"re2": results, "re": worse})}
        assert ("0.00 % (0 of 1)", "100.00 % (1 of 1)", MISSED) == rows["loghub: lines altered"][3:]
        assert ("6.25 % (1 of 16)", "", MISSED) == rows[targets.AGREEMENT.what][3:]


class TestPage:
    """The page in the documentation."""

    def test_shows_every_row(self, results: dict[str, Any]) -> None:
        """Each target with its limit, each group without one, each reason not to count a record, and no text."""
        page = render({"re2": results, "re": results})
        for target in TARGETS:
            assert f"| {target.what} | {target.anchor} | {target.bound} |" in page
        assert [] == [title for title in TITLES.values() if f"| {title} |" not in page]
        assert [] == [reason for reason in UNCOUNTED.values() if f"- 1 {reason}" not in page]
        assert "| gitleaks, literals: secrets gone | 1 | bare 1 |" in page
        assert page.index("| dots | 61.0 | 2.00 | 2.30 |") < page.index("| digits | 4.0 | 2.10 |  |")
        assert "nobody could know" not in page

    def test_needs_every_group(self, results: dict[str, Any]) -> None:
        """A page with a hole isn't made."""
        del results["presidio, unnamed"]
        with pytest.raises(KeyError, match="presidio, unnamed"):
            render({"re2": results, "re": results})

    def test_that_was_written_has_every_row(self) -> None:
        """The page is of this set of targets, of both engines, and wasn't written by hand."""
        page = PAGE.read_text(encoding="utf-8")
        assert page.startswith("<!-- Written by `make judge`.")
        assert [] == [each.what for each in TARGETS if f"| {each.what} | {each.anchor} | {each.bound} |" not in page]
        assert [] == [title for title in TITLES.values() if f"| {title} |" not in page]
        assert targets.AGREEMENT.what in page
        assert NOT_MEASURED not in page


class TestCommand:
    """`python -m benchmarks.judge`."""

    def test_without_texts_measures_nothing(self, tmp_path: Path) -> None:
        """It says what is missing, ends with 77 and writes no figure."""
        done = command(str(tmp_path))
        assert (77, "") == (done.returncode, done.stdout)
        assert "not measured: there are no labelled texts gitleaks, " in done.stderr

    def test_with_one_engine_prints_its_table(self, folder: Path) -> None:
        """A limit that is missed ends it with 1; the page stays as it was."""
        before = PAGE.read_bytes()
        done = command(str(folder), "--engine", "re", "--labelled")
        assert (1, "") == (done.returncode, done.stderr)
        assert "| measure | best anchor | limit | without google-re2 | verdict |" in done.stdout
        assert "| gitleaks, literals: secrets gone | 99 % | ≥ 97 % | 50.00 % (1 of 2) | **missed** |" in done.stdout
        assert "| loghub: lines altered | 0 % (blind), 13 to 31 % | ≤ 0.05 % | 0.00 % (0 of 1) | met |" in done.stdout
        assert before == PAGE.read_bytes()

    @pytest.mark.skipif(importlib.util.find_spec("re2") is None, reason="google-re2 isn't installed")
    def test_with_both_engines_compares_them(self, folder: Path) -> None:
        """Each in an interpreter of its own, and they leave the same of every file."""
        done = command(str(folder), "--labelled")
        assert 1 == done.returncode
        assert "| 1 MB of any content: the dearest | 12 ms to more than 20 s | ≤ 60 ms | not measured |" in done.stdout
        assert f"| {targets.AGREEMENT.what} |  | ≤ 0 % | 0.00 % (0 of 16) |  | met |" in done.stdout


class TestSizes:
    """Texts of a megabyte, here of less."""

    def test_have_figures_for_each_family(self) -> None:
        """A time and two ratios; the families are of all that a scanner may stop at, and none is there twice."""
        found = sizes.judged({"blanks": " "})["blanks"]
        assert ["ms", "double", "looked_at"] == list(found)
        assert found["ms"] > 0
        assert len(set(sizes.FAMILIES.values())) == len(sizes.FAMILIES) > 30


class TestExamples:
    """What a docstring shows."""

    @pytest.mark.parametrize("module", [labelled, outcome, paths, tally, targets], ids=lambda module: module.__name__)
    def test_give_what_they_say(self, module: object) -> None:
        """Each of these modules shows at least one, and none fails."""
        result = doctest.testmod(module)  # type: ignore[arg-type]
        assert result.failed == 0
        assert result.attempted > 0
