"""A keyed hash in place of a value: the same person still joins across lines, and no one finds out who."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, ClassVar, Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.markers import marker
from structlog_enrich.redaction.strategies import plain_text

__all__ = ["Hash"]

_BYTES: Final = 16
_SHORTEST: Final = 16
_FEWEST: Final = 8
_KEY_ID: Final = re.compile(r"[A-Za-z0-9]{1,16}")
_MOST_KEYS: Final = 2
# What stands in an example, and in the configuration of whoever copied it.
_WELL_KNOWN: Final = (
    *(b"change", b"default", b"example", b"insecure", b"password", b"placeholder", b"sample", b"secret"),
    *(b"0123456789", b"1234567890", b"abcdefgh", b"qwerty", b"your-", b"your_"),
)
_REMEDY: Final = 'Make one with `python -c "import secrets; print(secrets.token_urlsafe(32))"` and keep it secret'


_PREVIOUS: Final = 'Write previous={"1": old_key}'


class Hash:
    """Replace a value by HMAC-SHA256 of its text, cut to 128 bit, in base64url, with `h<key id>:` in front.

    Equal values have equal hashes, whatever the rule and wherever they stand: a number and the text of its digits too.
    What is neither text nor a number is masked, and so is nothing at all. A hash of its own is left as it is.

    Args:
        key: At least 16 bytes that nobody can guess, 32 are better; text counts as its UTF-8.
        key_id: Names the key on the line, 1 to 16 letters and digits.
        previous: The key before it by its id, at most one. While it is given both hashes are written, with a comma
            between them, so lines from before and after the change still join.

    Raises:
        ConfigurationError: A key is absent, short, repetitive or well known; an id isn't one, or names both keys; both
            keys are the same. It shows no key.

    Source: RFC 2104; NIST SP 800-107, section 5.3.3, on cutting it.

    >>> Hash(b"q7Zk3RxV9mBtW2nH", key_id="1")("alice@example.com", "payload.email", "email")
    'h1:8JPqR373bMV8dqIFBycdzA'
    """

    __slots__ = ("_keys", "_own")

    name: ClassVar[str] = "hash"
    reveals: ClassVar[bool] = False

    def __init__(
        self, key: bytes | str, *, key_id: str = "1", previous: Mapping[str, bytes | str] | None = None
    ) -> None:
        if previous is not None and not isinstance(previous, Mapping):
            raise ConfigurationError(
                "previous", "must map the id of the key before to that key", received=_kind(previous), remedy=_PREVIOUS
            )
        older = dict(previous or {})
        if len(older) >= _MOST_KEYS:
            raise ConfigurationError("previous", "must hold one key", received=f"{len(older)}", remedy=_PREVIOUS)
        for parameter, each in (("key_id", key_id), *(("previous", each) for each in older)):
            if not isinstance(each, str) or not _KEY_ID.fullmatch(each):
                # Where the id should be may stand the key.
                received = repr(each) if type(each) is str and len(each) < _SHORTEST else _kind(each)
                raise ConfigurationError(parameter, "must be an id of 1 to 16 letters and digits", received=received)
        if key_id in older:
            raise ConfigurationError("previous", "must have another id than the key", received=repr(key_id))
        self._keys: Final = (
            (key_id, _checked("key", key)),
            *((each, _checked(f"previous[{each!r}]", older[each])) for each in older),
        )
        if len({each for _, each in self._keys}) < len(self._keys):
            raise ConfigurationError(
                "previous",
                "must hold another key",
                received="the same key",
                remedy="Leave it out, or give the one before",
            )
        one = f"h(?:{'|'.join(each for each, _ in self._keys)}):[A-Za-z0-9_-]{{22}}"
        self._own: Final = re.compile(f"{one}(?:,{one})?")

    def __repr__(self) -> str:
        # The keys are secrets; their ids stand on every line.
        return f"Hash(key ids: {', '.join(each for each, _ in self._keys)})"

    def __eq__(self, other: object) -> bool:
        return self._keys == other._keys if isinstance(other, Hash) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(each for each, _ in self._keys))

    def __reduce__(self) -> tuple[object, ...]:
        (key_id, key), *older = self._keys
        return _rebuild, (key_id, key, dict(older))

    def __call__(self, value: Any, path: str, rule: str) -> str:
        text = plain_text(value)
        if not text:
            return marker(rule)
        if self._own.fullmatch(text):
            return text
        data = text.encode("utf-8", "surrogatepass")
        return ",".join(f"h{key_id}:{_digest(key, data)}" for key_id, key in self._keys)


def _digest(key: bytes, data: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, data, "sha256")[:_BYTES]).rstrip(b"=").decode("ascii")


def _checked(parameter: str, key: object) -> bytes:
    # What is said of a key must not help to guess it: its type and length are all.
    if isinstance(key, str):
        key = key.encode("utf-8", "surrogatepass")
    if not isinstance(key, bytes):
        raise ConfigurationError(parameter, "must be bytes or text", received=_kind(key), remedy=_REMEDY)
    if len(key) < _SHORTEST:
        raise ConfigurationError(
            parameter, f"must have at least {_SHORTEST} bytes", received=f"{len(key)}", remedy=_REMEDY
        )
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    lowered = key.lower()
    if min(len(set(key)), len(steps)) < _FEWEST or any(each in lowered for each in _WELL_KNOWN):
        raise ConfigurationError(
            parameter, "must be random", received=f"{len(key)} bytes that can be guessed", remedy=_REMEDY
        )
    return key


def _kind(given: object) -> str:
    return f"a value of type {type(given).__name__}"


def _rebuild(key_id: str, key: bytes, previous: dict[str, bytes]) -> Hash:
    return Hash(key, key_id=key_id, previous=previous)
