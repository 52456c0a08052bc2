"""The ways around redaction, through the whole chain to the bytes that are written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
import structlog

from benchmarks.judge import bypasses
from benchmarks.judge.bypass import CASES
from benchmarks.judge.bypass.harmless import HARMLESS, Twin, altered
from benchmarks.judge.bypass.known import KNOWN_ALTERED, KNOWN_FAULTS, KNOWN_LEAKS
from benchmarks.judge.bypass.planting import Case, judged

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

# CPU time of a case in its own thread, whatever else the machine does: most take 10 ms, the dearest one second and,
# where coverage is measured, five.
MOST_SECONDS = 20.0


def played(*, without: str = "") -> list[ParameterSet]:
    """Return every case with its name; one whose library isn't installed is skipped with that reason."""
    return [
        pytest.param(
            f"{where}: {case.name}",
            case,
            id=f"{where}: {case.name}",
            marks=pytest.mark.skipif(case.left_out is not None, reason=str(case.left_out)),
        )
        for where, cases in CASES.items()
        for case in cases
        if where != without
    ]


class TestCases:
    """Every case of every category."""

    @pytest.mark.parametrize(("name", "case"), played())
    def test_nothing_comes_out(self, name: str, case: Case) -> None:
        """No part of the secret stands in the line, which is valid and says what was masked; the caller's is kept."""
        verdict = judged(case)
        assert (name in KNOWN_LEAKS) == bool(verdict.leaks), verdict
        assert (name in KNOWN_LEAKS or name in KNOWN_FAULTS) == bool(verdict.leaks or verdict.faults), verdict
        assert MOST_SECONDS > verdict.seconds

    @pytest.mark.parametrize(("name", "case"), played(without="robustness"))
    def test_by_structlogs_own_logger(self, name: str, case: Case) -> None:
        """What writes is the chain, whichever logger runs it."""
        if case.name == "arguments left over":
            # structlog's logger fails at them before any processor runs.
            return
        verdict = judged(case, wrapper=structlog.make_filtering_bound_logger(0))
        assert (name in KNOWN_LEAKS) == bool(verdict.leaks), verdict

    def test_the_lists_name_cases(self) -> None:
        """What is known to be wrong is a case, and stands in one list."""
        names = {f"{where}: {case.name}" for where, cases in CASES.items() for case in cases}
        assert names >= KNOWN_LEAKS.keys() | KNOWN_FAULTS.keys()
        assert KNOWN_LEAKS.keys().isdisjoint(KNOWN_FAULTS)
        assert sum(map(len, CASES.values())) == len(names)


class TestHarmless:
    """What only looks like a secret."""

    @pytest.mark.parametrize("twin", HARMLESS, ids=[twin.name for twin in HARMLESS])
    def test_is_left_alone(self, twin: Twin) -> None:
        """The message and each value stand in the line as they were given, and nothing says it was masked."""
        assert (twin.name in KNOWN_ALTERED) == bool(found := altered(twin)), found

    def test_the_list_names_twins(self) -> None:
        """What is known to be altered is a twin."""
        names = [twin.name for twin in HARMLESS]
        assert len(names) == len(set(names))
        assert KNOWN_ALTERED.keys() <= set(names)


class TestTable:
    """`python -m benchmarks.judge.bypasses`."""

    def test_counts(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """It prints a row for each place that is asked for, and names what is wrong."""
        monkeypatch.setattr(sys, "argv", ["bypasses", "objects"])
        with pytest.raises(SystemExit) as ended:
            bypasses.main()
        rows = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert ["where", "objects", "harmless"] == [row[0] for row in rows[:3]]
        assert str(len(CASES["objects"])) == rows[1][1]
        # What is wrong is known.
        assert 0 == ended.value.code

    def test_says_why(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """A leak that is known is named with its reason, and one that isn't makes the run fail."""
        case = Case("open", lambda p: p.logger(redaction=None).info("x", password=p.secret), says=False)
        monkeypatch.setattr(sys, "argv", ["bypasses", "objects"])
        monkeypatch.setitem(CASES, "objects", (case,))
        for known, code in (({}, 1), ({"objects: open": "by design"}, 0)):
            monkeypatch.setattr(bypasses, "KNOWN_LEAKS", known)
            with pytest.raises(SystemExit) as ended:
                bypasses.main()
            assert code == ended.value.code
            assert ("(by design)" in capsys.readouterr().out) == bool(known)
