"""`structlog-enrich verify`: which lines are missing, and why."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_COMMAND = [sys.executable, "-m", "structlog_enrich.cli", "verify"]


def _line(seq: int, boot: str = "9f1c2ab4d07e6613", **others: Any) -> bytes:
    return json.dumps({"service": "checkout", "boot_id": boot, "seq": seq, **others}).encode() + b"\n"


def _gap(seq: int, reason: str, *ranges: list[int], count: int | None = None) -> bytes:
    named = sum(last - first + 1 for first, last in ranges)
    gap = {"reason": reason, "count": named if count is None else count, "ranges": ranges}
    return _line(seq, event_name="log.gap", gap=gap | {"boot_id": "9f1c2ab4d07e6613"})


START, STOP = {"event_name": "log.start"}, {"event_name": "log.stop"}


@pytest.fixture
def verify(invoke: Callable[..., Any]) -> Callable[..., tuple[int, list[str]]]:
    """Return a function that runs the command on lines and returns its code and what it says."""

    def run(*lines: bytes, arguments: tuple[str, ...] = ()) -> tuple[int, list[str]]:
        done = invoke("verify", "-", *arguments, given=b"".join(lines))
        return done.code, done.out.splitlines()

    return run


class TestVerify:
    """Lines are numbered from 0, and a gap says which were lost."""

    def test_whole(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """From log.start to log.stop nothing is missing, in whatever order the lines come."""
        code, said = verify(_line(0, **START), _line(2), _line(1), _line(3, **STOP))
        assert (0, ["9f1c2ab4d07e6613 (checkout): 4 lines", "4 lines of 1 process: nothing missing"]) == (code, said)

    def test_missing(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """Each run of missing numbers is named with its reason, or that none is known, at the head as well."""
        code, said = verify(_line(2), _gap(9, "full", [3, 5]), _line(7), _line(10, **STOP))
        assert 1 == code
        assert [
            "9f1c2ab4d07e6613 (checkout): 4 lines",
            "  0-1: 2 lines missing, and no gap says why",
            "  3-5: 3 lines missing, full",
            "  6: 1 line missing, and no gap says why",
            "  8: 1 line missing, and no gap says why",
            "4 lines of 1 process: 7 missing (4 unexplained, 3 full)",
        ] == said

    def test_the_tail(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """Of a process that never said log.stop nobody can tell what it still wanted to write; that is no loss."""
        code, said = verify(_line(0, **START), _line(1))
        assert 0 == code
        assert "  no log.stop: whether lines came after 1 can't be told" == said[1]
        assert "2 lines of 1 process: nothing missing up to the last line that is there; no log.stop of 1" == said[-1]

    def test_ended(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """Who knows that each process has ended can ask for that as well."""
        other = "00f067aa0ba902b7"
        whole = [_line(0, **START), _line(1, **STOP)]
        assert 0 == verify(*whole, arguments=("--ended",))[0]
        assert 1 == verify(*whole, _line(0, other), arguments=("--ended",))[0]
        assert 0 == verify(*whole, _line(0, other))[0]

    def test_begun_anew(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """A process that says log.start again is open until its next log.stop, in whatever order the lines come."""
        first, second = [_line(0, **START), _line(1, **STOP)], [_line(2, **START), _line(3)]
        for lines in (first + second, second + first):
            code, said = verify(*lines, arguments=("--ended",))
            assert 1 == code
            assert "  no log.stop since log.start 2: whether lines came after 3 can't be told" == said[1]
            assert (
                "4 lines of 1 process: nothing missing up to the last line that is there; no log.stop of 1" == said[-1]
            )
            code, said = verify(_line(4, **STOP), *lines, arguments=("--ended",))
            assert (0, "5 lines of 1 process: nothing missing") == (code, said[-1])

    def test_after_the_end(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """What exit hooks log after log.stop leaves the process ended, and is looked at for holes; its end is open."""
        whole = [_line(0, **START), _line(1, **STOP), _line(2)]
        code, said = verify(*whole, arguments=("--ended",))
        assert 0 == code
        assert "  lines came after log.stop 1: whether any came after 2 can't be told" == said[1]
        assert "3 lines of 1 process: nothing missing" == said[-1]
        assert 1 == verify(*whole, _line(4), arguments=("--ended",))[0]

    def test_gaps_that_name_not_all_for_one_reason(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """What is missing beyond what they name is just what they count for one reason, so it is for that."""
        lines = [_line(0), _gap(5, "full", [1, 1], count=3), _gap(7, "enospc", [6, 6]), _line(8, **STOP)]
        code, said = verify(*lines, _line(4))
        assert 1 == code
        assert ["  1: 1 line missing, full", "  2-3: 2 lines missing, full", "  6: 1 line missing, enospc"] == said[1:4]
        assert "5 lines of 1 process: 4 missing (3 full, 1 enospc)" == said[-1]
        # One more is missing than is counted: which of them nobody can tell.
        code, said = verify(*lines)
        assert "  2-4: 3 lines missing, and no gap says why" in said
        assert "  2 lines more lost (full), whose numbers no gap names" in said

    def test_gaps_that_name_not_all_for_several_reasons(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """All together are what is missing beyond what they name, so each is for one of these reasons."""
        lines = [_line(0), _gap(5, "full", [1, 1], count=3), _gap(7, "enospc", count=1), _line(8, **STOP)]
        code, said = verify(*lines, _line(4))
        assert 1 == code
        assert ["  1: 1 line missing, full", "  2-3: 2 lines missing, enospc or full"] == said[1:3]
        assert "5 lines of 1 process: 4 missing (3 enospc or full, 1 full)" == said[-1]

    @pytest.mark.parametrize("lines", [[], [b"\n"], [b"no JSON\n", b"{}\n"]], ids=["nothing", "blank", "foreign"])
    def test_nothing_to_prove_it_by(self, lines: list[bytes], verify: Callable[..., tuple[int, list[str]]]) -> None:
        """Of no line of a process nobody can say that none is missing."""
        code, said = verify(*lines)
        assert (1, "0 lines of 0 processes: nothing is proved by that") == (code, said[0])

    def test_a_gap_that_names_not_all(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """What it counts beyond what it names is told."""
        code, said = verify(_line(0), _gap(3, "sampled", [1, 1], count=4), _line(4, **STOP))
        assert 1 == code
        assert "  3 lines more lost (sampled), whose numbers no gap names" in said
        assert "  1: 1 line missing, sampled" in said
        assert "  2: 1 line missing, and no gap says why" in said
        assert (
            "3 lines of 1 process: 2 missing (1 sampled, 1 unexplained), 3 lost whose numbers no gap names" == said[-1]
        )

    def test_a_gap_that_names_none(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """What was lost without a number is a loss as well, though no number is missing."""
        code, said = verify(_line(0, **START), _gap(1, "full", count=500), _line(2, **STOP))
        assert (1, "  500 lines more lost (full), whose numbers no gap names") == (code, said[1])
        assert "3 lines of 1 process: 500 lost whose numbers no gap names" == said[-1]
        assert 1 == verify(_gap(0, "full", count=1), arguments=("--json",))[0]

    def test_twice(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """A line that is there twice is told."""
        code, said = verify(_line(0), _line(1), _line(1), _line(2, **STOP))
        assert (1, "  1 line there more than once") == (code, said[1])
        assert "4 lines of 1 process: 1 there more than once" == said[-1]

    def test_processes_and_streams(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """Each process counts by itself, and each of its streams; what isn't of the contract is counted."""
        other = "00f067aa0ba902b7"
        code, said = verify(
            _line(0),
            _line(0, other),
            b"no JSON\n",
            b"[1]\n",
            b"{}\n",
            _line(0, stream="audit"),
            _line(1, stream="audit"),
        )
        assert 0 == code
        assert ["9f1c2ab4d07e6613 (checkout): 1 line", f"{other} (checkout): 1 line"] == said[0:4:2]
        assert "9f1c2ab4d07e6613 stream audit (checkout): 2 lines" in said
        assert [
            "4 lines of 3 processes: nothing missing up to the last line that is there; no log.stop of 3",
            "3 lines not of this contract",
        ] == said[-2:]

    def test_json(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """For programs there is one object for each process."""
        code, said = verify(_line(0, **START), _line(2), _line(3, **STOP), arguments=("--json",))
        assert 1 == code
        assert {
            "boot_id": "9f1c2ab4d07e6613",
            "stream": None,
            "service": "checkout",
            "lines": 3,
            "last": 3,
            "missing": [{"first": 1, "last": 1, "reason": None}],
            "untold": {},
            "twice": 0,
            "started": 0,
            "stopped": 3,
        } == json.loads(said[0])

    def test_files(self, tmp_path: Path) -> None:
        """Several files are one proof, compressed or not; one that can't be read is told, and the code is 2."""
        (tmp_path / "b.jsonl").write_bytes(_line(1) + _line(2, **STOP))
        with gzip.open(tmp_path / "a.jsonl.gz", "wb") as file:
            file.write(_line(0))
        command = [*_COMMAND, "b.jsonl", "a.jsonl.gz"]
        done = subprocess.run(command, capture_output=True, check=False, cwd=tmp_path)
        assert (0, b"") == (done.returncode, done.stderr)
        assert done.stdout.endswith(b"3 lines of 1 process: nothing missing\n")

        done = subprocess.run([*command, "none"], capture_output=True, check=False, cwd=tmp_path)
        assert (2, b"structlog-enrich can't read none: No such file or directory\n") == (done.returncode, done.stderr)
        assert done.stdout.endswith(b"3 lines of 1 process: nothing missing; 1 file couldn't be read\n")

    def test_hostile_lines(self, verify: Callable[..., tuple[int, list[str]]]) -> None:
        """Nothing that a line holds reaches a terminal as a command, and no shape of a gap ends the proof."""
        odd = [
            None,
            1,
            "x",
            [],
            {"ranges": 3},
            {"ranges": [[1], [2, "x"], [5, 2]], "count": "many", "boot_id": 4},
            {"count": True},
        ]
        lines = [_line(number, event_name="log.gap", gap=gap) for number, gap in enumerate(odd)]
        lines.append(b'{"boot_id":"b","seq":true}\n')
        code, said = verify(*lines, _line(0, "\x1b[2J", service="\x1b[31m"), _line(-1))
        assert 0 == code
        assert not any("\x1b" in line for line in said)
        assert "2 lines not of this contract" == said[-1]
