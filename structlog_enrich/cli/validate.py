"""`structlog-enrich validate`: whether lines keep the contract, and where they don't."""

from __future__ import annotations

import io
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.cli.progress import bar, speaker, task
from structlog_enrich.cli.sources import UNREADABLE, opened, reason
from structlog_enrich.cli.usage import command_class
from structlog_enrich.processors.harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import click
    from rich.progress import Progress

    from structlog_enrich.cli.sources import Source
    from structlog_enrich.schema.validation import Finding

__all__ = ["command"]

_HELP: Final = """\
Check that each line of each FILE keeps the contract. `-` is standard input; a name that ends in .gz is decompressed.

Each violation is told with its line, its path and its rule, without the value; counts stand at the end. A top-level
name that this version doesn't know is information, and only counted, unless --strict makes it a violation.

The exit code is 0 when all lines keep the contract, 1 when one doesn't, 2 when a file can't be read, 130 by
Ctrl-C, which shows the counts too.
"""
_EVERY: Final = 256
_INTERRUPTED: Final = 130
_SHOWN: Final = 20


class _UnreadableError(Exception):
    """Say why a file can't be read any further."""


class _Counts:
    """Hold what is said at the end, in memory that doesn't grow with what is read."""

    def __init__(self) -> None:
        self.lines = 0
        self.broken = 0
        self.violations: Counter[str] = Counter()
        self.information: Counter[str] = Counter()
        self.names: Counter[str] = Counter()
        self.unreadable = 0
        self._last = 0

    def add(self, finding: Finding) -> None:
        """Count what was found in the line that was read last."""
        if finding.violation:
            self.violations[finding.rule] += 1
            self.broken += self._last != self.lines
            self._last = self.lines
            return
        self.information[finding.rule] += 1
        if finding.path in self.names or len(self.names) < _SHOWN:
            self.names[finding.path] += 1

    @property
    def code(self) -> int:
        return 2 if self.unreadable else 1 if self.violations else 0


def command() -> click.Command:
    """Return the command."""
    import click  # noqa: PLC0415 (an extra)

    @click.command("validate", cls=command_class(), help=_HELP, short_help="Check that lines keep the contract.")
    @click.argument("files", metavar="FILE…|-", nargs=-1, required=True)
    @click.option("--strict", is_flag=True, help="A top-level name that isn't known is a violation.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a finding, and one of counts at the end.")
    @click.option("--max-line", type=click.IntRange(min=1), help="Bytes of the longest line, as the service has it.")
    def validate(*, files: Sequence[str], strict: bool, as_json: bool, max_line: int | None) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        from structlog_enrich.schema.validation import MAX_LINE  # noqa: PLC0415 (pydantic, which no other command needs)

        counts, code = _Counts(), None
        try:
            with bar() as progress:
                say, complain = speaker(progress, err=False), speaker(progress, err=True)
                for name in files:
                    try:
                        for finding in _found(name, counts, progress, strict=strict, max_line=max_line or MAX_LINE):
                            counts.add(finding)
                            if as_json:
                                say(_json({"file": harmless(name), **finding._asdict()}))
                            elif finding.violation:
                                say(_text(name, finding))
                    except _UnreadableError as error:
                        counts.unreadable += 1
                        complain(f"structlog-enrich can't read {harmless(name)}: {error}")
        except KeyboardInterrupt:
            # Of what never ends, the counts are asked for in no other way.
            code = _INTERRUPTED
        click.echo(_json(_summary(counts)) if as_json else "\n".join(_told(counts)))
        sys.exit(counts.code if code is None else code)

    return validate


def _found(name: str, counts: _Counts, progress: Progress | None, *, strict: bool, max_line: int) -> Iterator[Finding]:
    from structlog_enrich.schema.validation import read_lines, validate  # noqa: PLC0415 (as above)

    def lines(source: Source, advance: Callable[[int], None]) -> Iterator[bytes]:
        read = 0
        for line in read_lines(source.file, max_line=max_line):
            counts.lines += 1
            read += len(line)
            if counts.lines % _EVERY == 0:
                advance(read)
            yield line

    # Only what is raised in here: what becomes of a finding is another's.
    try:
        with opened(name) as source, task(name, source, progress) as advance:
            yield from validate(lines(source, advance), strict=strict, max_line=max_line)
    except UNREADABLE as error:
        raise _UnreadableError(reason(error)) from None


def _text(name: str, finding: Finding) -> str:
    where = f" {harmless(finding.path)}:" if finding.path else ""
    return f"{harmless(name)}:{finding.line}:{where} {finding.message} ({finding.rule})"


def _json(said: dict[str, Any]) -> bytes:
    import orjson  # noqa: PLC0415 (needed for this form only)

    return orjson.dumps(said)


def _summary(counts: _Counts) -> dict[str, Any]:
    return {
        "lines": counts.lines,
        "broken_lines": counts.broken,
        "violations": dict(counts.violations.most_common()),
        "information": dict(counts.information.most_common()),
        "unreadable": counts.unreadable,
    }


def _told(counts: _Counts) -> Iterator[str]:
    lines, found = _number(counts.lines, "line"), counts.violations.total()
    if found:
        yield f"{lines}: {_number(found, 'violation')} in {_number(counts.broken, 'line')}"
        yield from (f"  {rule}: {number:,}" for rule, number in counts.violations.most_common())
    else:
        yield f"{lines}: no violation"
    if counts.names:
        names = ", ".join(f"{harmless(name)} ({number:,})" for name, number in counts.names.most_common())
        rest = counts.information.total() - counts.names.total()
        yield f"names that this version doesn't know: {names}{f', others ({rest:,})' if rest else ''}"


def _number(count: int, of: str) -> str:
    return f"{count:,} {of}{'' if count == 1 else 's'}"
