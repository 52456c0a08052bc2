"""What a deployer may say in the environment instead of in code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from structlog_enrich.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["setting"]


def setting(name: str, given: str | None, default: str, allowed: Collection[str]) -> str:
    """Return what was *given*, else what `STRUCTLOG_ENRICH_<NAME>` says in any case, else *default*.

    Raises:
        ConfigurationError: Neither is one of *allowed*.
    """
    variable = f"STRUCTLOG_ENRICH_{name.upper()}"
    found = given if given is not None else os.environ.get(variable, "").strip().lower() or default
    if found not in allowed:
        where = name if given is not None else variable
        raise ConfigurationError(where, f"must be one of {', '.join(allowed)}", received=f"{found!r:.80}")
    return found
