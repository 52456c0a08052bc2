"""Names of keys, and events made of keys and values, through `redact` and `RedactionPolicy.rule_for`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from benchmarks.judge.labelled import parsed, rows
from benchmarks.judge.outcome import is_gone
from benchmarks.judge.tally import Tally
from structlog_enrich.redaction import DEFAULT_POLICY, PII, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["FILES", "judged"]

_PLACEHOLDER: Final = "s3cr3t-value-42"
_EVERYTHING_ASKED: Final = DEFAULT_POLICY | PII.all

Row = dict[str, Any]
Judged = tuple[str, bool, bool, Any]


def judged(folder: Path) -> Iterator[tuple[str, str, Tally, str]]:
    """Yield each file and group, what was found in it, and a digest of all that is left of the file."""
    for name, judge in FILES.items():
        tallies: dict[str, Tally] = {}
        digest = hashlib.sha256()
        labelled = rows(folder, name)
        for row, (group, wanted, found, left) in zip(labelled, judge(name, labelled), strict=True):
            tallies.setdefault(group, Tally(wanted)).add(row["kind"], found=found, text=row["text"])
            digest.update(repr(left).encode("utf-8", "surrogatepass") + b"\0")
        for group, tally in tallies.items():
            yield name, group, tally, digest.hexdigest()


def _names(name: str, labelled: list[Row]) -> Iterator[Judged]:
    for row in labelled:
        event = {row["text"]: _PLACEHOLDER}
        left = redact(event)
        if row["secret"]:
            yield f"{name}{' debatable' if row.get('debatable') else ''}, gone", True, left != event, left
        else:
            # A name that is harmless with this value may be taken for a secret's with another.
            yield f"{name}, altered", False, left != event or DEFAULT_POLICY.rule_for(row["text"]) is not None, left


def _pairs(name: str, labelled: list[Row]) -> Iterator[Judged]:
    for row in labelled:
        # The text says the value twice escaped; it itself must go.
        left = redact({row["key"]: row["value"]})
        yield f"{name}, gone", True, is_gone([str(row["value"])], list(left.values())), left


def _events(name: str, labelled: list[Row]) -> Iterator[Judged]:
    # Names of addresses are masked by whoever asks for personal data to be, under whichever heading they are listed.
    personal = {key for row in labelled if row.get("pii") and (key := _only_key(row))}
    for row in labelled:
        event = parsed(row["text"])
        left = redact(event, _EVERYTHING_ASKED if _only_key(row) in personal else DEFAULT_POLICY)
        found = (
            is_gone(map(str, row.get("spans") or [row["secret_span"]]), left)
            if row.get("secret_span")
            else left != event
        )
        yield f"{name}, as labelled", True, found is row["secret"], left


def _examples(name: str, labelled: list[Row]) -> Iterator[Judged]:
    for row in labelled:
        event = parsed(row["text"])
        left = redact(event)
        yield f"{name}, altered", False, left != event, left


def _only_key(row: Row) -> str | None:
    event = parsed(row["text"])
    return next(iter(event)) if isinstance(event, dict) and len(event) == 1 else None


FILES: Final[dict[str, Callable[[str, list[Row]], Iterator[Judged]]]] = {
    **dict.fromkeys(("keys_sensitive", "keys_ecs", "keys_otel"), _names),
    "kv_credsweeper": _pairs,
    "kv_ecs_otel": _examples,
    **dict.fromkeys(("sentry", "logfire"), _events),
}
"""The files, each with how it is judged."""
