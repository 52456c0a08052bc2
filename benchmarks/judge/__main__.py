"""The command: judge with both engines, each in an interpreter of its own, then write or print the page."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final, Literal

from benchmarks.engines import scan_with
from benchmarks.judge import run, sizes
from benchmarks.judge.labelled import FOLDER
from benchmarks.judge.page import PAGE, judgements, render, summary
from benchmarks.judge.targets import MISSED, NOT_MEASURED, verdict

_MISSED: Final = 1


def main() -> int:
    """Judge what the command line asks for; return 1 when a limit was missed, 77 when something wasn't measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judge", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where the labelled texts are")
    parser.add_argument("--engine", choices=run.ENGINES, help="judge with this one only, and write no page")
    parser.add_argument("--print", action="store_true", help="print the page instead of writing it")
    parser.add_argument("--amiss", metavar="GROUP", help="print the texts of a group that are not as they should be")
    parser.add_argument("--labelled", action="store_true", help="leave out the long texts, which take most of the time")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if absent := run.absent(given.folder):
        sys.stderr.write(
            f"not measured: there are no labelled texts {', '.join(absent)}. Name the folder they are in\n"
        )
        return run.NOT_HERE
    if given.amiss:
        sys.stdout.writelines(f"{text}\n" for text in run.amiss(given.folder, given.amiss))
        return 0
    if given.json:
        return _told(given.folder, given.engine, labelled=given.labelled)
    asked = [given.engine] if given.engine else run.ENGINES
    engines = {engine: run.apart(given.folder, engine, labelled=given.labelled) for engine in asked}
    rows = judgements(engines)
    # A page with a hole isn't written.
    whole = not given.engine and not any(NOT_MEASURED in row for row in rows)
    sys.stdout.write(render(engines) if whole and given.print else f"{summary(engines)}\n")
    if whole and not given.print:
        PAGE.write_text(render(engines), encoding="utf-8")
        sys.stderr.write(f"wrote {PAGE.parent.name}/{PAGE.name}\n")
    worst = verdict(row[-1] for row in rows)
    return {MISSED: _MISSED, NOT_MEASURED: run.NOT_HERE}.get(worst, 0)


def _told(folder: Path, engine: Literal["re", "re2"], *, labelled: bool) -> int:
    try:
        scan_with(engine)
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return run.NOT_HERE
    found = run.judged(folder)
    json.dump(found if labelled else {**found, "sizes": sizes.judged()}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
