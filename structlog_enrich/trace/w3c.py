"""The trace in a request's headers: `traceparent` and `tracestate`, read with mistrust and written by the letter.

Headers are a stranger's words. Whatever they say, reading never raises and takes time in proportion to their length,
and what is kept of them is well-formed. An illegal `traceparent` restarts the trace; an illegal `tracestate` is
dropped and its trace goes on. `docs/w3c-vectors.json` has an example of each rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "TraceParent",
    "format_traceparent",
    "parse_traceparent",
    "parse_tracestate",
    "read_carrier",
    "read_headers",
]

_BLANK: Final = " \t"
"""What may surround a header's value and each member of a list, and belongs to neither."""

_VERSION_00: Final = "00"
_LENGTH_00: Final = 55
"""Characters of a `traceparent` of version 00; later versions begin with the same and may go on after a dash."""

_LONGEST_PARENT: Final = 512
_MOST_MEMBERS: Final = 32
_LONGEST_STATE: Final = _MOST_MEMBERS * (256 + 1 + 256) + _MOST_MEMBERS - 1
"""Characters of the longest legal `tracestate`: every member at its longest, and the commas."""

_LONGEST_SENT: Final = 512
"""Characters of `tracestate` sent on: as many as W3C asks everyone to carry, so no hop after us need cut it again."""

_LARGE: Final = 128
"""Characters of a member beyond which it goes first when `tracestate` is too long to send."""

# The dashes stand where the version, the ids and the flags end, so no part can be mistaken for another.
_parent: Final = re.compile(
    "(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]([0-9a-f])"
).match
# From the first character that is neither blank nor comma up to the next comma: nothing to go back for.
_members: Final = re.compile("[^, \t][^,]*").finditer
_legal_member: Final = re.compile(r"([a-z0-9][_0-9a-z\-*/@]{0,255})=[ -+\--<>-~]{1,256}").fullmatch

_FLAGS: Final = {digit: f"{int(digit, 16) & 0b11:02x}" for digit in "0123456789abcdef"}
"""The flags to send on, by the last digit of those received: sampled and random; the others aren't defined yet."""

_new: Final = tuple.__new__  # Skips the named constructor, which takes longer than reading an id.


class TraceParent(NamedTuple):
    """Hold what a valid `traceparent` says.

    Attributes:
        trace_id: 32 lower hex, not all zero.
        span_id: 16 lower hex, not all zero: the caller's span, the parent of ours.
        trace_flags: "00" to "03": bit 0 says the caller may have recorded the trace, bit 1 that its id is random.

    Source: W3C Trace Context, section 3.2.2.
    """

    trace_id: str
    span_id: str
    trace_flags: str


def parse_traceparent(value: str) -> TraceParent | None:
    """Read the value of one `traceparent` header.

    Args:
        value: The value; blanks around it are ignored. Bytes of a header are decoded as latin-1.

    Returns:
        None when the value is illegal and the trace has to be restarted. Of a version later than 00 what 00 defines
        is read and the rest ignored, up to 512 characters.

    Source: W3C Trace Context, sections 3.2.2 and 3.2.4.

    >>> parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    TraceParent(trace_id='4bf92f3577b34da6a3ce929d0e0e4736', span_id='00f067aa0ba902b7', trace_flags='01')
    >>> parse_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01") is None
    True
    """
    if len(value) != _LENGTH_00:
        value = value.strip(_BLANK)
    found = _parent(value)
    if found is None or (len(value) != _LENGTH_00 and not _goes_on(value)):
        return None
    return _new(TraceParent, (found[1], found[2], _FLAGS[found[3]]))


def _goes_on(value: str) -> bool:
    return value[:2] != _VERSION_00 and value[_LENGTH_00] == "-" and len(value) <= _LONGEST_PARENT


def parse_tracestate(values: Iterable[str]) -> str | None:
    """Read the values of a request's `tracestate` headers, in their order, into the one value to send on.

    Args:
        values: The values. Blanks around members and empty members are left out; of members that share a key the
            first stays, which is the one written last.

    Returns:
        At most 512 characters of whole members, in their order: of a longer list the members over 128 characters go
        first, then the others, each time from the end. None when nothing remains, and when the list is illegal: a
        malformed member, more than 32 of them, or more than 16,447 characters.

    Source: W3C Trace Context, section 3.3, with the grammar of keys as of June 2026.

    >>> parse_tracestate(["rojo=00f067aa0ba902b7 ,", "congo=t61rcWkgMzE"])
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'
    >>> parse_tracestate(["rojo=00f067aa0ba902b7, Congo=t61rcWkgMzE"]) is None
    True
    """
    text = ",".join(values)
    if len(text) > _LONGEST_STATE:
        return None
    kept: dict[str, str] = {}
    for before, found in enumerate(_members(text)):
        member = found[0].rstrip(_BLANK)
        legal = _legal_member(member)
        if legal is None or before == _MOST_MEMBERS:
            return None
        kept.setdefault(legal[1], member)
    state = ",".join(kept.values())
    return (state if len(state) <= _LONGEST_SENT else _shortened([*kept.values()], len(state))) or None


