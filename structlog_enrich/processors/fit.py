"""Bring a line that is too long within its limit, giving up what is missed least."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.processors.encoding import encode
from structlog_enrich.processors.paths import path_text
from structlog_enrich.processors.walk import cut

if TYPE_CHECKING:
    from structlog_enrich.processors.paths import Path

__all__ = ["fit"]

_SHORTEST: Final = 64
_RULE: Final = "max_line"


def fit(line: dict[str, Any], most: int, truncated: list[str]) -> None:
    """Shorten *line* in place until it needs at most *most* bytes, newline included.

    First goes the stack, then the largest texts of the payload, then the context, then the payload, then what else the
    error and the message have too much. The header never goes.

    Args:
        line: A line whose containers no one else holds.
        most: Bytes.
        truncated: Where each cut is noted as `path:max_line`.
    """
    for shorten in (_drop_stack, _shorten_payload, _drop_context, _drop_payload, _drop_details, _shorten_rest):
        if _size(line) + _notes_size(truncated) <= most:
            return
        shorten(line, most, truncated)


def _size(line: dict[str, Any]) -> int:
    return len(encode(line)) + 1


def _notes_size(truncated: list[str]) -> int:
    # The notes join the line only afterwards; each cut below adds at most one or, for texts, one for each.
    return 2 * sum(len(note.encode()) + 3 for note in truncated) + 256


def _drop_stack(line: dict[str, Any], _most: int, truncated: list[str]) -> None:
    error = line.get("error")
    if isinstance(error, dict) and error.pop("stack", None) is not None:
        truncated.append(f"error.stack:{_RULE}")


def _shorten_payload(line: dict[str, Any], most: int, truncated: list[str]) -> None:
    # Halve the longest text a payload may have until the line fits, so that the largest pay and small ones stay whole.
    payload = line.get("payload")
    if not isinstance(payload, dict):
        return
    texts = list(_texts(payload, (None, "payload")))
    longest = max((len(holder[key]) for holder, key, _ in texts), default=0)
    shortened: set[str] = set()
    while longest > _SHORTEST and _size(line) + _notes_size(truncated) + sum(map(len, shortened)) * 2 > most:
        longest = max(longest // 2, _SHORTEST)
        for holder, key, path in texts:
            if len(holder[key]) > longest:
                holder[key] = cut(holder[key], longest)
                shortened.add(f"{path_text(path)}:{_RULE}")
    truncated.extend(sorted(shortened))


def _texts(value: Any, path: Path) -> list[tuple[Any, Any, Path]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[tuple[Any, Any, Path]] = []
    for key, item in items:
        if isinstance(item, str):
            found.append((value, key, (path, key)))
        elif isinstance(item, dict | list):
            found.extend(_texts(item, (path, key)))
    return found


def _drop_context(line: dict[str, Any], _most: int, truncated: list[str]) -> None:
    if line.pop("context", None) is not None:
        truncated.append(f"context:{_RULE}")


def _drop_payload(line: dict[str, Any], _most: int, truncated: list[str]) -> None:
    if line.pop("payload", None) is not None:
        truncated[:] = [note for note in truncated if not note.startswith("payload")]
        truncated.append(f"payload:{_RULE}")


def _drop_details(line: dict[str, Any], _most: int, truncated: list[str]) -> None:
    error = line.get("error")
    if isinstance(error, dict):
        for name in ("notes", "causes", "exceptions"):
            if error.pop(name, None) is not None:
                truncated.append(f"error.{name}:{_RULE}")


def _shorten_rest(line: dict[str, Any], most: int, truncated: list[str]) -> None:
    # What is left that a call can make long. A sixteenth each leaves room for six bytes a character.
    longest = most // 16 // 6
    for name in ("baggage", "extensions", "span", "redacted"):
        if len(encode({"": line.get(name)})) > most // 16:
            del line[name]
            truncated.append(f"{name}:{_RULE}")
    for holder, name, path in ((line, "message", "message"), (line.get("error"), "message", "error.message")):
        if isinstance(holder, dict) and len(holder.get(name, "")) > longest:
            holder[name] = cut(holder[name], longest)
            truncated.append(f"{path}:{_RULE}")
