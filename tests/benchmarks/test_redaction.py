"""What redaction costs is measured on the same clean values for all, with the engine that the page names."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from benchmarks import cleaning, pool, scrubbers, varying
from benchmarks.contenders import floor, lines_of, preset_ours
from benchmarks.interpreters import ROOT
from benchmarks.scrubbers import function, logfire_scrubber, sentry, stage
from benchmarks.workload import Workload
from structlog_enrich.redaction import redact

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

PACKAGES = {sentry: "sentry_sdk", logfire_scrubber: "logfire"}
ENGINE = """
import sys
sys.path.append(sys.argv[1])
from benchmarks import registry
from benchmarks.engines import scan_with
from structlog_enrich import DEFAULT_POLICY
scan_with(sys.argv[2])
print(DEFAULT_POLICY.compiled.scanner.engine)
"""
TOO_LATE = """
import sys
sys.path.append(sys.argv[1])
from benchmarks.engines import scan_with
from structlog_enrich import DEFAULT_POLICY
DEFAULT_POLICY.compiled.scanner
try:
    scan_with(sys.argv[2])
except RuntimeError as error:
    print(error)
"""

each_scrubber = pytest.mark.parametrize(
    "scrubber",
    [
        pytest.param(
            each,
            marks=[pytest.mark.skipif(find_spec(package) is None, reason=f"{package} is of the group bench")]
            if (package := PACKAGES.get(each))
            else [],
            id=each.__name__.rpartition(".")[2],
        )
        for each in cleaning.SCRUBBERS
    ],
)


class TestScrubbers:
    """Everyone who looks for secrets."""

    @each_scrubber
    @pytest.mark.parametrize("event", [pool.flat, pool.nested], ids=lambda each: each.__name__)
    def test_leave_a_clean_event_as_it_is(self, scrubber: Any, event: Callable[[int], list[dict[str, Any]]]) -> None:
        """None finds what isn't there, so all do what they do for most lines."""
        scrub = scrubber.build()
        for given, same in zip(event(20), event(20), strict=True):
            ready, before = scrubber.prepared(given), scrubber.prepared(same)
            left = scrubber.left(ready, scrub(ready))
            for unlike in ("timestamp", "seq"):
                left.pop(unlike, None)
                before.pop(unlike, None)
            assert before == left

    @each_scrubber
    def test_find_a_password_at_any_depth(self, scrubber: Any) -> None:
        """Each does its work as it is called here."""
        given = scrubber.prepared({"event": "paid", "order": {"lines": [{"password": "hunter2"}]}})
        assert "hunter2" not in str(scrubber.left(given, scrubber.build()(given)))

    def test_know_every_file_of_one(self) -> None:
        """One that no one measures is dead."""
        folder = Path(scrubbers.__file__).parent
        names = {each.__name__.rpartition(".")[2] for each in cleaning.SCRUBBERS}
        assert names == {each.stem for each in folder.glob("*.py") if each.stem != "__init__"}


class TestCompareClean:
    """Clean events."""

    def test_gives_a_number_for_each_event_scrubber_and_round(self) -> None:
        """Ours need no other package."""
        result = cleaning.compare_clean(2, (stage, function), most=20, at_once=10)
        assert list(cleaning.EVENTS) == list(result)
        for samples in result.values():
            assert [stage.NAME, function.NAME] == list(samples)
            assert all(len(rounds) == 2 and min(rounds) > 0 for rounds in samples.values())

    def test_refuses_to_time_who_finds_something(self) -> None:
        """What is found costs more, and the others would be compared with that."""
        with pytest.raises(RuntimeError, match="greedy changes an event that is clean"):
            cleaning.compare_clean(1, (_Greedy(),), most=1, at_once=1)

    def test_times_new_texts_under_the_same_keys(self) -> None:
        """A text's hash and its place in a cache are those of one that was just made."""
        seen = _Seeing()
        cleaning.compare_clean(1, (seen,), most=2, at_once=2)
        flat = [event for event in seen.events if "path" in event]
        assert len(flat) > len({event["path"] for event in flat}) == 2
        assert len(flat) == len({id(event["path"]) for event in flat})
        assert 1 == len({id(next(iter(event))) for event in flat})


class TestCompareVaried:
    """Lines."""

    def test_gives_a_number_for_each_event_contender_and_round(self) -> None:
        """A round takes the next part of the pool."""
        result = varying.compare_varied(3, most=20, at_once=10)
        assert list(varying.EVENTS) == list(result)
        for samples in result.values():
            assert [each.NAME for each in varying.CONTENDERS] == list(samples)
            assert all(len(rounds) == 3 and min(rounds) > 0 for rounds in samples.values())

    @pytest.mark.parametrize("contender", [floor, preset_ours], ids=["floor", "preset_ours"])
    def test_writes_each_message_with_its_own_values(self, contender: Any) -> None:
        """The floor's finished records are those of the same calls."""
        calls, messages = pool.reference(3), pool.messages(3)
        lines = map(orjson.loads, lines_of(contender, Workload(calls=calls, messages=messages)))
        assert list(zip(messages, calls, strict=True)) == [(line["message"], line["payload"]) for line in lines]

    def test_needs_a_message_for_each_call(self) -> None:
        """What is missing would be lines less."""
        with pytest.raises(ValueError, match="is longer"):
            lines_of(preset_ours, Workload(calls=pool.reference(3), messages=["paid"]))


class TestScanWith:
    """The engine."""

    @pytest.mark.parametrize("engine", ["re", "re2"])
    def test_decides_which_one_scans(
        self, engine: str, run_python: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        """Importing all scenarios makes no scanner yet."""
        if engine == "re2" and find_spec("re2") is None:
            pytest.skip("google-re2 is of the extra fast")
        assert engine == run_python(ENGINE, str(ROOT), engine).stdout.strip()

    def test_says_when_it_comes_too_late(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """A row is never of another engine than it says."""
        if find_spec("re2") is None:
            pytest.skip("google-re2 is of the extra fast")
        assert "scanned with re2, not with re:" in run_python(TOO_LATE, str(ROOT), "re").stdout


class _Greedy:
    """Stand for a scrubber that takes an id for a secret."""

    NAME = "greedy"
    ABOUT = ""

    def prepared(self, event: dict[str, Any]) -> Any:
        return event

    def build(self) -> Callable[[Any], Any]:
        return lambda event: {**event, "event": "[REDACTED]"}

    def left(self, given: Any, returned: Any) -> Any:
        return returned


class _Seeing:
    """Stand for a scrubber, and keep what it is given."""

    NAME = "seeing"
    ABOUT = ""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def prepared(self, event: dict[str, Any]) -> Any:
        return event

    def build(self) -> Callable[[Any], Any]:
        return self.events.append

    def left(self, given: Any, returned: Any) -> Any:
        return redact(given)
