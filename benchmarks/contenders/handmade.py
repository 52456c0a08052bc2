"""What a good team would write itself to get the same fields: structlog's parts, and its own where it has none."""

from __future__ import annotations

import itertools
import logging
import os
import threading
import traceback
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import orjson
import structlog

from benchmarks.workload import CONTEXT, RESOURCE
from structlog_enrich import current_trace

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

    from benchmarks.workload import Workload

__all__ = ["ABOUT", "NAME", "build"]

NAME: Final = "hand-assembled chain"
ABOUT: Final = (
    "The same fields by hand: structlog's `merge_contextvars`, `add_log_level` and `TimeStamper`, a processor for the "
    "header, context and payload, a recursive masker by a list of some fifty keys, which doesn't look into texts, and "
    "orjson with `default=str`."
)

_CONTEXT_NAMES: Final = tuple(CONTEXT)
_SECRETS: Final = frozenset(
    {
        "access_key", "access_token", "accesstoken", "api_key", "apikey", "auth_token", "authtoken", "authorization",
        "bearer_token", "client_secret", "clientsecret", "connect_sid", "cookie", "credential", "credentials", "csrf",
        "csrf_token", "csrftoken", "cvc", "cvv", "encryption_key", "id_token", "jwt", "otp", "pass", "passcode",
        "passphrase", "passwd", "password", "phpsessid", "private_key", "privatekey", "proxy_authorization", "pwd",
        "refresh_token", "refreshtoken", "secret", "secret_key", "secretkey", "session_token", "sessionid",
        "set_cookie", "signing_key", "ssn", "token", "totp", "x_api_key", "xsrf", "xsrf_token",
    }
)  # fmt: skip
_SEPARATORS: Final = str.maketrans("-. ", "___")


def _envelope() -> Processor:
    identity = RESOURCE.header()
    boot_id = os.urandom(8).hex()
    configuration = os.urandom(6).hex()
    process_id = os.getpid()
    sequence = itertools.count()

    def envelope(_logger: WrappedLogger, _method_name: str, event_dict: EventDict) -> EventDict:
        trace = current_trace()
        line: dict[str, Any] = {
            "schema_version": "1.0",
            "timestamp": event_dict.pop("timestamp"),
            "level": event_dict.pop("level"),
            "message": event_dict.pop("event"),
            **identity,
            "boot_id": boot_id,
            "seq": next(sequence),
            "process_id": process_id,
            "thread_id": threading.get_ident(),
            "enrichment": configuration,
        }
        if trace is not None:
            line["operation"] = trace.operation
            line["trace_id"] = trace.trace_id
            line["span_id"] = trace.span_id
            line["parent_span_id"] = trace.parent_span_id
            line["trace_flags"] = trace.trace_flags
        error = event_dict.pop("exc_info", None)
        if error is not None:
            line["error"] = {
                "type": type(error).__qualname__,
                "message": str(error),
                "stack": "".join(traceback.format_exception(error)),
            }
        context = {name: event_dict.pop(name) for name in _CONTEXT_NAMES if name in event_dict}
        if context:
            line["context"] = context
        if event_dict:
            line["payload"] = event_dict
        return line

    return envelope


@lru_cache(maxsize=4_096)
def _is_secret(key: str) -> bool:
    return key.lower().translate(_SEPARATORS) in _SECRETS


def _masked(value: Any, path: str, redacted: list[str]) -> Any:
    if isinstance(value, dict):
        clean = {}
        for key, item in value.items():
            if _is_secret(key):
                clean[key] = "[REDACTED]"
                redacted.append(f"{path}.{key}")
            elif isinstance(item, dict | list | tuple):
                clean[key] = _masked(item, f"{path}.{key}", redacted)
            else:
                clean[key] = item
        return clean
    return [_masked(item, path, redacted) if isinstance(item, dict | list | tuple) else item for item in value]


def _mask(_logger: WrappedLogger, _method_name: str, event_dict: EventDict) -> EventDict:
    redacted: list[str] = []
    for part in ("context", "payload"):
        if part in event_dict:
            event_dict[part] = _masked(event_dict[part], part, redacted)
    if redacted:
        event_dict["redacted"] = redacted
    return event_dict


def build(workload: Workload, file: BinaryIO) -> Any:
    """Return the logger, assembled once as a cached one is."""
    return structlog.wrap_logger(
        structlog.BytesLogger(file),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _envelope(),
            _mask,
            structlog.processors.JSONRenderer(serializer=orjson.dumps, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ).bind()
