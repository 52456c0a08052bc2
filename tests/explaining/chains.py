"""Chains with one thing wrong, and what is found in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from structlog_enrich import preset
from structlog_enrich.explaining import explain

if TYPE_CHECKING:
    from structlog_enrich.explaining import Mistake

MERGE, ERRORS, ENVELOPE, REDACT, VERSION, RENDERER = range(6)


def add_shard(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Add a name."""
    return {**event_dict, "shard": 3}


def add_timestamp(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Add what the header has."""
    return {**event_dict, "timestamp": "now"}


def add_ids(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Add a trace's ids."""
    return {**event_dict, "trace_id": "1", "span_id": "2"}


def add_name(name: str, logger: Any, method_name: str, event_dict: Any) -> Any:
    """Add what the header has, of any name."""
    return {**event_dict, name: "shop"}


def add_datadogs_ids(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Add what `ddtrace` injects."""
    return {**event_dict, "dd.trace_id": "1", "dd.span_id": "2", "dd.service": "shop"}


def rename(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Rename the message."""
    event_dict["msg"] = event_dict.pop("event")
    return event_dict


def to_severity(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Rename what is there."""
    event_dict["severity"] = event_dict.pop("level")
    return event_dict


def move_service(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Move what is there."""
    return {"resource": {"service": event_dict.pop("service")}, **event_dict}


def into_payload(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Add where applications do."""
    event_dict.setdefault("payload", {})["shard"] = 3
    return event_dict


def fails(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Fail on an event without an order."""
    return event_dict["order_id"]


def forgets(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Forget to return the event."""
    event_dict["shard"] = 3


def drops(logger: Any, method_name: str, event_dict: Any) -> Any:
    """Drop the event."""
    raise structlog.DropEvent


def ends_with_blank(logger: Any, method_name: str, line: Any) -> Any:
    """Take a finished line and return it."""
    return f"{line} "


def in_memory(sent: list[Any], module: str = "structlog_sentry") -> Any:
    """Return the class of an exporter that keeps what it is given in *sent*."""
    namespace: dict[str, Any] = {"__name__": module, "sent": sent}
    exec(
        "class SentryProcessor:\n"
        "    def __call__(self, logger, method_name, event_dict):\n"
        "        sent.append(event_dict)\n"
        "        return event_dict\n",
        namespace,
    )
    return namespace["SentryProcessor"]


def chain_with(at: int, *more: Any) -> list[Any]:
    """Return a good chain with *more* before its stage *at*."""
    chain: list[Any] = preset(service="tests", renderer="json")
    return [*chain[:at], *more, *chain[at:]]


def without(kind: type[Any]) -> list[Any]:
    """Return a good chain without the stages of one *kind*."""
    return [each for each in preset(renderer="json") if type(each) is not kind]


def found(chain: list[Any], **options: Any) -> list[tuple[str, tuple[int, ...]]]:
    """Return the rules that *chain* breaks, and where."""
    return [(each.rule, each.stages) for each in explain(chain, **options).mistakes]


def only(chain: list[Any], **options: Any) -> Mistake:
    """Return the one mistake of *chain*."""
    (mistake,) = explain(chain, **options).mistakes
    return mistake
