"""Ids that are the same on every run."""

from __future__ import annotations

import os
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from structlog_enrich import process
from structlog_enrich.process import ProcessState

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["fake_ids"]


@contextmanager
def fake_ids(seed: int = 0) -> Iterator[ProcessState]:
    """Have the library make the same ids on every run for the block: traces, spans and the process's own.

    `seq` begins at 0 again. Nothing else sees it: what the program itself takes from `os.urandom` stays random. A child
    that is forked within the block makes other ids, which differ from run to run.

    Args:
        seed: Which ids; another number makes others.

    Returns:
        The state that the process has for the block, with its `boot_id` and `boot_trace_id`.

    >>> with fake_ids() as one, fake_ids() as same, fake_ids(seed=1) as other:
    ...     one.boot_id == same.boot_id, one.boot_id == other.boot_id
    (True, False)
    """
    # Its own name for the module is put aside, so that only it is deceived. The first call of `current` registers what
    # gives a forked child a state of its own.
    module: Any = process
    before, theirs, pid = process.current(), module.os, os.getpid()
    module.os = _Os(seed)
    try:
        process.state = state = ProcessState()
        yield state
    finally:
        module.os = theirs
        # A child that was forked within keeps the state that it was given.
        if os.getpid() == pid:
            process.state = before


class _Os:
    """Stand where the library has the module `os`, with bytes that only look random."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 (the same ids on every run is the point)
        self._pid = os.getpid()

    def urandom(self, size: int) -> bytes:
        if (pid := os.getpid()) != self._pid:
            # Copies of one generator would give two processes the same ids.
            self._random, self._pid = random.Random(os.urandom(16)), pid  # noqa: S311 (as above)
        return self._random.randbytes(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)
