"""One run over all labelled texts, here or in an interpreter of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from benchmarks.judge import events, paths, texts
from benchmarks.judge.labelled import missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.judge.tally import Tally

__all__ = ["ENGINES", "NOT_HERE", "absent", "amiss", "apart", "judged"]

ENGINES: Final = ("re2", "re")
"""With google-re2, and without it."""

NOT_HERE: Final = 77
"""What a process ends with that couldn't measure, for want of texts or of an engine."""

_JUDGES: Final = (texts, events, paths)


def absent(folder: Path) -> list[str]:
    """Return which files of labelled texts *folder* doesn't hold."""
    return missing(folder, chain.from_iterable(judge.FILES for judge in _JUDGES))


def judged(folder: Path) -> dict[str, Any]:
    """Return what was found in each group."""
    return {group: {**tally.as_dict(), "file": file, "left": digest} for file, group, tally, digest in _tallies(folder)}


def amiss(folder: Path, group: str) -> list[str]:
    """Return the texts of a group that are not as they should be, for whoever looks into them at a terminal."""
    return [text for _, name, tally, _ in _tallies(folder) if group in name for text in tally.texts]


def apart(folder: Path, engine: str, *, labelled: bool = False) -> dict[str, Any]:
    """Return what another interpreter finds with *engine*, in long texts too unless only in *labelled* ones.

    Nothing where it has no such engine.

    Raises:
        CalledProcessError: It failed.
    """
    command = [sys.executable, "-m", "benchmarks.judge", str(folder), "--engine", engine, "--json"]
    command += ["--labelled"] if labelled else []
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE)  # noqa: S603 (this very program)
    if done.returncode == NOT_HERE:
        return {}
    done.check_returncode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _tallies(folder: Path) -> Iterator[tuple[str, str, Tally, str]]:
    for judge in _JUDGES:
        yield from judge.judged(folder)
