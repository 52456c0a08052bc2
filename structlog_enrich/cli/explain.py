"""`structlog-enrich explain [MODULE:ATTRIBUTE]`: what a service's chain does, and what is wrong with it."""

from __future__ import annotations

import importlib
import inspect
import sys
import traceback
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from structlog_enrich.cli.usage import command_class
from structlog_enrich.exceptions import StructlogEnrichError
from structlog_enrich.explaining import PROBE, explain
from structlog_enrich.processors.harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

__all__ = ["command"]

_HELP: Final = """\
Say what each stage of a service's chain does, and what is wrong with their order.

TARGET is MODULE or MODULE:ATTRIBUTE, as for uvicorn, and is imported from here. An attribute that is a list of
processors, or has one, is explained; a function without parameters is called for it. Any other, as an application, and
a module alone stand for the chain that structlog is configured with then. Without TARGET it is what preset() returns.

The exit code is 1 when there are mistakes, and 2 when there is nothing to explain.
"""

_PRESET: Final = "structlog_enrich:preset"


class _NotFoundError(Exception):
    """Say in one sentence why there is nothing to explain."""


def command() -> click.Command:
    """Return the command."""
    import click  # noqa: PLC0415 (an extra)

    @click.command(
        "explain",
        cls=command_class(),
        help=_HELP,
        short_help="Say what a service's chain does, and what is wrong with it.",
    )
    @click.argument("target", default=_PRESET)
    @click.option("--measure", is_flag=True, help="Measure what each stage costs.")
    @click.option("--no-probe", is_flag=True, help="Run no event through the stages.")
    @click.option("--allow", metavar="RULE", multiple=True, help="A rule that may be broken; can be given repeatedly.")
    @click.pass_context
    def explain_(context: click.Context, *, target: str, measure: bool, no_probe: bool, allow: tuple[str, ...]) -> None:
        try:
            # What a service says when it starts is not what was asked for.
            with redirect_stdout(sys.stderr):
                chain = _chain(_imported(target))
            report = explain(chain, measure=measure, probe=None if no_probe else PROBE, allow=allow)
        except (_NotFoundError, StructlogEnrichError) as error:
            click.echo(harmless(f"structlog-enrich can't explain {target}: {error}"), err=True)
            context.exit(2)
        click.echo(str(report).encode(sys.stdout.encoding, "backslashreplace"))
        context.exit(0 if report.ok else 1)

    return explain_


def _imported(target: str) -> Any:
    module, _, attribute = target.partition(":")
    if not all(map(str.isidentifier, module.split("."))):
        reason = "it must be MODULE or MODULE:ATTRIBUTE, such as shop.app:app"
        raise _NotFoundError(reason)
    # A command has its own folder there, and a service is started from its own.
    sys.path.insert(0, str(Path.cwd()))
    found = _run(importlib.import_module, "importing", module)
    for name in filter(None, attribute.split(".")):
        try:
            found = getattr(found, name)
        except AttributeError:
            reason = f"{module} has no {attribute}"
            raise _NotFoundError(reason) from None
    return found


def _chain(found: Any) -> Any:
    """Return *found* where it is a chain or holds one, or makes one when it is called; else the configured one."""
    if _is_function_without_parameters(found):
        found = _run(found, "calling")
    if isinstance(found, list | tuple) or isinstance(getattr(found, "processors", None), list | tuple):
        return found
    if not structlog.is_configured():
        reason = "it is no chain, holds none, and configures none when it is imported"
        raise _NotFoundError(reason)
    return None


def _is_function_without_parameters(found: Any) -> bool:
    if not inspect.isfunction(found) or inspect.iscoroutinefunction(found):
        return False
    parameters = inspect.signature(found).parameters.values()
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(each.default is not each.empty or each.kind in variable for each in parameters)


def _run(function: Callable[..., Any], doing: str, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except StructlogEnrichError:
        raise
    except ImportError as error:
        raise _NotFoundError(_first_line(error)) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 (a service's own code, which is said in one sentence)
        reason = f"{doing} it raises {type(error).__name__}{_where(error)}"
        raise _NotFoundError(reason) from None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _where(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f" in {error.filename}, line {error.lineno}"
    # The last line of a file, past what the machinery of importing adds.
    frames = [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith("<")]
    return f" in {frames[-1].filename}, line {frames[-1].lineno}"
