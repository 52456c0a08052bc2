"""The trace in what travels between processes: headers, message properties, an environment."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.trace.configured import current_trace
from structlog_enrich.trace.context import Remote, TraceContext
from structlog_enrich.trace.w3c import format_traceparent, read_carrier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping

__all__ = ["TRUST", "checked_trust", "extract", "inject"]

_NAMES: Final = frozenset({"traceparent", "tracestate"})

TRUST: Final = ("accept", "link")
"""What becomes of a caller's trace: it goes on here, or a new one begins that points at it."""


def inject(carrier: MutableMapping[str, str], trace: TraceContext | None = None, *, environment: bool = False) -> None:
    """Write the active trace into *carrier*, as `traceparent` and `tracestate`.

    What the carrier has under these names, in whichever case, is replaced; names that aren't text are left alone.
    Outside any span nothing is written.

    Args:
        carrier: Headers of a request or message, or a copy of an environment.
        trace: The span to name as the receiver's parent; default the active one.
        environment: Write the names in capitals, as an environment has them.

    Source: W3C Trace Context, sections 3.2 and 3.3; OpenTelemetry specification, "Environment Variables as Context
    Propagation Carriers".

    >>> headers = {}
    >>> inject(headers, TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", trace_flags="01"))
    >>> headers
    {'traceparent': '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'}
    """
    trace = current_trace() if trace is None else trace
    if trace is None:
        return
    for each in [*carrier]:
        if isinstance(each, str) and each.lower() in _NAMES:
            # In whichever case: a second one would make the receiver distrust both. Some carriers take all at once.
            with suppress(KeyError):
                del carrier[each]
    parent, state = ("TRACEPARENT", "TRACESTATE") if environment else ("traceparent", "tracestate")
    carrier[parent] = format_traceparent(trace.trace_id, trace.span_id, trace.trace_flags)
    if trace.tracestate is not None:
        carrier[state] = trace.tracestate


def extract(carrier: Mapping[Any, Any] | Iterable[tuple[Any, Any]]) -> Remote | None:
    """Return the caller's span that *carrier* names, or None when it names none that is well-formed.

    Args:
        carrier: A mapping, or pairs, of names in any case to text or bytes; a list of values counts as a header that
            was sent several times. Whatever it holds, this doesn't raise.

    Source: W3C Trace Context, sections 3.2 and 3.3.

    >>> extract({"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}).span_id
    '00f067aa0ba902b7'
    """
    read = read_carrier(carrier)
    return None if read is None else Remote(*read[0], read[1])


def checked_trust(trust: str) -> str:
    """Return *trust*, or say what it may be."""
    if trust not in TRUST:
        raise ConfigurationError("trust", f"must be {' or '.join(TRUST)}", received=f"{trust!r:.80}")
    return trust
