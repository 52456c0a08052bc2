"""Which artifacts there are, where they live in a checkout, and whether they are current."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.export.data_dictionary import data_dictionary
from structlog_enrich.export.json_schema import json_schema, line_schema
from structlog_enrich.export.redaction_rules import redaction_rules
from structlog_enrich.export.typed_dict import typed_dict
from structlog_enrich.schema.fields import SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["COMMAND", "artifacts", "require_checkout", "stale", "write"]

COMMAND: Final = "python -m structlog_enrich.export"
"""The command that renews every artifact."""

_MARKS: Final = ("pyproject.toml", "docs", "structlog_enrich/schema")


def artifacts() -> dict[str, str]:
    """Return the text of every artifact by its path in a checkout."""
    schema = line_schema()
    published = json_schema(schema)
    name = f"line-{SCHEMA_VERSION}.schema.json"
    return {
        f"structlog_enrich/schema/{name}": published,
        "structlog_enrich/schema/typed.py": typed_dict(schema),
        "docs/data-dictionary.md": data_dictionary(schema),
        "docs/redaction-rules.md": redaction_rules(),
        f"docs/{name}": published,
    }


def require_checkout(root: Path) -> None:
    """Refuse a directory that isn't a checkout of this project.

    Args:
        root: The directory that should be one.

    Raises:
        ValueError: Something that every checkout has is missing.
    """
    missing = [mark for mark in _MARKS if not (root / mark).exists()]
    if missing:
        msg = f"{root} is not a checkout of structlog-enrich: it has no {', no '.join(missing)}"
        raise ValueError(msg)


def stale(root: Path) -> dict[str, str]:
    """Return every artifact that is absent from a checkout or differs from what the models say, as `artifacts()` does.

    Args:
        root: The checkout.
    """
    return {path: text for path, text in artifacts().items() if _read(root / path) != text.encode()}


def write(root: Path) -> list[str]:
    """Write every stale artifact and return its path; leave the others untouched.

    Args:
        root: The checkout.
    """
    renewed = stale(root)
    for path, text in renewed.items():
        # Bytes, so that line ends are the same on every system.
        (root / path).write_bytes(text.encode())
    return list(renewed)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
