"""What a detection found: each value, where it came from, what it beat and what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from structlog_enrich.resource.model import MAX_LENGTH, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Candidate", "Detection", "Finding", "Labels", "Refused", "fault", "shown"]

_MAX_BYTES: Final = 2 * MAX_LENGTH
_MAX_SHOWN: Final = 60


class Candidate(NamedTuple):
    """Hold a value that could stand on the line, and where it came from.

    Attributes:
        value: The value.
        source: A text that a person recognises: `DD_SERVICE`, `OTEL_RESOURCE_ATTRIBUTES service.name`, `hostname`.
    """

    value: str
    source: str


class Refused(NamedTuple):
    """Hold what was found and can't stand on the line.

    Attributes:
        value: It as a literal, cut to 60 characters and without a URL's credentials: safe to print. Of what should hold
            several values only so much that it can be found.
        source: Where it came from.
        reason: Which rule it breaks.
    """

    value: str
    source: str
    reason: str


class Finding(NamedTuple):
    """Say how one field of the `Resource` came to its value.

    Attributes:
        value: What is on the line; None when nobody says it.
        source: Who said it; None likewise.
        beaten: Who else said something, in the order they would have been taken.
        refused: What was said and can't be written.
    """

    value: str | None
    source: str | None
    beaten: tuple[Candidate, ...] = ()
    refused: tuple[Refused, ...] = ()


class Labels(NamedTuple):
    """Hold the labels that a variable of ours gives to every line.

    Attributes:
        values: Name to text.
        source: The variable; None when it isn't set.
        refused: The members that can't be written.
    """

    values: Mapping[str, str]
    source: str | None = None
    refused: tuple[Refused, ...] = ()


class Detection(NamedTuple):
    """Hold who is logging, with the provenance of each value.

    Attributes:
        resource: The identity, ready for `preset(resource=…)`.
        findings: Each field of the `Resource` in the order of the line, also those that nobody names.
        feature_flags: What `STRUCTLOG_ENRICH_FLAGS` says.
        tags: What `STRUCTLOG_ENRICH_TAGS` says.
        discarded: Variables that should hold several values and can't be understood: nothing of them counts.
    """

    resource: Resource
    findings: Mapping[str, Finding]
    feature_flags: Labels
    tags: Labels
    discarded: tuple[Refused, ...] = ()


def fault(value: object) -> str | None:
    """Return why *value*, from the environment, can't stand on the line, or None when it can.

    The bound in bytes keeps what the environment can say below what the header of a line may need, so that no
    environment stops a service from starting. Text of the alphabet `A` to `z` never meets it.

    >>> fault("checkout")
    >>> fault("a\\nb"), fault("https://me:hunter2@git.example.com/shop")
    ("holds what can't be printed", "holds a URL's credentials")
    """
    if not isinstance(value, str):
        return "isn't text"
    if len(value) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    if not value.isprintable():
        return "holds what can't be printed"
    if len(value.encode()) + value.count('"') + value.count("\\") > _MAX_BYTES:
        return f"needs more than {_MAX_BYTES} bytes"
    return "holds a URL's credentials" if _without_credentials(value) != value else None


def shown(value: object) -> str:
    """Return *value* as a literal that is short, safe to print and without a URL's credentials.

    >>> print(shown("https://me:hunter2@git.example.com/shop\\x1b[2J"))
    'https://***@git.example.com/shop\\x1b[2J'
    """
    if not isinstance(value, str):
        return type(value).__name__
    # Cut before and after: what is looked at is bounded, and so is what the escapes make of it.
    literal = ascii(cut) if not (cut := _without_credentials(value[: 8 * MAX_LENGTH])).isprintable() else repr(cut)
    return literal if len(literal) <= _MAX_SHOWN else f"{literal[: _MAX_SHOWN - 1]}…"


def _without_credentials(text: str) -> str:
    if "://" not in text or "@" not in text:
        return text
    scheme, *rest = text.split("://")
    return "://".join([scheme, *map(_without_user, rest)])


def _without_user(rest: str) -> str:
    end = min((at for each in "/?#" if (at := rest.find(each)) >= 0), default=len(rest))
    _, found, host = rest[:end].rpartition("@")
    return f"***@{host}{rest[end:]}" if found else rest
