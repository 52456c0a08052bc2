"""`structlog-enrich redact`: files and pipes without their secrets."""

from __future__ import annotations

import io
import os
import stat
import sys
from contextlib import closing, nullcontext
from typing import IO, TYPE_CHECKING, Final

from structlog_enrich.cli.outputs import UnwritableError, is_same, writing
from structlog_enrich.cli.policies import policy_of
from structlog_enrich.cli.progress import bar, speaker, task
from structlog_enrich.cli.scrubbing import MAX_LINE, Scrubber
from structlog_enrich.cli.sources import UNREADABLE, opened, reason
from structlog_enrich.cli.usage import command_class
from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.processors.harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    import click

    from structlog_enrich.cli.jsonmasking import Hit
    from structlog_enrich.cli.scrubbing import Form
    from structlog_enrich.redaction import RedactionPolicy

__all__ = ["command"]

_HELP: Final = """\
Write each FILE without its secrets, JSON lines as well as plain text. `-` is standard input; a name that ends in .gz is
decompressed. A line in which nothing is found is left byte for byte.

What was masked is counted on standard error, with what keeps it. The exit code is 0; with --check 1 when something is
found; 1 when the output can't be written, 2 when a file can't be read, 130 by Ctrl-C.
"""
_CHUNK: Final = 262_144
_INTERRUPTED: Final = 130
_UTF_16: Final = "it is UTF-16 or UTF-32; convert it to UTF-8"
_NO_FILES: Final = (
    "Missing argument 'FILE…|-': name files, or `-` for standard input, as in `… | structlog-enrich redact -`."
)
_NO_OUTPUT: Final = "With --check nothing is written, so there is no --output."
_ITSELF: Final = "it is the output too"
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


class _UnreadableError(Exception):
    """Say why a file can't be read any further."""


