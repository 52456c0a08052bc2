"""The second walk, over what the first has written: taken only when a text of the line may hold a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog_enrich.processors.walk import Walk
    from structlog_enrich.redaction.compiled import Compiled
    from structlog_enrich.redaction.matcher import PathState
    from structlog_enrich.redaction.paths import Path

__all__ = ["scanned"]


def scanned(part: Any, path: Path | None, state: PathState | None, walk: Walk, compiled: Compiled) -> Any:
    """Return a part of the line without the secrets in its texts; containers, the walk's own, are changed in place.

    Args:
        part: What the walk wrote.
        path: Where it stands.
        state: Where that is in the policy's paths: what is allowed stays with all that is in it.
        walk: The walk, which notes what was found.
        compiled: What is a secret.
    """
    kind = type(part)
    if compiled.keeps(state) or (walk.settled and path in walk.settled):
        return part
    if kind is str and path is not None:
        return walk.rescanned(part, path, "max_stack" if path[1] == "stack" and _is_error(path) else "max_string")
    if kind is dict:
        for name, each in part.items():
            part[name] = scanned(each, (path, name), None if state is None else state.step(name), walk, compiled)
    elif kind is list:
        for index, each in enumerate(part):
            part[index] = scanned(each, (path, index), None if state is None else state.step(index), walk, compiled)
    return part


def _is_error(path: Path) -> bool:
    outer = path[0]
    while outer is not None:
        if outer[0] is None:
            return outer[1] == "error"
        outer = outer[0]
    return False
