"""Say what is wrong with lines, so that whoever reads it needn't look at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.schema.decoding import DecodingError, decode
from structlog_enrich.schema.fields import SCHEMA_VERSION
from structlog_enrich.schema.models import Line
from structlog_enrich.schema.validation import MAX_LINE, validate
from structlog_enrich.testing.given import lines_of

if TYPE_CHECKING:
    from structlog_enrich.testing.given import Lines

__all__ = ["assert_envelope", "assert_one_trace", "assert_parent_of"]

_SAID_BY_APPLICATIONS: Final = frozenset(
    {"message", "baggage", "context", "error", "extensions", "feature_flags", "payload", "span", "tags"}
)


def assert_envelope(lines: Lines, *, max_line: int = MAX_LINE) -> None:
    """Assert that each of *lines* obeys the wire format, and that there is one.

    Of captured lines, bytes and text, what only bytes can show is asked for as well: whatever `structlog-enrich
    validate` asks for, except that a line given alone needn't end with a newline.

    Args:
        lines: One line or several, decoded or as they were written.
        max_line: Bytes of the longest line as written, its end included, as the service's `Limits` have it.

    Raises:
        AssertionError: One doesn't; each fault is named with its path, its rule and what was found, of the
            application's own data only the type. Or there are no lines.
        ConfigurationError: What are no lines.

    Source: `docs/wire-format.md`.

    >>> assert_envelope({"schema_version": "1.0"})
    Traceback (most recent call last):
        ...
    AssertionError: a line breaks the wire format 1.0:
      timestamp: Field required
      ...
    """
    __tracebackhide__ = True
    given = lines_of(lines)
    told = []
    for number, line in enumerate(given):
        faults = _faults_as_written(line, max_line) if isinstance(line, bytes) else _faults_decoded(line)
        if faults:
            called = _called(_decoded(line))
            which = called if len(given) == 1 else f"{number} {called}"
            told.append("\n".join([f"{which} breaks the wire format {SCHEMA_VERSION}:", *faults]))
    if told:
        raise AssertionError("\n".join(told))


def assert_one_trace(lines: Iterable[Mapping[str, Any]]) -> str:
    """Assert that all *lines* belong to one trace, and none stands outside any span.

    Outside any span a line carries its process's own trace: that such lines agree says nothing.

    Args:
        lines: Lines, decoded; of one process or of several.

    Returns:
        The id of the trace.

    Raises:
        AssertionError: There are no lines, there are several traces, or a line is outside any span.
    """
    __tracebackhide__ = True
    of: dict[str, list[str]] = {}
    outside = []
    for number, line in enumerate(lines):
        called = f"{number} {_called(line, 'lines')}"
        of.setdefault(_id_of(line, "trace_id", called), []).append(called)
        if _id_of(line, "span_id", called) == line.get("boot_id"):
            outside.append(called)
    if not of:
        msg = "there are no lines, so there is no trace"
        raise AssertionError(msg)
    if len(of) > 1:
        traces = "\n".join(f"  {trace}: {_listed(called)}" for trace, called in of.items())
        msg = f"the lines belong to {len(of)} traces:\n{traces}"
        raise AssertionError(msg)
    if outside:
        msg = f"outside any span, with the trace of their process: {_listed(outside)}"
        raise AssertionError(msg)
    return next(iter(of))


def assert_parent_of(parent: Mapping[str, Any], child: Mapping[str, Any]) -> None:
    """Assert that the span of the line *child* is a child of the span of the line *parent*.

    Args:
        parent: Any line of the one span, decoded; of this process or of another.
        child: Any line of the other.

    Raises:
        AssertionError: It isn't; the message says how the two stand to each other.
    """
    __tracebackhide__ = True
    above, below = _called(parent, "parent"), _called(child, "child")
    span, trace = _id_of(parent, "span_id", above), _id_of(parent, "trace_id", above)
    own, other = _id_of(child, "span_id", below), _id_of(child, "trace_id", below)
    found = child.get("parent_span_id")
    if found == span and trace == other:
        return
    if own == span and trace == other:
        how = f"both are lines of the one span {span}"
    elif trace != other:
        how = f"they belong to two traces, {trace} and {other}"
    elif found is None:
        how = f"the span of {below} has no parent"
    elif parent.get("parent_span_id") == own:
        how = "it is the other way round"
    else:
        how = f"the parent of {below} is {found}, and the span of {above} is {span}"
    msg = f"{above} isn't the parent of {below}: {how}"
    raise AssertionError(msg)


def _faults_as_written(line: bytes, max_line: int) -> list[str]:
    found = validate([line], max_line=max_line)
    return [f"  {each.path or 'line'}: {each.message} ({each.rule})" for each in found if each.violation]


def _faults_decoded(line: Mapping[str, Any]) -> list[str]:
    try:
        Line.model_validate(line)
    except ValueError as error:
        return _faults(error)
    return []


def _faults(error: ValueError) -> list[str]:
    # A `pydantic.ValidationError`, which only the schema may name.
    faults = []
    for each in getattr(error, "errors", list)():
        path = ".".join(map(str, each["loc"])) or "line"
        found = "" if each["type"] == "missing" or not each["loc"] else f" (found {_shown(each)})"
        faults.append(f"  {path}: {each['msg']}{found}")
    return faults or [f"  {error}"]


def _decoded(line: Mapping[str, Any] | bytes) -> Any:
    if not isinstance(line, bytes):
        return line
    try:
        return decode(line.removesuffix(b"\n")).value
    except DecodingError:
        return None


def _shown(fault: Any) -> str:
    # What an application said may be what nobody should read in the log of a CI.
    value = fault["input"]
    return type(value).__name__ if fault["loc"][0] in _SAID_BY_APPLICATIONS else f"{value!r:.80}"


def _id_of(line: Mapping[str, Any], name: str, called: str) -> str:
    __tracebackhide__ = True
    found = line.get(name) if isinstance(line, Mapping) else None
    if not isinstance(found, str):
        msg = f"{called} is no line: it has no {name}"
        raise AssertionError(msg)  # noqa: TRY004 (a test finds it)
    return found


def _called(line: Any, otherwise: str = "a line") -> str:
    message = line.get("message") if isinstance(line, Mapping) else None
    return otherwise if message is None else f"{message!r:.80}"


def _listed(called: list[str]) -> str:
    most = 5
    more = f" and {len(called) - most} more" if len(called) > most else ""
    return ", ".join(called[:most]) + more
