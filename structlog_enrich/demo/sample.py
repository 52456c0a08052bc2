"""A dozen lines worth a look, and what is said above them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import orjson

from structlog_enrich.demo.terminal import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Line = dict[str, Any]

__all__ = ["sample"]

_LOOK: Final = "GET /products/{sku}"
_LINES_OF_A_LOOK: Final = 4


def sample(written: Sequence[bytes], width: int) -> str:
    """Return a dozen of the lines as they are, each with what it shows above it.

    Args:
        written: The lines as they left the processes.
        width: How many columns there are for what stands above a line; the line itself stays whole.
    """
    lines = [orjson.loads(each) for each in written]
    look = _look(lines)
    shown: list[str] = []
    for caption, is_it in _SHOWN:
        of_look = caption in _OF_LOOK
        found = (at for at, line in enumerate(lines) if is_it(line) and (not of_look or line["trace_id"] == look))
        at = next(found, None)
        if at is not None:
            shown.append(f"{wrapped(caption, width)}\n{written[at].decode().rstrip()}")
    return "\n\n".join(shown)


def _look(lines: Sequence[Line]) -> str | None:
    """Return the trace of the first product that was looked at without any ado."""
    sizes = Counter(line["trace_id"] for line in lines)
    looks = (line for line in lines if _ends(line, "gateway", "server") and line["message"] == _LOOK)
    return next((line["trace_id"] for line in looks if _is_plain(line, sizes)), None)


def _is_plain(line: Line, sizes: Counter[str]) -> bool:
    return sizes[line["trace_id"]] == _LINES_OF_A_LOOK and line["level"] == "info" and "parent_span_id" not in line


def _ends(line: Line, service: str, kind: str) -> bool:
    return bool(line["service"] == service and line.get("span", {}).get("kind") == kind)


def _payload(line: Line) -> Any:
    return line.get("payload", {})


def _path(line: Line) -> str:
    return str(line.get("span", {}).get("attributes", {}).get("url.path", ""))


_STARTED: Final = "The first line of a process. Outside any request it has the process's own span, its boot_id:"
_ROW: Final = "One look at a product, four lines of one trace. The inventory reads the label, in a thread:"
_STOCK: Final = "The inventory's request line, parent of the line above:"
_CLIENT: Final = "The gateway's client span, parent of the line above across the two processes:"
_REQUEST: Final = "The gateway's request line, parent of them all:"
_OF_LOOK: Final = frozenset({_ROW, _STOCK, _CLIENT, _REQUEST})

_SHOWN: Final[tuple[tuple[str, Callable[[Line], bool]], ...]] = (
    (_STARTED, lambda line: line["message"] == "service started"),
    (_ROW, lambda line: _ends(line, "inventory", "internal")),
    (_STOCK, lambda line: _ends(line, "inventory", "server")),
    (_CLIENT, lambda line: _ends(line, "gateway", "client")),
    (_REQUEST, lambda line: _ends(line, "gateway", "server")),
    (
        "What stands under the name of a secret is masked, at any depth; `redacted` says where:",
        lambda line: "account" in _payload(line),
    ),
    (
        "Hostile: the order had names of the header in it. They stay data, beside an honest header:",
        lambda line: "seq" in _payload(line),
    ),
    (
        "Hostile: the path should have begun a line of its own. It is text, and one line:",
        lambda line: _ends(line, "gateway", "server") and "\n" in _path(line),
    ),
    (
        "A caller's well-formed traceparent: the trace goes on, and the caller's span is the parent:",
        lambda line: _ends(line, "gateway", "server") and "parent_span_id" in line,
    ),
    (
        "A synchronous endpoint bound user_id in a thread, and the request line has it all the same:",
        lambda line: _ends(line, "gateway", "server") and "user_id" in line.get("context", {}),
    ),
    (
        "A label that nobody can read, the demo's deliberate bug: the span failed, and `error` says why:",
        lambda line: _ends(line, "inventory", "internal") and "error" in line,
    ),
    (
        "A background task wrote this one after the response, still in the request's trace:",
        lambda line: line["message"] == "confirmation printed",
    ),
)
"""What is said above a line, and which line it is: the first of its kind."""
