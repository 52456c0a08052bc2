"""Fresh interpreters, as a service starts one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["BASE", "ROOT", "python", "with_bytecode"]

ROOT: Final = Path(__file__).parents[1]
"""The work tree."""

# structlog imports rich where there is one, and with it half of the standard library, which would then cost us nothing.
# Development tools bring it; a service seldom has it.
BASE: Final = "import sys\nsys.modules['rich'] = None\nimport structlog, orjson"
"""What a program has imported before it imports us."""


@contextmanager
def with_bytecode() -> Iterator[dict[str, str]]:
    """Give an environment in which bytecode is cached, as an installer leaves it.

    Whatever this environment says and the work tree holds: the cache is a folder of its own, and removed afterwards.
    """
    with tempfile.TemporaryDirectory() as cache:
        yield {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}


def python(*arguments: str, environment: Mapping[str, str], folder: Path = ROOT) -> bytes:
    """Run this interpreter once more, in *folder*, and return what it printed."""
    done = subprocess.run(  # noqa: S603 (our own code in our own interpreter)
        [sys.executable, *arguments], check=True, cwd=folder, env=environment, stdout=subprocess.PIPE
    )
    return done.stdout
