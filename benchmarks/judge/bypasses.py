"""Count the ways around redaction that are open: planted secrets that stand in the written line.

Run `python -m benchmarks.judge.bypasses [where …] [--words] [--structlog] [--slow SECONDS]`. It needs no labelled
texts; a case whose library isn't installed is left out and named.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import structlog

from benchmarks.judge.bypass import CASES
from benchmarks.judge.bypass.harmless import HARMLESS, altered
from benchmarks.judge.bypass.known import KNOWN_ALTERED, KNOWN_FAULTS, KNOWN_LEAKS
from benchmarks.judge.bypass.planting import judged

if TYPE_CHECKING:
    from collections.abc import Mapping


def main() -> None:
    """Print the table; the exit code is 1 when something is wrong that isn't known to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("where", nargs="*", choices=[[], *CASES], help="default everywhere")
    parser.add_argument("--words", action="store_true", help="plant what a person might think of, small letters only")
    parser.add_argument("--structlog", action="store_true", help="log by structlog's own logger")
    parser.add_argument("--slow", type=float, default=0.5, metavar="SECONDS", help="name what takes longer")
    given = parser.parse_args()
    wrapper = structlog.make_filtering_bound_logger(0) if given.structlog else None
    wrong = 0
    print(f"{'where':12} {'cases':>6} {'leak':>5} {'faulty':>7} {'left out':>9}")
    told: list[str] = []
    for where in given.where or CASES:
        left_out = [case for case in CASES[where] if case.left_out]
        played = [judged(case, words=given.words, wrapper=wrapper) for case in CASES[where] if not case.left_out]
        leaking, faulty = [each for each in played if each.leaks], [each for each in played if each.faults]
        known = {*KNOWN_LEAKS, *KNOWN_FAULTS}
        wrong += sum(f"{where}: {each.name}" not in known for each in (*leaking, *faulty))
        print(f"{where:12} {len(played):6} {len(leaking):5} {len(faulty):7} {len(left_out):9}")
        told += (
            f"LEAK   {where}: {each.name}: {', '.join(each.leaks)}{_why(KNOWN_LEAKS, f'{where}: {each.name}')}"
            for each in leaking
        )
        told += (f"FAULT  {where}: {each.name}: {'; '.join(each.faults)}" for each in faulty)
        told += (f"SLOW   {where}: {each.name}: {each.seconds:.2f} s" for each in played if each.seconds > given.slow)
        told += (f"absent {where}: {each.name}: {each.left_out}" for each in left_out)
    changed = [(twin, found) for twin in HARMLESS if (found := altered(twin))]
    wrong += sum(twin.name not in KNOWN_ALTERED for twin, _ in changed)
    print(f"{'harmless':12} {len(HARMLESS):6} {'':5} {len(changed):7} altered")
    told += (f"ALTERED {twin.name}: {', '.join(found)}{_why(KNOWN_ALTERED, twin.name)}" for twin, found in changed)
    for line in told:
        print(line)
    sys.exit(int(wrong > 0))


def _why(known: Mapping[str, str], name: str) -> str:
    return f" ({known[name]})" if name in known else ""


if __name__ == "__main__":
    main()
