"""What must never leave the process, and what stands in its place.

```python
from structlog_enrich.redaction import DEFAULT_POLICY, PII, RedactionPolicy, redact, redact_text
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from structlog_enrich.redaction.policy import DEFAULT_POLICY, RedactionPolicy

if TYPE_CHECKING:
    from structlog_enrich.redaction.applying import redact, redact_text
    from structlog_enrich.redaction.assertions import assert_keeps, assert_redacts
    from structlog_enrich.redaction.findings import Finding
    from structlog_enrich.redaction.hashing import Hash
    from structlog_enrich.redaction.packs import PII
    from structlog_enrich.redaction.sensitive import Sensitive
    from structlog_enrich.redaction.strategies import Call, Drop, Fixed, Mask, Partial, Truncate
    from structlog_enrich.redaction.values import Rule

__all__ = [
    "DEFAULT_POLICY",
    "PII",
    "Call",
    "Drop",
    "Finding",
    "Fixed",
    "Hash",
    "Mask",
    "Partial",
    "RedactionPolicy",
    "Rule",
    "Sensitive",
    "Truncate",
    "assert_keeps",
    "assert_redacts",
    "redact",
    "redact_text",
]

_HOMES = {
    "PII": "packs",
    "Hash": "hashing",
    "Rule": "values",
    "Sensitive": "sensitive",
    "assert_keeps": "assertions",
    "assert_redacts": "assertions",
    "Finding": "findings",
    "redact": "applying",
    "redact_text": "applying",
    **dict.fromkeys(("Call", "Drop", "Fixed", "Mask", "Partial", "Truncate"), "strategies"),
}


def __getattr__(name: str) -> Any:
    # Imported by whoever asks: the tables behind them would make every service start later.
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 (needed once)

    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
