"""What an assertion is given: one line or several, decoded or as they were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.testing.captured import Captured

__all__ = ["Given", "Lines", "lines_of"]

Given: TypeAlias = Mapping[str, Any] | bytes | str
"""A line decoded, or one or several as they were written."""

Lines: TypeAlias = Given | Iterable[Given]
"""One line or several."""


def lines_of(given: Lines) -> list[Mapping[str, Any] | bytes]:
    """Return each line that is *given*: decoded, or its bytes with their end.

    Captured lines are taken as they were written. Where what was written is one line, its newline may be missing.

    Raises:
        AssertionError: There is none: of nothing, nothing is proved.
        ConfigurationError: It is something else.

    >>> lines_of([{"seq": 0}, '{"seq": 1}'])
    [{'seq': 0}, b'{"seq": 1}\\n']
    """
    __tracebackhide__ = True
    if isinstance(given, Captured):
        given = given.raw
    several = [given] if isinstance(given, Mapping | bytes | str) else given
    if not isinstance(several, Iterable) or isinstance(several, bytearray | memoryview):
        raise _refused(several)
    lines: list[Mapping[str, Any] | bytes] = []
    for each in several:
        if isinstance(each, Mapping):
            lines.append(each)
        elif isinstance(each, bytes | str):
            lines += _written(each)
        else:
            raise _refused(each)
    if not lines:
        msg = "there are no lines, so nothing is proved"
        raise AssertionError(msg)
    return lines


def _written(text: bytes | str) -> list[bytes]:
    # Half a surrogate pair stays what no UTF-8 is. `splitlines` would part at more than a newline.
    written = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    *lines, torn = written.split(b"\n")
    if torn and not lines:
        return [torn + b"\n"]
    return [*(line + b"\n" for line in lines), *filter(None, [torn])]


def _refused(received: Any) -> ConfigurationError:
    return ConfigurationError(
        "lines", "must be a line or lines, decoded or as written", received=type(received).__name__
    )
