"""`structlog-enrich view`: lines of JSON, as a service shows them on its console."""

from __future__ import annotations

import datetime
import io
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.cli.filters import Filters, instant, level_called, trace_beginning
from structlog_enrich.cli.sources import Followed, Once, is_compressed
from structlog_enrich.cli.usage import command_class
from structlog_enrich.cli.viewing import merged, shown
from structlog_enrich.processors.colours import coloured, plain, shows_colours
from structlog_enrich.processors.handover import are_terminals
from structlog_enrich.processors.harmless import harmless
from structlog_enrich.processors.layout import Layout
from structlog_enrich.processors.width import asked_width, files_of, width_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import click

__all__ = ["command"]

_HELP: Final = """\
Show lines of JSON as a service shows them on its console. FILE may be - for standard input; a name that ends in .gz is
decompressed. The lines of several files are shown by their time.

A line is shown when it passes every filter that is given. Lines that aren't ours are shown as they are, and left out
when there is a filter. Colours obey NO_COLOR and FORCE_COLOR.
"""
_STDIN: Final = "-"
_NOT_BOTH: Final = "Standard input can't be followed beside files."
_COMPRESSED: Final = "{} can't be followed: it is compressed."
_PAUSE: Final = 0.2
_INTERRUPTED: Final = 130


def command() -> click.Command:
    """Return the command."""
    import click  # noqa: PLC0415 (an extra)

    def checked(parse: Callable[[str], str]) -> Callable[..., str | None]:
        def check(context: click.Context, option: click.Parameter, given: str | None) -> str | None:
            try:
                return None if given is None else parse(given)
            except ValueError as error:
                raise click.BadParameter(str(error)) from None

        return check

    when = checked(lambda text: instant(text, datetime.datetime.now(datetime.UTC)))

    @click.command(
        "view",
        cls=command_class(),
        help=_HELP,
        short_help="Show lines of JSON for a person to read, filtered and followed.",
    )
    @click.argument("files", metavar="FILE...", nargs=-1, required=True)
    @click.option("--level", callback=checked(level_called), metavar="LEVEL", help="The least level to show.")
    @click.option("--service", "services", multiple=True, metavar="NAME", help="A service to show; may be repeated.")
    @click.option("--trace", callback=checked(trace_beginning), metavar="ID", help="How the trace id begins.")
    @click.option("--since", callback=when, metavar="WHEN", help="From then on: 10m (ago), 2026-11-22T04:48:00Z.")
    @click.option("--until", callback=when, metavar="WHEN", help="Before then, likewise.")
    @click.option("--follow", "-f", is_flag=True, help="Go on with what is written, through rotation, until Ctrl-C.")
    def view(
        *,
        files: tuple[str, ...],
        level: str | None,
        services: tuple[str, ...],
        trace: str | None,
        since: str | None,
        until: str | None,
        follow: bool,
    ) -> None:
        if follow and _STDIN in files and len(files) > 1:
            raise click.UsageError(_NOT_BOTH)
        if follow and (compressed := [harmless(each) for each in files if is_compressed(each)]):
            raise click.UsageError(_COMPRESSED.format(compressed[0]))
        filters = Filters(level=level, services=services, trace=trace, since=since, until=until)
        today = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
        show = _layout(service=len(services) != 1, today=today)
        complaints = 0

        def complain(path: str, reason: str) -> None:
            nonlocal complaints
            complaints += 1
            click.echo(f"{harmless(path)}: {reason}", err=True)

        following = follow and _STDIN not in files
        sources = [(Followed if following else Once)(each, complain) for each in files]
        _prepare(live=_STDIN in files)
        try:
            _show(sources, show, filters)
            while following:
                time.sleep(_PAUSE)
                _show(sources, show, filters)
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)
        if complaints:
            sys.exit(1)

    return view


def _layout(*, service: bool, today: str) -> Callable[[Mapping[str, Any]], str]:
    watched = are_terminals([sys.stdout])
    layout = Layout(coloured if shows_colours(os.environ, watched=watched) else plain, service=service, today=today)
    if not watched:
        return layout
    asked, terminals = asked_width(os.environ), files_of([sys.stdout])
    return lambda line: layout(line, asked or width_of(terminals))


def _prepare(*, live: bool) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal that isn't UTF-8 can't show is escaped, and what comes through a pipe is shown as it comes.
        sys.stdout.reconfigure(errors="backslashreplace", line_buffering=live or sys.stdout.isatty())


def _show(sources: Sequence[Once | Followed], show: Callable[[Mapping[str, Any]], str], filters: Filters) -> None:
    for text in shown(merged([each.lines() for each in sources]), show, filters):
        sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
