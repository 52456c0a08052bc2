"""What became of the mutants, by module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["PACKAGE", "Tally", "by_module", "survivors", "unjudged", "verdicts"]

PACKAGE: Final = "structlog_enrich.delivery."

# As `mutmut results --all true` says it; a function's name begins with an x there.
_VERDICT: Final = re.compile(rf"^ +({re.escape(PACKAGE)}([\w.]+?)\.xǁ?\S*__mutmut_\d+): (.+)$", re.MULTILINE)
# A test failed, or hung, or the interpreter died, by a signal that the tool may not know.
_KILLED: Final = frozenset({"killed", "timeout", "segfault", "suspicious"})
_SURVIVED: Final = frozenset({"survived", "no tests"})


@dataclass(frozen=True)
class Tally:
    """Count mutants."""

    killed: int = 0
    survived: int = 0

    @property
    def mutants(self) -> int:
        """Return how many there were."""
        return self.killed + self.survived

    def __add__(self, other: Tally) -> Tally:
        """Count both."""
        return Tally(self.killed + other.killed, self.survived + other.survived)


def verdicts(said: str) -> dict[str, str]:
    """Return the verdict on each mutant, from what the tool lists.

    >>> verdicts("    structlog_enrich.delivery.queue.xǁQueueǁtake__mutmut_3: killed")
    {'structlog_enrich.delivery.queue.xǁQueueǁtake__mutmut_3': 'killed'}
    """
    return {name: verdict for name, _, verdict in _VERDICT.findall(said)}


def survivors(found: Mapping[str, str]) -> list[str]:
    """Return those that no test noticed."""
    return [name for name, verdict in found.items() if verdict in _SURVIVED]


def by_module(found: Mapping[str, str]) -> dict[str, Tally]:
    """Return the tally of each module, as a path within the package.

    Raises:
        ValueError: Some mutants were neither killed nor survived, so the run isn't whole.

    >>> by_module({"structlog_enrich.delivery.sinks.pipe.x_few__mutmut_1": "timeout"})
    {'sinks/pipe.py': Tally(killed=1, survived=0)}
    """
    tallies: dict[str, Tally] = {}
    if others := {*found.values()} - _KILLED - _SURVIVED:
        msg = f"the run isn't whole: {', '.join(sorted(others))}"
        raise ValueError(msg)
    for name, verdict in found.items():
        module = name.removeprefix(PACKAGE).partition(".x")[0].replace(".", "/") + ".py"
        one = Tally(killed=1) if verdict in _KILLED else Tally(survived=1)
        tallies[module] = tallies.get(module, Tally()) + one
    return dict(sorted(tallies.items(), key=_files_first))


def unjudged(folder: Path, kept: Path) -> list[str]:
    """Return which modules in *folder* the tool hasn't looked at, of which it keeps a copy in *kept*."""
    looked_at = {_module(path.with_suffix(""), kept) for path in kept.rglob("*.py.meta")}
    return sorted({_module(path, folder) for path in folder.rglob("*.py")} - looked_at)


def _module(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _files_first(each: tuple[str, Tally]) -> tuple[bool, str]:
    return "/" in each[0], each[0]
