"""The command: run every scenario in an interpreter of its own, then write or print the page."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.harness import FULL, QUICK, pooled
from benchmarks.page import PAGE, render
from benchmarks.registry import MAIN, SCENARIOS

if TYPE_CHECKING:
    from benchmarks.harness import Effort


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure roughly and print the page instead of writing it")
    parser.add_argument("--print", action="store_true", help="measure fully and print the page instead of writing it")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), help="measure only this one and print its table")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    effort = QUICK if given.quick else FULL
    if given.scenario:
        result = SCENARIOS[given.scenario].run(effort)
        shown = json.dumps(result) if given.json else SCENARIOS[given.scenario].table(result)
        sys.stdout.write(f"{shown}\n")
        return
    page = render(_measured(effort, quick=given.quick), effort)
    if given.quick or given.print:
        sys.stdout.write(page)
    else:
        PAGE.write_text(page, encoding="utf-8")
        sys.stderr.write(f"wrote {PAGE.parent.name}/{PAGE.name}\n")


def _measured(effort: Effort, *, quick: bool) -> dict[str, Any]:
    # An interpreter's layout of memory and its hash seed alone move a ratio by some percent, so the main comparisons
    # are the rounds of several, which take turns as well.
    sittings = [{name: _apart(name, quick=quick) for name in MAIN} for _ in range(effort.sittings)]
    main = {name: pooled([each[name] for each in sittings]) for name in MAIN}
    return main | {name: _apart(name, quick=quick) for name in SCENARIOS if name not in MAIN}


def _apart(name: str, *, quick: bool) -> Any:
    command = [sys.executable, "-m", "benchmarks", "--scenario", name, "--json", *(["--quick"] if quick else [])]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 (this very program)
    sys.stderr.write(f"{name}: {time.perf_counter() - start:.1f} s\n")
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
