"""`structlog-enrich env`: who a service that is started here says it is, and how it knows."""

from __future__ import annotations

import io
import re
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structlog_enrich.cli.usage import command_class
from structlog_enrich.redaction import DEFAULT_POLICY, redact_text
from structlog_enrich.redaction.markers import marker
from structlog_enrich.resource import detect

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

    from structlog_enrich.resource import Candidate, Detection, Labels, Refused

__all__ = ["command"]

_HELP: Final = """\
Show who a service that is started here says it is: each value, who said it, what it beat and what was refused.

It is a table on a terminal, aligned text elsewhere, and JSON with --json. What a service passes to preset() wins over
all of it, and its own installed package is known only to itself.
"""
# Stricter than on a line: who is asked for here has no reason to look like either of these.
_TOKEN: Final = re.compile(r"(?i)((?:bearer|basic)\s+)\S+")
# Of a DSN, with a scheme or without; not what stands before the digest of an image.
_CREDENTIALS: Final = re.compile(r"[^\s/:@]*:(?!//)\S*@(?!sha\d+:)")
_STYLES: Final = {"is": "", "beat": "dim", "refused": "yellow", "discarded": "yellow"}


class _Row(NamedTuple):
    kind: str
    field: str
    value: str
    source: str


def command() -> click.Command:
    """Return the command."""
    import click  # noqa: PLC0415 (an extra)

    @click.command(
        "env",
        cls=command_class(),
        help=_HELP,
        short_help="Show who a service started here says it is, and how it knows.",
    )
    @click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
    def env(*, as_json: bool) -> None:
        found = detect()
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A terminal that isn't UTF-8 gets escapes, and no traceback.
            sys.stdout.reconfigure(errors="backslashreplace")
        if as_json:
            click.echo(_json(found))
        elif sys.stdout.isatty():
            _print_table(found)
        else:
            click.echo(_text(found))

    return env


def _json(found: Detection) -> bytes:
    import orjson  # noqa: PLC0415 (needed for this form only)

    described = {
        "resource": {
            field: {
                "value": None if finding.value is None else _safe(finding.value),
                "source": finding.source,
                "beaten": [_beaten(each)._asdict() for each in finding.beaten],
                "refused": [each._asdict() for each in finding.refused],
            }
            for field, finding in found.findings.items()
        },
        "feature_flags": _labels_as_json(found.feature_flags),
        "tags": _labels_as_json(found.tags),
        "discarded": [each._asdict() for each in found.discarded],
    }
    return orjson.dumps(described, option=orjson.OPT_INDENT_2)


def _labels_as_json(labels: Labels) -> dict[str, Any]:
    return {
        "values": dict(_masked(labels)),
        "source": labels.source,
        "refused": [each._asdict() for each in labels.refused],
    }


def _text(found: Detection) -> str:
    rows = list(_rows(found))
    fields = [("  " if row.kind in {"beat", "refused"} else "") + row.field for row in rows]
    widest = max(map(len, fields)), max(len(row.value) for row in rows)
    lines = [
        f"{field:{widest[0]}}  {row.value:{widest[1]}}  {row.source}" for field, row in zip(fields, rows, strict=True)
    ]
    return "\n".join([*lines, *_unnamed(found)])


def _print_table(found: Detection) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 (an extra)
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("field", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("said by", overflow="fold")
    for row in _rows(found):
        indent, style = ("  " if row.kind in {"beat", "refused"} else ""), _STYLES[row.kind]
        # As text, so that nothing a value holds is taken for markup.
        table.add_row(
            Text(indent + row.field, "bold" if row.kind == "is" else style),
            Text(row.value, "green" if row.kind == "is" else style),
            Text(row.source, style),
        )
    console = Console()
    console.print(table)
    for line in _unnamed(found):
        console.print(Text(line, "dim"))


def _rows(found: Detection) -> Iterator[_Row]:
    for field, finding in found.findings.items():
        if finding.value is not None and finding.source is not None:
            yield _Row("is", field, _safe(finding.value), finding.source)
        elif finding.refused:
            yield _Row("is", field, "", "nobody")
        for other in map(_beaten, finding.beaten):
            yield _Row("beat", "beat", other.value, other.source)
        yield from map(_refused, finding.refused)
    for name, labels in (("feature_flags", found.feature_flags), ("tags", found.tags)):
        for label, value in _masked(labels):
            yield _Row("is", f"{name}.{label}", value, labels.source or "")
        if labels.refused and not labels.values:
            yield _Row("is", name, "", "nobody")
        yield from map(_refused, labels.refused)
    for each in found.discarded:
        yield _Row("discarded", "discarded", each.value, f"{each.source}: {each.reason}")


def _refused(each: Refused) -> _Row:
    return _Row("refused", "refused", each.value, f"{each.source}: {each.reason}")


def _masked(labels: Labels) -> Iterator[tuple[str, str]]:
    for name, value in labels.values.items():
        rule = DEFAULT_POLICY.rule_for(name)
        yield name, marker(rule) if rule else _safe(value)


def _beaten(other: Candidate) -> Candidate:
    return other._replace(value=_safe(other.value))


def _safe(value: str) -> str:
    """Return *value* without secrets, tokens and credentials."""
    return _CREDENTIALS.sub("***@", _TOKEN.sub(rf"\1{marker('authorization')}", redact_text(value)))


def _unnamed(found: Detection) -> Iterator[str]:
    silent = [field for field, finding in found.findings.items() if finding.value is None and not finding.refused]
    if silent:
        yield f"named by nobody: {', '.join(silent)}"
