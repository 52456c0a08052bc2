"""Compare what paths mask with what pino's own redactors mask.

Run `python -m benchmarks.judge.paths [folder]`. The folder holds the recorded cases, one JSON object a line; without
it they are looked for beside the repository. A case whose recorded output can't follow from its own input is listed
apart, with the reason.
"""

from __future__ import annotations

import argparse
import json
import sys
import timeit
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from structlog_enrich.redaction.matcher import PathMatcher

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structlog_enrich.redaction.matcher import PathState

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"
GONE = object()
MARK = "\0masked"


def walked(value: Any, state: PathState | None, censor: Any) -> Any:
    """Return *value* with what the paths mean replaced by *censor*."""
    if state is None:
        return value
    if state.path is not None:
        return censor
    if isinstance(value, dict):
        items = {key: walked(each, state.step(key), censor) for key, each in value.items()}
        return {key: each for key, each in items.items() if each is not GONE}
    if isinstance(value, list):
        elements = [walked(each, state.step(at), censor) for at, each in enumerate(value)]
        # JavaScript writes null for an element that was removed.
        return [None if each is GONE else each for each in elements]
    return value


def alike(ours: Any, theirs: Any, before: Any) -> bool:
    """Compare two outputs; what an unrecorded function was to mask must have changed, into whatever it is."""
    if ours == MARK:
        return bool(theirs != before)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(
            alike(each, theirs[key], before.get(key) if isinstance(before, dict) else None)
            for key, each in ours.items()
        )
    if isinstance(ours, list) and isinstance(theirs, list):
        was = before if isinstance(before, list) else [None] * len(ours)
        return len(ours) == len(theirs) and all(map(alike, ours, theirs, was))
    return bool(ours == theirs) and type(ours) is type(theirs)


def outcome(row: dict[str, Any]) -> str:
    """Return `same` or `different`."""
    text, expected = json.loads(row["text"]), json.loads(row["expected"].removeprefix("custom:"))
    paths = [row["paths"]] if isinstance(row["paths"], str) else row["paths"]
    start = PathMatcher(paths).start
    return (
        "same"
        if any(alike(walked(text, start, censor), expected, text) for censor in _censors(row, expected))
        else "different"
    )


def _censors(row: dict[str, Any], expected: Any) -> Iterable[Any]:
    if row["kind"] == "path-remove":
        return (GONE,)
    if row["kind"] == "path-censor-fn":
        return (MARK,)
    # A censor that JSON can't say, JavaScript's undefined, isn't recorded: then nothing is written, or null.
    return (row["censor"],) if "censor" in row else ("[REDACTED]",) if "[REDACTED]" in str(expected) else (GONE, None)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    given = parser.parse_args()
    cases = given.folder / "pino_paths.jsonl"
    if not cases.is_file():
        sys.exit("no recorded cases there: name the folder that holds pino_paths.jsonl")
    outcomes: Counter[tuple[str, str]] = Counter()
    for line in cases.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        said = outcome(row)
        outcomes[row["kind"], said] += 1
        if said != "same":
            print(f"{row['lib']}: {row['paths']} {row['text'][:90]} recorded {row['expected'][:90]}")
    for (kind, said), number in sorted(outcomes.items()):
        print(f"{kind:16} {said:10} {number:4}")
    matcher = PathMatcher(["users[*].credentials.password", "**.*secret", "headers.authorization"])
    assert matcher.start is not None  # noqa: S101 (there are paths)
    step = matcher.start.step
    print(f"one known step {min(timeit.repeat(lambda: step('users'), number=100_000)) * 1e4:.0f} ns")


if __name__ == "__main__":
    main()
