"""How far a command is, shown to a person who waits."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from structlog_enrich.processors.harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

    from structlog_enrich.cli.sources import Source

__all__ = ["bar", "speaker", "task"]


@contextmanager
def bar() -> Iterator[Progress | None]:
    """Show bars on standard error while the block runs; none where that is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 (an extra)
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as progress:
        yield progress


@contextmanager
def task(name: str, source: Source, progress: Progress | None) -> Iterator[Callable[[int], None]]:
    """Show a bar for *source* while the block runs, which tells how many bytes it has read."""
    if progress is None:
        yield lambda _: None
        return
    found = os.fstat(source.raw.fileno())
    regular = stat.S_ISREG(found.st_mode)
    # The one before goes only now: where none is left to erase, rich leaves an empty line before 14.3.
    for before in progress.task_ids:
        progress.remove_task(before)
    shown = progress.add_task(harmless(name), total=found.st_size if regular else None)
    # Its thread may find no time to draw while the file is read.
    progress.refresh()
    # Of what is compressed, the size is that of the file.
    yield lambda read: progress.update(shown, completed=source.raw.tell() if regular else read)


def speaker(progress: Progress | None, *, err: bool) -> Callable[[str | bytes], None]:
    """Return what writes a line to standard output, or to standard error, and above the bar where there is one."""
    import click  # noqa: PLC0415 (an extra)

    if progress is None or not (err or sys.stdout.isatty()):
        return partial(click.echo, err=err)
    from rich.text import Text  # noqa: PLC0415 (an extra)

    def above(said: str | bytes) -> None:
        # On the same terminal it would be torn by the bar. As text, so that nothing is taken for markup.
        text = said if isinstance(said, str) else said.decode()
        progress.console.print(Text(text), soft_wrap=True)

    return above
