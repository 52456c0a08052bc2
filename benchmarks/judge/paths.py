"""Paths through `redact`, beside what pino's own redactors made of the same inputs."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from benchmarks.judge.labelled import rows
from benchmarks.judge.tally import Tally
from structlog_enrich.redaction import Call, Drop, RedactionPolicy, redact
from structlog_enrich.redaction.markers import DROPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from structlog_enrich.redaction.strategies import Strategy

__all__ = ["FILES", "judged", "uncounted"]

FILES: Final = ("pino_paths",)

_PATH_STEPS: Final = re.compile(r"\[[^\]]*\]|[^.\[\]]+")
_MARK: Final = "\0masked"
_NEW: Final = "\0new"


def judged(folder: Path) -> Iterator[tuple[str, str, Tally, str]]:
    """Yield each file and group, what was found in it, and a digest of all that is left of the file."""
    same, anywhere = Tally(), Tally()
    reasons: dict[str, Tally] = {}
    digest = hashlib.sha256()
    (name,) = FILES
    for row in rows(folder, name):
        before, after = json.loads(row["text"]), json.loads(row["expected"].removeprefix("custom:"))
        ways = [row["paths"]] if isinstance(row["paths"], str) else row["paths"]
        outputs = [_redacted(before, ways, each) for each in _strategies(row, after)]
        found = any(_alike(left, after, before) for left in outputs)
        reason = uncounted(ways, before, after)
        tally = reasons.setdefault(f"pino_paths, {reason}", Tally()) if reason else same
        tally.add(row["kind"], found=found, text=f"{ways} {row['text']}")
        for key in sorted(set(_keys(before))):
            if not {'"', "\\"}.isdisjoint(key):
                continue
            left = _redacted(before, [f'**["{key}"]'], _fixed(_MARK))
            anywhere.add("anywhere", found=left == _masked(before, key), text=f"{key} {row['text']}")
            digest.update(json.dumps(left).encode())
        digest.update(json.dumps(outputs).encode())
    for group, tally in {"pino_paths, as recorded": same, "pino_paths, `**`": anywhere, **reasons}.items():
        yield name, group, tally, digest.hexdigest()


def uncounted(paths: Iterable[str], before: Any, after: Any) -> str | None:
    """Return why a recorded output can't follow from its own input and paths; None when it may.

    >>> uncounted(["a.b"], {"a": {"b": 1}}, {"a": {"b": "[REDACTED]"}})
    >>> uncounted(["a.b.c"], {"a": {"b": 1}}, {"a": {"b": "[REDACTED]"}})
    'recorded with a change above what the path means'
    """
    if "__proto__" in _keys(before):
        return "recorded without the key `__proto__`"
    changes = list(_changes(before, after, 0))
    if _NEW in (what for what, _ in changes):
        return "recorded with a key that the input hasn't"
    shortest = min((len(_PATH_STEPS.findall(path)) for path in paths), default=0)
    if any(depth < shortest for _, depth in changes):
        return "recorded with a change above what the path means"
    return None


def _strategies(row: dict[str, Any], after: Any) -> Iterator[Strategy]:
    if row["kind"] == "path-remove":
        yield Drop()
    elif row["kind"] == "path-censor-fn":
        yield _fixed(_MARK)
    elif "censor" in row:
        yield _fixed(row["censor"])
    elif "[REDACTED]" in str(after):
        yield _fixed("[REDACTED]")
    else:
        # A censor that JSON can't say, JavaScript's undefined, isn't recorded: then nothing is written, or null.
        yield Drop()
        yield _fixed(None)


def _fixed(censor: Any) -> Strategy:
    return Call(lambda *_: censor)


def _redacted(before: Any, paths: list[str], strategy: Strategy) -> Any:
    return redact(before, RedactionPolicy(paths=paths, strategies=dict.fromkeys(paths, strategy), defaults=False))


def _alike(ours: Any, theirs: Any, before: Any) -> bool:
    """Compare two outputs; what an unrecorded function was to mask must have changed, into whatever it is."""
    if ours == _MARK:
        return bool(theirs != before)
    if ours == DROPPED:
        # JavaScript writes null for an element that is removed.
        return theirs is None
    if isinstance(ours, dict) and isinstance(theirs, dict):
        was = before if isinstance(before, dict) else {}
        return ours.keys() == theirs.keys() and all(
            _alike(each, theirs[key], was.get(key)) for key, each in ours.items()
        )
    if isinstance(ours, list) and isinstance(theirs, list):
        was = before if isinstance(before, list) else [None] * len(theirs)
        return len(ours) == len(theirs) and all(map(_alike, ours, theirs, was))
    return bool(ours == theirs) and type(ours) is type(theirs)


def _changes(before: Any, after: Any, depth: int) -> Iterator[tuple[str, int]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() | after.keys():
            if key not in before:
                yield _NEW, depth + 1
            elif key not in after:
                yield "", depth + 1
            else:
                yield from _changes(before[key], after[key], depth + 1)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _changes(one, other, depth + 1)
    elif before != after:
        yield "", depth


def _keys(value: Any) -> Iterator[str]:
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(each)
    if isinstance(value, dict):
        yield from value


def _masked(value: Any, key: str) -> Any:
    """Return what `**.key` means, said a second time."""
    if isinstance(value, dict):
        return {name: _MARK if name == key else _masked(each, key) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, key) for each in value]
    return value
