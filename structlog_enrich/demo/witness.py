"""How a request and its lines find each other, and which requests bear witness at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from structlog_enrich.demo.shoppers import Answer

    Line = dict[str, Any]

__all__ = ["is_request_line", "missed", "request_id_of", "unheard"]


def request_id_of(line: Line) -> str | None:
    """Return the id of the request that *line* is of, or None."""
    found: str | None = line.get("context", {}).get("request_id")
    return found


def is_request_line(line: Line) -> bool:
    """Tell whether *line* ended a request at the gateway."""
    return bool(line["service"] == "gateway" and line.get("span", {}).get("kind") == "server")


def missed(answer: Answer) -> str | None:
    """Return what came back in place of the answer that was due, or None."""
    visit = answer.visit
    due = answer.status == visit.status
    return None if due else f"{visit.what}: {answer.trouble or answer.status} instead of {visit.status}"


def unheard(lines: Sequence[Line]) -> Callable[[Answer], str | None]:
    """Return what says why a request proves nothing: it wasn't answered as was due, or no request line tells of it."""
    told = {request_id_of(line) for line in lines if is_request_line(line)}

    def fault_of(answer: Answer) -> str | None:
        return missed(answer) or (None if answer.request_id in told else f"{answer.visit.what}: it is on no line")

    return fault_of
