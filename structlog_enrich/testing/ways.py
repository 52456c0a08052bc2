"""The ways by which a secret gets into a line."""

from __future__ import annotations

import keyword
import logging
import re
from dataclasses import make_dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

import orjson

from structlog_enrich.trace import bound_contextvars, span

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LOGGER", "MAY_BE_CLOSED", "NAMED", "UNNAMED", "WAYS", "Planted", "go"]

LOGGER: Final = "structlog_enrich.canaries"
"""The standard library's logger that canaries are logged with."""

_MESSAGE: Final = "canary"
# What the standard library refuses in `extra=`.
_OF_RECORDS: Final = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime"})
# What a logger's methods call their own: some take them for a keyword all the same.
_OF_METHODS: Final = frozenset({"self", "event"})


class Planted(NamedTuple):
    """Say what to plant.

    Attributes:
        name: The name of the secret: `password`.
        secret: The secret itself.
        text: What stands for it where nothing but a text can: the secret, or `password=<secret>`.
    """

    name: str
    secret: str
    text: str


def _object(log: Any, planted: Planted) -> None:
    name = re.sub(r"\W", "_", planted.name)
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("__"):
        # No object can have it.
        name = f"_{name}"
    log.critical(_MESSAGE, data=make_dataclass("Canary", [name])(planted.secret))


def _context(log: Any, planted: Planted) -> None:
    with bound_contextvars(**{planted.name: planted.secret}):
        log.critical(_MESSAGE)


def _header(log: Any, planted: Planted) -> None:
    name = "-".join(word.capitalize() for word in re.split(r"[\W_]+", planted.name))
    log.critical(_MESSAGE, headers={"Accept": "*/*", name: planted.secret})


def _span(log: Any, planted: Planted) -> None:
    with span(_MESSAGE, attributes={planted.name: planted.secret}, logger=log) as canary:
        canary.level = "error"


def _message(log: Any, planted: Planted) -> None:
    text = f"{_MESSAGE} with {planted.text}"
    log.critical(text)


def _record(log: Any, planted: Planted) -> None:
    logging.getLogger(LOGGER).critical(_MESSAGE, extra={planted.name: planted.secret})


def _record_message(log: Any, planted: Planted) -> None:
    logging.getLogger(LOGGER).critical("%s with %s", _MESSAGE, planted.text)


def _exception(log: Any, planted: Planted) -> None:
    _raised(log, ValueError(planted.text))


def _note(log: Any, planted: Planted) -> None:
    error = ValueError(_MESSAGE)
    error.add_note(planted.text)
    _raised(log, error)


def _cause(log: Any, planted: Planted) -> None:
    error = ValueError(_MESSAGE)
    error.__cause__ = ValueError(planted.text)
    _raised(log, error)


def _member(log: Any, planted: Planted) -> None:
    _raised(log, ExceptionGroup(_MESSAGE, [ValueError(planted.text)]))


def _raised(log: Any, error: Exception) -> None:
    # Raised, so that there is a traceback whose last line is the exception.
    try:
        raise error
    except type(error):
        log.critical(_MESSAGE, exc_info=True)


_BY_NAME: Final[dict[str, Callable[[Any, Planted], Any]]] = {
    "keyword": lambda log, it: log.critical(_MESSAGE, **{it.name: it.secret}),
    "bytes": lambda log, it: log.critical(_MESSAGE, **{it.name: it.secret.encode(errors="replace")}),
    "bound": lambda log, it: log.bind(**{it.name: it.secret}).critical(_MESSAGE),
    "context": _context,
    "mapping": lambda log, it: log.critical(_MESSAGE, data={"user": {it.name: it.secret}}),
    "list": lambda log, it: log.critical(_MESSAGE, data=[{"user": 1}, ({it.name: [it.secret]},)]),
    "object": _object,
    "header": _header,
    "span": _span,
    "record": _record,
}
_BY_ITSELF: Final[dict[str, Callable[[Any, Planted], Any]]] = {
    "message": _message,
    "argument": lambda log, it: log.critical("%s with %s", _MESSAGE, it.text),
    "value": lambda log, it: log.critical(_MESSAGE, note=f"it is {it.text}"),
    "key": lambda log, it: log.critical(_MESSAGE, data={it.text: 1}),
    "pair": lambda log, it: log.critical(_MESSAGE, headers=[("accept", "*/*"), (it.name, it.secret)]),
    "json": lambda log, it: log.critical(_MESSAGE, body=orjson.dumps({it.name: it.secret}).decode()),
    "url": lambda log, it: log.critical(_MESSAGE, url=f"https://shop.example/?{it.name}={quote(it.secret)}"),
    "exception": _exception,
    "note": _note,
    "cause": _cause,
    "member": _member,
    "record message": _record_message,
}

NAMED: Final = tuple(_BY_NAME)
"""Ways in which a name tells that it is a secret, which `preset()` masks by `RedactionPolicy(keys=…)`."""

UNNAMED: Final = tuple(_BY_ITSELF)
"""Ways in which only what it looks like, or what stands beside it, tells that it is a secret."""

WAYS: Final = {**_BY_NAME, **_BY_ITSELF}
"""Every way: its name, and what goes it."""

MAY_BE_CLOSED: Final = frozenset({"record", "record message", "span"})
"""Ways that not every configuration opens: records may not be bridged, and spans write at `error` at most."""


def go(way: str, log: Any, planted: Planted) -> bool:
    """Log what is *planted* that *way*, and tell whether a call can carry its name so."""
    if way == "record" and planted.name in _OF_RECORDS:
        return False
    try:
        WAYS[way](log, planted)
    except TypeError:
        if planted.name not in _OF_METHODS:
            raise
        return False
    return True
