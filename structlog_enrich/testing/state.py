"""What one test leaves behind and the next must not see."""

from __future__ import annotations

import structlog

from structlog_enrich import process
from structlog_enrich.said import SAID
from structlog_enrich.setup.configuring import undo_current
from structlog_enrich.trace.abandoned import LATE
from structlog_enrich.trace.activation import ACTIVE
from structlog_enrich.trace.context import CURRENT
from structlog_enrich.trace.seen import SEEN

__all__ = ["reset"]


def reset() -> None:
    """Put all that is global of structlog and of this library back to how it is at the start of a process.

    What `structlog_enrich.configure` set up is undone, structlog has its defaults, nothing is bound and no span
    is active in this thread or task, spans that were to be ended late are forgotten, and the process has new ids and
    counts `seq` from 0. Loggers that were cached keep the chain they have, for structlog knows none of them.

    >>> structlog.configure(processors=[])
    >>> reset()
    >>> structlog.is_configured()
    False
    """
    undo_current()
    structlog.reset_defaults()
    LATE.clear()
    ACTIVE.set(())
    CURRENT.set(None)
    SAID.set(None)
    structlog.contextvars.clear_contextvars()
    SEEN.set(None)
    if process.state is not None:
        process.state = process.ProcessState()
