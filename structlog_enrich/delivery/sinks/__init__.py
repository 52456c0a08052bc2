"""Where finished lines go."""

from __future__ import annotations

from structlog_enrich.delivery.sinks.descriptor import Descriptor
from structlog_enrich.delivery.sinks.file import File
from structlog_enrich.delivery.sinks.pipe import Pipe
from structlog_enrich.delivery.sinks.sink import Sink, offered
from structlog_enrich.delivery.sinks.standard import sink_for, standard

__all__ = ["Descriptor", "File", "Pipe", "Sink", "offered", "sink_for", "standard"]
