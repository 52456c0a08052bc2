"""What is said of arguments that can't be understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog_enrich.processors.harmless import harmless

if TYPE_CHECKING:
    import click

__all__ = ["command_class"]


def command_class() -> type[click.Command]:
    """Return the class of a command whose errors hold nothing of its arguments that a terminal obeys.

    The name of a file may have been taken for an option, as by `view *`.
    """
    import click  # noqa: PLC0415 (an extra)

    class HarmlessCommand(click.Command):
        def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
            try:
                return super().parse_args(ctx, args)
            except click.UsageError as error:
                raise click.UsageError(harmless(error.format_message()), ctx=error.ctx) from None

    return HarmlessCommand
