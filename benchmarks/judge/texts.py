"""Texts with secrets in them, and harmless ones, through `redact_text`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from benchmarks.judge.labelled import rows
from benchmarks.judge.outcome import is_gone, is_whole
from benchmarks.judge.tally import Tally
from structlog_enrich.redaction import DEFAULT_POLICY, PII, redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from structlog_enrich.redaction import RedactionPolicy

__all__ = ["FILES", "judged"]

FILES: Final = {
    **dict.fromkeys(
        ("gitleaks", "noseyparker", "secretlint", "datadog_scrubber", "detect_secrets", "loghub"), DEFAULT_POLICY
    ),
    **dict.fromkeys(("presidio", "serilog"), DEFAULT_POLICY | PII.all),
}
"""The files, each with the policy that it is judged by: personal data is masked by whoever asks for the packs."""


def judged(folder: Path) -> Iterator[tuple[str, str, Tally, str]]:
    """Yield each file and group, what was found in it, and a digest of all that is left of the file."""
    for name, policy in FILES.items():
        tallies: dict[str, Tally] = {}
        digest = hashlib.sha256()
        for row in rows(folder, name):
            left = _judge(name, row, policy, tallies)
            digest.update(left.encode("utf-8", "surrogatepass") + b"\0")
        for group, tally in tallies.items():
            yield name, group, tally, digest.hexdigest()


def _judge(name: str, row: dict[str, Any], policy: RedactionPolicy, tallies: dict[str, Tally]) -> str:
    text, kind = row["text"], row["kind"]
    left = redact_text(text, policy)
    group, secrets = _group(name, row), row.get("spans") or [row.get("secret_span")]
    if not row["secret"]:
        tally = tallies.setdefault(f"{group}, altered", Tally(wanted=False))
        tally.add(kind, found=left != text, text=text)
        tallies.setdefault(f"{group}, whole", Tally(wanted=False)).add(kind, found=is_whole(left), text=text)
    elif secrets == [None]:
        # Where nobody says what the secret is, a change may have been another.
        tallies.setdefault(f"{group}, unnamed", Tally()).add(kind, found=left != text, text=text)
    else:
        tallies.setdefault(f"{group}, gone", Tally()).add(kind, found=is_gone(map(str, secrets), left), text=text)
        tallies.setdefault(f"{group}, changed", Tally()).add(kind, found=left != text, text=text)
    return left


def _group(name: str, row: dict[str, Any]) -> str:
    if row.get("origin") == "gitleaks-sample-template":
        return f"{name} templates"
    if row.get("identifier_only"):
        return f"{name} identifiers"
    if row.get("advisory_negative"):
        return f"{name} advisory"
    return name
