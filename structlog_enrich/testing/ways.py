"""The ways by which a secret gets into a line."""

from __future__ import annotations

import json
import keyword
import logging
import re
from dataclasses import dataclass, make_dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple
from urllib.parse import quote

from structlog_enrich.redaction.sensitive import Sensitive
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


@dataclass
class _Marked:
    field: Annotated[str, Sensitive()]


class _Shown:
    def __init__(self, planted: Planted) -> None:
        self._planted = planted

    def __repr__(self) -> str:
        return f"Canary({_attribute(self._planted.name)}={self._planted.secret!r})"


def _attribute(name: str) -> str:
    name = re.sub(r"\W", "_", name)
    # Another no object can have.
    return name if name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__") else f"_{name}"


def _header_of(name: str) -> str:
    return "-".join(word.capitalize() for word in re.split(r"[\W_]+", name))


def _json_of(planted: Planted) -> str:
    return json.dumps({planted.name: planted.secret}, ensure_ascii=False)


def _object(log: Any, planted: Planted) -> None:
    log.critical(_MESSAGE, data=make_dataclass("Canary", [_attribute(planted.name)])(planted.secret))


def _context(log: Any, planted: Planted) -> None:
    with bound_contextvars(**{planted.name: planted.secret}):
        log.critical(_MESSAGE)


def _header(log: Any, planted: Planted) -> None:
    log.critical(_MESSAGE, headers={"Accept": "*/*", _header_of(planted.name): planted.secret})


def _raw_header(log: Any, planted: Planted) -> None:
    name, value = _header_of(planted.name).lower().encode(), planted.secret.encode(errors="replace")
    log.critical(_MESSAGE, headers=[(b"accept", b"*/*"), (name, value)])


def _argv(log: Any, planted: Planted) -> None:
    option = re.sub(r"[\W_]+", "-", planted.name).strip("-")
    log.critical(_MESSAGE, argv=["client", f"--{option}", planted.secret, "orders"])


def _userinfo(log: Any, planted: Planted) -> None:
    log.critical(_MESSAGE, dsn=f"postgres://shop:{quote(planted.secret, safe='', errors='replace')}@db/orders")


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


def _exception_args(log: Any, planted: Planted) -> None:
    _raised(log, RuntimeError(_MESSAGE, {planted.name: planted.secret}))


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
    "repr": lambda log, it: log.critical(_MESSAGE, data=_Shown(it)),
    "marked": lambda log, it: log.critical(_MESSAGE, data=_Marked(it.secret)),
    "header": _header,
    "pair": lambda log, it: log.critical(_MESSAGE, headers=[("accept", "*/*"), (it.name, it.secret)]),
    "raw header": _raw_header,
    "variable": lambda log, it: log.critical(_MESSAGE, env=[{"name": it.name, "value": it.secret}]),
    "argv": _argv,
    "json": lambda log, it: log.critical(_MESSAGE, body=_json_of(it)),
    "nested json": lambda log, it: log.critical(_MESSAGE, body=json.dumps({"body": _json_of(it)})),
    "url": lambda log, it: log.critical(
        _MESSAGE, url=f"https://shop.example/?{it.name}={quote(it.secret, errors='replace')}"
    ),
    "userinfo": _userinfo,
    "exception args": _exception_args,
    "span": _span,
    "record": _record,
}
_BY_ITSELF: Final[dict[str, Callable[[Any, Planted], Any]]] = {
    "message": _message,
    "argument": lambda log, it: log.critical("%s with %s", _MESSAGE, it.text),
    "value": lambda log, it: log.critical(_MESSAGE, note=f"it is {it.text}"),
    "body": lambda log, it: log.critical(_MESSAGE, body=it.text.encode(errors="replace")),
    "key": lambda log, it: log.critical(_MESSAGE, data={it.text: 1}),
    "exception": _exception,
    "note": _note,
    "cause": _cause,
    "member": _member,
    "record message": _record_message,
}

NAMED: Final = tuple(_BY_NAME)
"""Ways on which what stands beside a secret tells, whatever it looks like: its name, a mark of its type, a URL."""

UNNAMED: Final = tuple(_BY_ITSELF)
"""Ways on which a secret stands in a text: a canary behind its name, one that was given by itself."""

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
