"""What a detection found: each value, where it came from, what it beat and what was refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from structlog_enrich.resource.model import Resource
from structlog_enrich.resource.rules import MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Candidate", "Detection", "Finding", "Labels", "Refused", "fault", "shown"]

_MAX_BYTES: Final = 2 * MAX_LENGTH
_MAX_SHOWN: Final = 60
_TOO_LONG_SHOWN: Final = 8
_SCHEME: Final = r"(?i)(?:bearer|basic)\s"


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
        value: It as a literal, cut to 60 characters, and to 8 where it was refused for its length, as tokens are: safe
            to print. It has no URL's credentials and nothing that follows a `name=`, a `name:`, `Bearer` or `Basic`. Of
            what should hold several values only so much that it can be found.
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
        resource: The identity. `preset(resource=…)` takes the whole of this, so that the labels aren't lost.
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

    @property
    def refused(self) -> tuple[Refused, ...]:
        """Return all that was said and isn't on the line because it can't be written, each once."""
        values = (each for finding in self.findings.values() for each in finding.refused)
        return tuple(dict.fromkeys((*values, *self.feature_flags.refused, *self.tags.refused, *self.discarded)))


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
    """Return *value* as a literal that is short and safe to print.

    Of a URL the credentials are left out, and of a pair, such as a line of somebody's file of settings, the value. What
    is too long for a line is mostly a token or a key, and only its beginning is shown.

    >>> print(shown("https://me:hunter2@git.example.com/shop\\x1b[2J"))
    'https://***@git.example.com/shop\\x1b[2J'
    >>> print(shown("shop\\nDB_PASSWORD=hunter2"))
    'shop\\nDB_PASSWORD='…
    """
    if not isinstance(value, str):
        return type(value).__name__
    # Cut after that, since the sign that credentials stood there is behind them.
    whole = _without_credentials(value)
    start = _to_first_sign(whole[: _TOO_LONG_SHOWN if len(value) > MAX_LENGTH else _MAX_SHOWN])
    literal = repr(start) if start.isprintable() else ascii(start)
    return literal if start == whole and len(literal) <= _MAX_SHOWN else f"{literal[: _MAX_SHOWN - 1]}…"


def _to_first_sign(text: str) -> str:
    if scheme := re.search(_SCHEME, text):
        text = text[: scheme.end()]
    for at, each in enumerate(text):
        if each == "=" or (each == ":" and not text.startswith("//", at + 1)):
            return text[: at + 1]
    return text


def _without_credentials(text: str) -> str:
    if "://" not in text or "@" not in text:
        return text
    scheme, *rest = text.split("://")
    return "://".join([scheme, *map(_without_user, rest)])


def _without_user(rest: str) -> str:
    end = min((at for each in "/?#" if (at := rest.find(each)) >= 0), default=len(rest))
    _, found, host = rest[:end].rpartition("@")
    if found:
        return f"***@{host}{rest[end:]}"
    # A port is a number: what else stands there is a password, cut short by a sign that nobody encoded.
    name, colon, port = rest[:end].rpartition(":")
    if colon and port and not port.isdigit() and "@" in rest and not name.startswith("["):
        return f"***@{rest.rpartition('@')[2]}"
    return rest
