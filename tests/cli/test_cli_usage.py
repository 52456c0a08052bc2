"""What is said of arguments that can't be understood."""

from __future__ import annotations

import click
import pytest

from structlog_enrich.cli.usage import command_class

HOSTILE = "\x1b[2J\x9b\u202e\u2028"
ESCAPED = "\\u001b[2J\\u009b\\u202e\\u2028"


class Named(click.ParamType):
    """A type that says what it was given, as it is."""

    name = "named"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse it."""
        self.fail(f"{value} is none", param, ctx)


class TestCommandClass:
    """`command_class`."""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--at", HOSTILE], f"Invalid value for '--at': {ESCAPED} is none"),
            ([HOSTILE], f"Got unexpected extra argument ({ESCAPED})"),
        ],
        ids=["value", "argument"],
    )
    def test_it_is_harmless(self, arguments: list[str], said: str) -> None:
        """What was given is in the error, without what a terminal obeys, and so is where it was given."""
        command = command_class()("pay", params=[click.Option(["--at"], type=Named())])

        with pytest.raises(click.UsageError) as caught:
            command.main(arguments, standalone_mode=False)
        assert said == caught.value.format_message().removesuffix(".")
        assert caught.value.ctx is not None

    def test_what_is_understood(self) -> None:
        """Else it is a command like any other."""
        assert "o-1" == command_class()("pay", params=[click.Option(["--at"])], callback=lambda at: at).main(
            ["--at", "o-1"], standalone_mode=False
        )
