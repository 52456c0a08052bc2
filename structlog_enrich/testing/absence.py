"""Look for a secret in finished lines, also where it was encoded or cut."""

from __future__ import annotations

import binascii
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, unquote_plus

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.schema.decoding import DecodingError, decode
from structlog_enrich.testing.given import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog_enrich.testing.given import Lines

__all__ = ["Needle", "assert_nowhere"]

_LONG: Final = 8
"""From this many bytes on, what it becomes when encoded is no text that stands there by chance."""

_HALVED: Final = 16
"""From this many characters on, half of it is a secret too."""


class Needle:
    """Know a secret in the shapes in which it may stand in a line.

    Args:
        secret: The secret, as text; compared without regard to case.

    Raises:
        ConfigurationError: It is empty, or no text.

    >>> list(Needle("hunter2").places({"payload": {"note": "it is Hunter2"}}))
    ['payload.note']
    """

    def __init__(self, secret: str) -> None:
        if not isinstance(secret, str) or not secret:
            received = "an empty text" if isinstance(secret, str) else type(secret).__name__
            raise ConfigurationError("secret", "must be text", received=received)
        # As it stands in JSON or in a repr that is itself a text of the line.
        plain = {
            secret,
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            repr(secret)[1:-1],
        }
        if len(secret) >= _HALVED:
            plain |= {secret[: len(secret) // 2], secret[len(secret) // 2 :]}
        data = secret.encode(errors="replace")
        if len(data) >= _LONG:
            plain.add(binascii.hexlify(data).decode())
        self._plain: Final = {each.casefold() for each in plain}
        self._exact: Final = set(_base64_of(data)) if len(data) >= _LONG else set()

    def is_in(self, text: str) -> bool:
        """Tell whether it stands in *text*."""
        for shown in (text, unquote(text), unquote_plus(text)):
            folded = shown.casefold()
            if any(each in folded for each in self._plain) or any(each in shown for each in self._exact):
                return True
        return False

    def places(self, value: Any, path: str = "") -> Iterator[str]:
        """Give the path of each key and value in which it stands; a key that holds it is written `[…]`."""
        if isinstance(value, Mapping):
            for key, each in value.items():
                name = f".{key}" if path else str(key)
                if self.is_in(str(key)):
                    name = "[…]"
                    yield f"{path}{name}"
                yield from self.places(each, f"{path}{name}")
        elif isinstance(value, list | tuple):
            for index, each in enumerate(value):
                yield from self.places(each, f"{path}[{index}]")
        elif self.is_in(str(value)):
            yield path


def assert_nowhere(lines: Lines, *secrets: str) -> None:
    """Assert that none of *secrets* stands anywhere in *lines*.

    Each is looked for in keys and values, in any case, percent-encoded, escaped as in JSON or a repr, and from 8 bytes
    on in hex and base64; of one of 16 characters or more, either half counts too. Put in what no line should ever
    show, such as the password of a test's user.

    Args:
        lines: One line or several, decoded or as they were written; what was written needn't be JSON.
        *secrets: What must not be there.

    Raises:
        AssertionError: One is; the message names lines and paths, and never the secret. Or there are no lines, or
            none that says anything.
        ConfigurationError: No secret, an empty one, or one that is no text. Or what are no lines.

    >>> assert_nowhere([{"message": "login", "payload": {"user": {"pin": 4711}}}], "4711")
    Traceback (most recent call last):
        ...
    AssertionError: of 1 secrets, these came out:
      number 0 stands in line 0: payload.user.pin
    """
    __tracebackhide__ = True
    if not secrets:
        raise ConfigurationError("secrets", "must be given", received="none")
    needles = [Needle(secret) for secret in secrets]
    looked_at = lines_of(lines)
    if not any(line.strip() if isinstance(line, bytes) else line for line in looked_at):
        msg = "there are no lines, so nothing is proved"
        raise AssertionError(msg)
    found = [
        f"  number {number} stands in line {index}: {', '.join(places)}"
        for number, needle in enumerate(needles)
        for index, line in enumerate(looked_at)
        if (places := list(_places(needle, line)))
    ]
    if found:
        msg = f"of {len(secrets)} secrets, these came out:\n" + "\n".join(found)
        raise AssertionError(msg)


def _places(needle: Needle, line: Mapping[str, Any] | bytes) -> Iterator[str]:
    if not isinstance(line, bytes):
        yield from needle.places(line)
        return
    try:
        value, repeated = decode(line.removesuffix(b"\n"))
    except DecodingError:
        pass
    else:
        yield from needle.places(value, "" if isinstance(value, dict) else "line")
        if not repeated:
            return
    # Of names that stand twice only the last was decoded.
    if needle.is_in(line.decode(errors="replace")):
        yield "as it was written"


def _base64_of(data: bytes) -> Iterator[str]:
    # By where it begins among what is encoded with it, its text is another; its ends mix with its neighbours.
    for offset in range(3):
        padded = bytes(offset) + data
        settled = slice(-(-offset * 4 // 3), len(padded) * 4 // 3)
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(padded).decode()[settled]
