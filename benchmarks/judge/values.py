"""Measure the value scanner on labelled texts: recall, harmless texts altered, cost.

Run `python -m benchmarks.judge.values [folder] [--sample N] [--misses GROUP] [--engine re|re2]`. The folder holds the
labelled texts, one JSON object a line; without it they are looked for beside the repository.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from structlog_enrich.redaction.classifier import DEFAULT_CLASSIFIER
from structlog_enrich.redaction.values import DEFAULT_RULES, Scanner

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKER = re.compile(r"\[REDACTED:[a-z0-9_.-]+\]")
FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"
FILES = (
    "gitleaks",
    "noseyparker",
    "secretlint",
    "datadog_scrubber",
    "detect_secrets",
    "kv_credsweeper",
    "loghub",
    "kv_ecs_otel",
)


def rows(folder: Path, name: str, sample: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each labelled text of *name* with the group it counts in, every *sample*-th only."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % sample:
                continue
            row = json.loads(line)
            group = name
            if name == "gitleaks":
                group += " templates" if row["origin"] == "gitleaks-sample-template" else " literal"
            if row.get("identifier_only"):
                group += " (identifiers)"
            if row.get("advisory_negative"):
                group += " (advisory)"
            yield group, row


def found(row: dict[str, Any], redacted: str) -> bool:
    """Tell whether the secret of *row* is gone."""
    span = row.get("secret_span")
    return span not in MARKER.sub("", redacted) if span else redacted != row["text"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--sample", type=int, default=1, metavar="N")
    parser.add_argument("--misses", default="", metavar="GROUP")
    parser.add_argument("--engine", default="auto")
    chosen = parser.parse_args()
    if not chosen.folder.is_dir():
        print(f"no labelled texts in {chosen.folder}")
        return
    scanner = Scanner(DEFAULT_RULES, DEFAULT_CLASSIFIER.classify, engine=chosen.engine, judge=DEFAULT_CLASSIFIER.judge)
    print(f"engine {scanner.engine}, {len(DEFAULT_RULES)} rules")
    print(
        f"{'texts':34} {'secret':>7} {'found':>7} {'harmless':>9} {'altered':>8} {'whole':>6}"
        f" {'us/text':>8} {'clean us':>8}"
    )
    for name in FILES:
        totals: dict[str, Counter[str]] = {}
        for group, row in rows(chosen.folder, name, chosen.sample):
            total = totals.setdefault(group, Counter())
            text = row["text"]
            start = time.perf_counter()
            redacted, ids = scanner.redact(text)
            total["ns"] += int((time.perf_counter() - start) * 1e9)
            start = time.perf_counter()
            scanner.clean(text)
            total["clean"] += int((time.perf_counter() - start) * 1e9)
            total["texts"] += 1
            kind = "secret" if row["secret"] else "harmless"
            total[kind] += 1
            hit = found(row, redacted) if row["secret"] else redacted != text
            total["found" if row["secret"] else "altered"] += hit
            total["whole"] += (
                not row["secret"]
                and redacted.startswith("[REDACTED")
                and redacted.count("]") == 1
                and redacted.endswith("]")
            )
            if chosen.misses and chosen.misses in group and hit is not row["secret"]:
                print(
                    "MISS" if row["secret"] else "FALSE",
                    row["kind"],
                    ids,
                    repr(text[:300]),
                    repr(row.get("secret_span", ""))[:80],
                )
        for group, total in sorted(totals.items()):
            secret, harmless = total["secret"], total["harmless"]
            print(
                f"{group:34} {secret:7} {total['found'] / secret if secret else 0:7.1%} {harmless:9}"
                f" {total['altered'] / harmless if harmless else 0:8.2%} {total['whole']:6}"
                f" {total['ns'] / total['texts'] / 1e3:8.1f} {total['clean'] / total['texts'] / 1e3:8.1f}"
            )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
