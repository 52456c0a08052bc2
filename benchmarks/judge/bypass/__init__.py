"""The ways around redaction, as cases: played through the whole chain, judged by the bytes that were written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.judge.bypass.containers import CONTAINERS
from benchmarks.judge.bypass.errors import ERRORS
from benchmarks.judge.bypass.keys import KEYS
from benchmarks.judge.bypass.libraries import LIBRARIES
from benchmarks.judge.bypass.objects import OBJECTS
from benchmarks.judge.bypass.robustness import ROBUSTNESS
from benchmarks.judge.bypass.texts import TEXTS

if TYPE_CHECKING:
    from benchmarks.judge.bypass.planting import Case

__all__ = ["CASES"]

CASES: Final[dict[str, tuple[Case, ...]]] = {
    "keys": KEYS,
    "containers": CONTAINERS,
    "objects": OBJECTS,
    "libraries": LIBRARIES,
    "texts": TEXTS,
    "errors": ERRORS,
    "robustness": ROBUSTNESS,
}
"""All cases, by where the secret hides."""
