"""Sub-interpreters, where no thread may stay behind."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import structlog_enrich

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.rows.programs import Result

MAIN = """
kind, inside = sys.argv[2:]
try:
    import _interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
    made = interpreters.create(isolated=kind == "isolated")
    interpreters.run_string(made, inside)
    interpreters.destroy(made)
else:
    made = _interpreters.create(kind)
    failed = _interpreters.exec(made, inside)
    assert failed is None, failed.formatted
    _interpreters.destroy(made)
"""

INSIDE = """
import atexit, os, sys
sys.path[:0] = [{root!r}]
{alone}
from structlog_enrich.delivery import Writer
writer = Writer({path!r})
log = writer()
atexit.register(lambda: log.info(b'{{"thread":1,"n":0}}'))
for n in range(100):
    log.info(b'{{"thread":0,"n":%d}}' % n)
stats = writer.stats()
assert (stats.state, stats.written, stats.writer_alive) == ("synchronous", 100, False), stats
"""

# With a lock of its own an interpreter loads no orjson, so of the package only the writer's room can be had.
ALONE = """
import types
package = sys.modules["structlog_enrich"] = types.ModuleType("structlog_enrich")
package.__path__ = [{folder!r}]
"""


class TestInterpreters:
    """In a sub-interpreter whoever logs writes, and it ends cleanly."""

    @pytest.mark.parametrize("kind", ["legacy", "isolated"])
    def test_r46_sub_interpreter(self, kind: str, tmp_path: Path, play: Callable[..., Result]) -> None:
        """The writer is imported, logs, and writes what exit hooks log; nothing is left that would abort the end."""
        folder = Path(structlog_enrich.__file__).parent
        alone = kind == "isolated" and sys.version_info >= (3, 12)
        inside = INSIDE.format(
            root=str(folder.parent), path=str(tmp_path / "log"), alone=ALONE.format(folder=str(folder)) if alone else ""
        )
        result = play(MAIN, kind, inside)
        assert (list(range(100)), [0]) == (result.numbers(), result.numbers(1))

    @pytest.mark.skipif(sys.version_info < (3, 13), reason="before 3.13 an isolated interpreter has it, or aborts")
    def test_r46_whole_package(self, play: Callable[..., Result]) -> None:
        """An isolated interpreter that can't have the whole package is told so by an ImportError, and goes on."""
        inside = "try:\n    import structlog_enrich\nexcept ImportError as error:\n    assert 'orjson' in str(error)"
        play(MAIN, "isolated", f"import sys\nsys.path[:0] = {sys.path!r}\n{inside}")
