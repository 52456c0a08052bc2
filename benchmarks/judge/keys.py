"""Measure the key classifier on labelled names: recall, harmless names hit, cost.

Run `python -m benchmarks.judge.keys [folder] [--misses]`. The folder holds the labelled texts, one JSON object a line;
without it they are looked for beside the repository.
"""

from __future__ import annotations

import argparse
import json
import sys
import timeit
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from structlog_enrich.redaction.classifier import DEFAULT_CLASSIFIER
from structlog_enrich.redaction.reading import read
from structlog_enrich.redaction.spelling import plain_spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"
PLACEHOLDER = "s3cr3t-value-42"
COSTLY = ("order_id", "http.request.method", "db_password", "gen_ai.usage.input_tokens", "X-Vtex-Api-AppToken")


class Count(NamedTuple):
    """How many of how many, and which weren't."""

    name: str
    hit: int
    of: int
    others: list[str]


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the labelled rows of *name*."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def counted(name: str, found: dict[str, bool] | list[tuple[str, bool]], *, wanted: bool = True) -> Count:
    """Count the rows that were found, and keep those that are not as they should be."""
    pairs = list(found.items()) if isinstance(found, dict) else found
    return Count(name, sum(hit for _, hit in pairs), len(pairs), [key for key, hit in pairs if hit != wanted])


def parsed(text: str) -> Any:
    """Return what a text says as JSON, or the text itself: then there is no key."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def masked(event: Any, secret: str | None) -> bool:
    """Tell whether a secret is gone from an event whose values are masked by their keys only."""
    done = _masked(event)
    return done != event if secret is None else secret not in json.dumps(done, ensure_ascii=False)


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _masked(each) if DEFAULT_CLASSIFIER.judge(key, each) is None else "[REDACTED]"
        for key, each in value.items()
    }


def counts(folder: Path) -> Iterator[Count]:
    """Yield what was measured, file by file."""
    classify, judge = DEFAULT_CLASSIFIER.classify, DEFAULT_CLASSIFIER.judge
    sensitive = rows(folder, "keys_sensitive")
    sure = [row["text"] for row in sensitive if not row.get("debatable")]
    yield counted("keys_sensitive, undisputed, by name", [(key, classify(key) is not None) for key in sure])
    yield counted(
        "keys_sensitive, undisputed, with a value", [(key, judge(key, PLACEHOLDER) is not None) for key in sure]
    )
    yield counted(
        "keys_sensitive, debatable, with a value",
        [(row["text"], judge(row["text"], PLACEHOLDER) is not None) for row in sensitive if row.get("debatable")],
    )
    yield counted(
        "kv_credsweeper",
        [
            (f"{row['kind']} {row['key']}", judge(row["key"], row["value"]) is not None)
            for row in rows(folder, "kv_credsweeper")
        ],
    )
    for name in ("keys_ecs", "keys_otel"):
        names = {row["text"]: row["secret"] for row in rows(folder, name)}
        hit = {key: classify(key) is not None for key in names}
        yield counted(f"{name}, harmless", {key: hit[key] for key in names if not names[key]}, wanted=False)
        if any(names.values()):
            yield counted(f"{name}, secret", {key: hit[key] for key in names if names[key]})
    yield counted(
        "kv_ecs_otel, harmless",
        [(row["text"], masked(json.loads(row["text"]), None)) for row in rows(folder, "kv_ecs_otel")],
        wanted=False,
    )
    for name in ("sentry", "logfire"):
        for secret in (True, False):
            labelled = [row for row in rows(folder, name) if row["secret"] is secret]
            found = [(row["text"], masked(parsed(row["text"]), row.get("secret_span"))) for row in labelled]
            yield counted(f"{name}, {'secret' if secret else 'harmless'}, by key only", found, wanted=secret)


def cost() -> Iterator[str]:
    """Yield the cost of a known key, of a verdict, and of keys that weren't seen before."""
    classify, judge = DEFAULT_CLASSIFIER.classify, DEFAULT_CLASSIFIER.judge
    classify("order_id")
    known = min(timeit.repeat(lambda: classify("order_id"), number=100_000)) / 100_000
    idle = min(timeit.repeat(lambda: None, number=100_000)) / 100_000
    yield f"known key {(known - idle) * 1e9:.0f} ns"
    known = min(timeit.repeat(lambda: judge("password", "x"), number=100_000)) / 100_000
    yield f"known secret with its value {(known - idle) * 1e9:.0f} ns"
    for key in COSTLY:
        new = min(timeit.repeat(lambda key=key: read(plain_spelling(key)), number=2_000)) / 2_000  # type: ignore[misc]
        yield f"new key {key} {new * 1e6:.1f} µs"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--misses", action="store_true", help="print what isn't as it should be")
    given = parser.parse_args()
    if not (given.folder / "keys_sensitive.jsonl").is_file():
        sys.exit("no labelled texts there: name the folder that holds keys_sensitive.jsonl")
    for count in counts(given.folder):
        print(f"{count.name:45} {count.hit:5} of {count.of:5} {count.hit / count.of:8.2%}")
        if given.misses:
            for text in count.others:
                print(f"    {text[:160]}")
    for line in cost():
        print(line)


if __name__ == "__main__":
    main()