def _shortened(members: list[str], length: int) -> str:
    for at_most in (_LARGE, 0):
        for at in reversed(range(len(members))):
            if length > _LONGEST_SENT and len(members[at]) > at_most:
                length -= len(members.pop(at)) + 1
    return ",".join(members)


def read_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[TraceParent, str | None] | None:
    """Read the trace from a request's raw headers, as an ASGI server hands them over.

    Args:
        headers: Pairs of name and value, the names in any case.

    Returns:
        What `traceparent` says, and the `tracestate` to send on or None. None when there is no trace to continue:
        no `traceparent`, an illegal one, or more than one.

    >>> read_headers([(b"host", b"shop"), (b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")])
    (TraceParent(trace_id='4bf92f3577b34da6a3ce929d0e0e4736', span_id='00f067aa0ba902b7', trace_flags='01'), None)
    """
    parent: bytes | None = None
    states: list[bytes] = []
    for name, value in headers:
        # The length tells almost every other header apart, and costs less than putting its name in lower case.
        length = len(name)
        if length == 11:  # noqa: PLR2004
            if name.lower() == b"traceparent":
                if parent is not None:
                    return None
                parent = value
        elif length == 10 and name.lower() == b"tracestate":  # noqa: PLR2004
            states.append(value)
    if parent is None:
        return None
    found = parse_traceparent(parent.decode("latin-1"))
    if found is None:
        return None
    return found, parse_tracestate([state.decode("latin-1") for state in states]) if states else None


def read_carrier(carrier: Mapping[Any, Any] | Iterable[tuple[Any, Any]]) -> tuple[TraceParent, str | None] | None:
    """Read the trace from what carries it beside a message or into a process: its headers, or an environment.

    Args:
        carrier: A mapping, or pairs, of names in any case to values. Names and values are text, or bytes in latin-1;
            a list or tuple of values counts as a header sent several times. Anything else is ignored.

    Returns:
        As `read_headers`. A carrier that can't be read carried nothing.

    >>> read_carrier({"TRACEPARENT": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "HOME": "/root"})
    (TraceParent(trace_id='4bf92f3577b34da6a3ce929d0e0e4736', span_id='00f067aa0ba902b7', trace_flags='01'), None)
    """
    parents: list[str] = []
    states: list[str] = []
    wanted = {"traceparent": parents, "tracestate": states}
    try:
        # All the pairs, not one look-up a name: headers that hide a repeated name, or its case, still show it here.
        pairs: Any = carrier.items() if hasattr(carrier, "items") else carrier
        for name, value in pairs:
            texts = wanted.get(_text(name).lower())
            if texts is not None:
                several = value if isinstance(value, (list, tuple)) else (value,)
                texts += [_text(each) for each in several if isinstance(each, (str, bytes))]
        parent = parse_traceparent(parents[0]) if len(parents) == 1 else None
        return None if parent is None else (parent, parse_tracestate(states))
    except Exception:  # noqa: BLE001 (a stranger's mapping; without it the work starts a trace of its own)
        return None


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""


def format_traceparent(trace_id: str, span_id: str, trace_flags: str | None) -> str:
    """Write the value of `traceparent`, and of `traceresponse`, for a span of ours.

    Args:
        trace_id: 32 lower hex, not all zero.
        span_id: 16 lower hex, not all zero: the span that the receiver's parent will be.
        trace_flags: 2 lower hex, of which only sampled and random are sent; None for a trace that has none.

    Source: W3C Trace Context, section 3.2.

    >>> format_traceparent("4bf92f3577b34da6a3ce929d0e0e4736", "53995c3f42cd8ad8", "01")
    '00-4bf92f3577b34da6a3ce929d0e0e4736-53995c3f42cd8ad8-01'
    """
    flags = "00" if trace_flags is None else _FLAGS[trace_flags[1]]
    return f"00-{trace_id}-{span_id}-{flags}"