def command() -> click.Command:
    """Return the command."""
    import click  # noqa: PLC0415 (an extra)

    @click.command("redact", cls=command_class(), help=_HELP, short_help="Write files and pipes without their secrets.")
    @click.argument("files", metavar="FILE…|-", nargs=-1)
    @click.option("--output", "-o", metavar="FILE", help="Where to, once all is done; else standard output.")
    @click.option("--check", "--dry-run", is_flag=True, help="Write nothing but where something is found.")
    @click.option("--policy", "path", metavar="TOML", help="The redaction policy; else the default one.")
    @click.option("--hash-keys", metavar="FILE", help="The keys for its strategy `hash`: `id=key` a line.")
    @click.option("--pack", "packs", metavar="NAME,…", multiple=True, help="Personal data too: email, ip, …, all.")
    @click.option("--allow", metavar="WHAT", multiple=True, help="Keep a key, a path or rule:ID; may be repeated.")
    @click.option("--json", "form", flag_value="json", help="Every line is JSON; one that isn't is masked whole.")
    @click.option("--text", "form", flag_value="text", help="No line is read as JSON.")
    @click.option("--max-line", type=click.IntRange(min=1), default=MAX_LINE, help="Bytes of the longest line of JSON.")
    def redact(
        *,
        files: Sequence[str],
        output: str | None,
        check: bool,
        path: str | None,
        hash_keys: str | None,
        packs: tuple[str, ...],
        allow: tuple[str, ...],
        form: Form | None,
        max_line: int,
    ) -> None:
        if not files:
            raise click.UsageError(_NO_FILES)
        try:
            policy = policy_of(path, packs=packs, allow=allow, hash_keys=hash_keys)
        except ConfigurationError as error:
            raise click.UsageError(harmless(str(error))) from None
        if check and output is not None:
            raise click.UsageError(_NO_OUTPUT)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        if policy.dry_run and not check:
            _complain(f"structlog-enrich masks nothing: {harmless(path or '')} says dry_run; what is found is counted")
        run = _Run(policy, form or "auto", max_line, check=check, output=output)
        try:
            code = run.over(files)
        except UnwritableError as error:
            click.echo(f"structlog-enrich can't write {harmless(output or '')}: {error}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            code = _INTERRUPTED
        for line in run.summary():
            click.echo(line, err=True)
        sys.exit(code)

    return redact


class _Run:
    def __init__(self, policy: RedactionPolicy, form: Form, max_line: int, *, check: bool, output: str | None) -> None:
        self._policy = policy
        self._check = check
        self._output = output
        self._hits: list[tuple[int, Hit]] = []
        self._is_ended = True
        self._is_done = False
        self._unreadable = 0
        found = (lambda line, hit: self._hits.append((line, hit))) if check else (lambda _line, _hit: None)
        self._scrubber = Scrubber(policy, form, max_line=max_line, found=found)

    def over(self, files: Sequence[str]) -> int:
        """Write what is left of *files*, and return the exit code."""
        try:
            with nullcontext() if self._check else writing(self._output) as sink:
                for name in files:
                    if not self._is_ended:
                        # The last line of one file and the first of the next aren't one.
                        self._pass_on(b"\n", sink, _say, name)
                    try:
                        # Closed at once, so that a bar is gone before anything is said of an interrupt.
                        with closing(self._scrubbed(name)) as parts:
                            for done, say in parts:
                                self._pass_on(done, sink, say, name)
                    except _UnreadableError as error:
                        self._unreadable += 1
                        self._pass_on(self._scrubber.end(), sink, _say, name)
                        _complain(f"structlog-enrich can't read {harmless(name)}: {error}")
                        if self._output is not None:
                            raise
            self._is_done = True
        except _UnreadableError:
            # What isn't whole doesn't take the place of a file.
            pass
        return 2 if self._unreadable else int(self._check and bool(self._scrubber.masked))

    def summary(self) -> Iterator[str]:
        """Yield the lines of what a person is told at the end."""
        if self._output is not None and not self._is_done:
            yield f"structlog-enrich has written nothing to {harmless(self._output)}"
            return
        if not self._is_ended and self._output is None and sys.stdout.isatty():
            yield ""
        masked, torn = self._scrubber.masked, self._scrubber.torn
        lines, found = _number(self._scrubber.lines, "line"), masked.total()
        if torn and self._policy.paths:
            yield f"{_number(torn, 'line')} of JSON cut short, where no path counts; --json masks such a line"
        if not found:
            # Of what couldn't be read nothing is known.
            if self._scrubber.lines or not self._unreadable:
                yield f"{lines}: nothing found{' in what could be read' if self._unreadable else ''}"
            return
        done = "would be masked" if self._check else "found by a dry run" if self._policy.dry_run else "masked"
        yield f"{lines}: {_number(found, 'value')} {done}"
        yield from (f"  {harmless(rule)}: {number:,}" for rule, number in masked.most_common())
        where = "" if self._check else "; --check shows where"
        yield f"to keep a value: --allow KEY, --allow PATH or --allow rule:ID{where}"

    def _scrubbed(self, name: str) -> Generator[tuple[bytes, Callable[[str], None]]]:
        # Only what is raised in here is about reading: what becomes of a line is another's.
        try:
            with opened(name) as source:
                if not self._check and is_same(self._output, source.raw):
                    raise _UnreadableError(_ITSELF)
                is_file = stat.S_ISREG(os.fstat(source.raw.fileno()).st_mode)
                # Lines on the same terminal would be torn by the bar.
                shows = is_file and (self._check or self._output is not None or not sys.stdout.isatty())
                with bar() if shows else nullcontext() as progress, task(name, source, progress) as advance:
                    say, read = speaker(progress, err=False), 0
                    while chunk := source.file.read1(_CHUNK):
                        if not read and (chunk.startswith(_WIDE) or chunk[:2].count(b"\0") == 1):
                            raise _UnreadableError(_UTF_16)
                        read += len(chunk)
                        yield self._scrubber.feed(chunk), say
                        if not is_file:
                            yield self._scrubber.flush(), say
                        advance(read)
                    yield self._scrubber.end(), say
        except UNREADABLE as error:
            raise _UnreadableError(reason(error)) from None

    def _pass_on(self, done: bytes, sink: IO[bytes] | None, say: Callable[[str], None], name: str) -> None:
        """Write what is done, or say what was found in it."""
        if sink is not None and done:
            self._is_ended = done.endswith(b"\n")
            sink.write(done)
            # At once, for whoever waits at the other end of a pipe.
            sink.flush()
        for line, hit in self._hits:
            where = f" at {harmless(hit.path)}" if hit.path else ""
            say(f"{harmless(name)}:{line}: {harmless(hit.rule)}{where}")
        self._hits.clear()


def _say(said: str) -> None:
    import click  # noqa: PLC0415 (an extra)

    click.echo(said)


def _complain(said: str) -> None:
    import click  # noqa: PLC0415 (an extra)

    click.echo(said, err=True)


def _number(count: int, of: str) -> str:
    return f"{count:,} {of}{'' if count == 1 else 's'}"
