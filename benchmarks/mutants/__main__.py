"""The command: let every mutant of the writer meet its tests, then write the page."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.mutants.page import PAGE, render
from benchmarks.mutants.tally import PACKAGE, by_module, survivors, unjudged, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT: Final = Path(__file__).parents[2]
_TOOL: Final = Path(sys.executable).with_name("mutmut")
# Where the tool keeps its copy and what it found.
_KEPT: Final = _ROOT / "mutants"
_JUDGED: Final = _ROOT.joinpath(*PACKAGE.split("."))
_JUDGED_THERE: Final = _KEPT.joinpath(*PACKAGE.split("."))


def main() -> int:
    """Judge what the command line asks for; return the code of the tool where it failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("--survivors", action="store_true", help="judge anew only those that survived the last run")
    parser.add_argument("--print", action="store_true", help="print the page of the last run, and judge nothing")
    parser.add_argument("--processes", default="2", help="how many judge at a time")
    given = parser.parse_args()
    if given.print:
        sys.stdout.write(_page(_found()))
        return 0
    # Named, since the tool then makes sure that each test can be run by its name; one that can't would seem to fail.
    names = [f"{PACKAGE}*"]
    if given.survivors:
        names = survivors(_found())
    else:
        shutil.rmtree(_KEPT, ignore_errors=True)
    if code := _tool("run", "--max-children", given.processes, *names).returncode:
        return code
    found = _found()
    PAGE.write_text(_page(found), encoding="utf-8")
    sys.stderr.write(f"wrote {PAGE.parent.name}/{PAGE.name}\n")
    sys.stdout.writelines(f"survived: {name}\n" for name in survivors(found))
    return 0


def _page(found: Mapping[str, str]) -> str:
    """Return the page, or exit where modules have come since the last whole run."""
    tallies = by_module(found)
    if missing := unjudged(_JUDGED, _JUDGED_THERE):
        sys.exit(f"no mutant of {', '.join(missing)} was judged: run `make mutants` anew, without --survivors")
    return render(tallies)


def _found() -> dict[str, str]:
    listed = _tool("results", "--all", "true", stdout=subprocess.PIPE)
    listed.check_returncode()
    return verdicts(listed.stdout.decode())


def _tool(*args: str, stdout: int | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([_TOOL, *args], cwd=_ROOT, check=False, stdout=stdout)  # noqa: S603 (our own arguments)


if __name__ == "__main__":
    sys.exit(main())
