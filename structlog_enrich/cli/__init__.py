"""The command `structlog-enrich`: `pip install 'structlog-enrich[cli]'`."""

from __future__ import annotations

import sys

__all__ = ["main"]

_NAME = "structlog-enrich"
_HELP = "Look into what structlog-enrich does to the log lines of a service."
_NEEDED = frozenset({"click", "rich"})


def main() -> None:
    """Run the command with the process's arguments.

    Raises:
        SystemExit: Always; code 0, or 2 for arguments that can't be understood and for a missing extra.
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
    from structlog_enrich.cli import env  # noqa: PLC0415 (likewise)

    group = click.Group(_NAME, commands=[env.command()], help=_HELP)
    click.version_option(__version__, prog_name=_NAME)(group)
    group.main(prog_name=_NAME)
