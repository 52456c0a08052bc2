"""The bounded writer: lines go to a sink, and the caller never waits for it.

It knows no envelope: what it must say in the stream is framed by callables that it is given.
"""

from __future__ import annotations

from structlog_enrich.delivery.gaps import Gap
from structlog_enrich.delivery.handler import WriterHandler
from structlog_enrich.delivery.policies import Block, DropNewest, DropOldest, Policy, Reserve, Sample, Spill
from structlog_enrich.delivery.several import Several
from structlog_enrich.delivery.signals import finish_on_signal, reopen_on_signal
from structlog_enrich.delivery.sinks import Descriptor, File, Pipe, Sink
from structlog_enrich.delivery.stats import Stats
from structlog_enrich.delivery.writer import Writer

__all__ = [
    "Block",
    "Descriptor",
    "DropNewest",
    "DropOldest",
    "File",
    "Gap",
    "Pipe",
    "Policy",
    "Reserve",
    "Sample",
    "Several",
    "Sink",
    "Spill",
    "Stats",
    "Writer",
    "WriterHandler",
    "finish_on_signal",
    "reopen_on_signal",
]
