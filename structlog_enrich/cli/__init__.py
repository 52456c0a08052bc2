"""The command `structlog-enrich`: `pip install 'structlog-enrich[cli]'`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["main"]

_NAME = "structlog-enrich"
_HELP = "Look into what structlog-enrich does to the log lines of a service."
_NEEDED = frozenset({"click", "rich"})


def main() -> None:
    """Run the command with the process's arguments.

    Raises:
        SystemExit: Always; code 0; 1 where something is wrong with what it looked at or its output can't be written; 2
            for arguments that can't be understood and for a missing extra.
    """
    try:
        import click  # noqa: PLC0415 (an extra: the hint below stands in for a traceback)
        import rich  # noqa: F401, PLC0415 (likewise)
    except ModuleNotFoundError as error:
        if error.name not in _NEEDED:
            raise
        from structlog_enrich.exceptions import MissingExtraError  # noqa: PLC0415 (on this path only)

        sys.stderr.write(f"{MissingExtraError(_NAME, error.name, 'cli')}\n")
        sys.exit(2)

    from structlog_enrich._version import __version__  # noqa: PLC0415 (after the hint)
    from structlog_enrich.cli import env, explain, redact, validate, verify, view  # noqa: PLC0415 (likewise)

    commands = [each.command() for each in (env, explain, redact, validate, verify, view)]
    group = click.Group(_NAME, commands=commands, help=_HELP)
    click.version_option(__version__, prog_name=_NAME)(group)
    # Python has none where the shell closed it: `>&-`.
    output = sys.__stdout__
    try:
        if output is not None:
            group.main(prog_name=_NAME)
        reason = "there is no standard output"
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if output is not None:
            _discard(output)
    click.echo(f"{_NAME} can't write: {reason}", err=True)
    sys.exit(1)


def _discard(output: TextIO) -> None:
    # What is held back is written once more when the interpreter ends, and would fail once more.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output.fileno())
    os.close(nowhere)
