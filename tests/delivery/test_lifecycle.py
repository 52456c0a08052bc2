"""What a process's end and a fork mean for its writers."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

from structlog_enrich.delivery import Writer
from structlog_enrich.delivery.lifecycle import finish_with_process, watch_process
from tests.delivery.faulty import Collecting

if TYPE_CHECKING:
    from collections.abc import Callable


class TestWatchProcess:
    """Writers finish with the process, and are let go of before it when nobody needs them."""

    def test_nothing_at_import(self, run_python: Callable[..., object]) -> None:
        """Hooks are registered by the first writer, not by the import, and once."""
        run_python(
            """
import atexit, os
from structlog_enrich.delivery import Writer
registered = []
atexit.register = registered.append
os.register_at_fork = lambda **hooks: registered.append(hooks)
import structlog_enrich.delivery.lifecycle
assert registered == []
Writer(1), Writer(1)
assert len(registered) == 2, registered
"""
        )

    def test_let_go(self) -> None:
        """A writer that is closed and forgotten is kept by nobody."""
        writer = Writer(Collecting())
        writer().info(b"paid")
        writer.close()
        kept = weakref.ref(writer)
        del writer
        gc.collect()
        assert None is kept()

    def test_while_it_runs(self) -> None:
        """While the process runs its exit is to come, and so are the hooks."""
        with Writer(Collecting()) as writer:
            assert watch_process(writer)
        assert finish_with_process()
