"""The parts of a line that an `Envelope` made, each walked so that its shape stays what readers know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from structlog_enrich.redaction.markers import DROP, marker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structlog_enrich.processors.walk import Walk
    from structlog_enrich.redaction.matcher import PathState
    from structlog_enrich.redaction.paths import Path

__all__ = ["flatten", "message_of", "part_of"]


def part_of(name: str, value: Any, walk: Walk, state: PathState | None) -> Any:
    """Return what is written for a part of the line.

    Args:
        name: Its name at the top of the line.
        value: What an envelope, or a stage behind it, put there.
        walk: The walk of this line.
        state: Where the part stands in the policy's paths.
    """
    path = (None, name)
    if name == "error":
        return _error(value, path, walk, state)
    if name == "span" and type(value) is dict:
        return _span(value, path, walk, state)
    if name in {"context", "payload"} and type(value) is dict:
        return _data(value, path, walk, state)
    if name in {"message", "operation"}:
        found = walk.item(value, path, 1, state)
        # Without it a reader would take the line for one of another kind.
        return marker("path") if found is DROP and name == "operation" else found
    return walk.item(value, path, 1, state, name)


def message_of(value: Any, walk: Walk) -> str:
    """Return the line's message: a text as it is, anything else rendered, as JSON when it has parts."""
    if value is None or value is DROP:
        return ""
    return value if type(value) is str else walk.shown(orjson.dumps(value).decode(), (None, "message"))


def flatten(written: Any, names: Iterable[str], path: Path, walk: Walk) -> None:
    """Turn what has parts into JSON text, under each of *names* that *written* has."""
    if type(written) is not dict:
        return
    for name in names:
        if type(written.get(name)) in {dict, list}:
            written[name] = walk.shown(orjson.dumps(written[name]).decode(), (path, name))


def _data(data: dict[str, Any], path: Path, walk: Walk, state: PathState | None) -> Any:
    if state is None or state.path is None:
        # Readers know no part without an entry.
        return walk.mapping(data, path, 0, state, walk.compiled.fields(data)) or (DROP if data else data)
    # What readers know as an object stays one: a path that means it means each of its entries.
    written: dict[str, Any] = {}
    for key, each in data.items():
        name = walk.name(key, written, path, is_known=False)
        found = walk.item(each, (path, name), 1, state, key)
        if found is not DROP:
            written[name] = found
    return written or DROP


def _span(span: dict[str, Any], path: Path, walk: Walk, state: PathState | None) -> dict[str, Any]:
    # Which span it is and how it went is the library's own; how it is called, and its attributes, come from outside.
    written: dict[str, Any] = {}
    for name, each in span.items():
        below = None if state is None else state.step(name)
        if name == "attributes":
            found = _data(each, (path, name), walk, below if state is None or state.path is None else state)
            if found is not DROP:
                written[name] = found
        elif name in {"name", "peer", "outcome"}:
            found = walk.item(each, (path, name), 1, below)
            written[name] = marker("path") if found is DROP else found
        else:
            written[name] = each
    return written


def _error(part: Any, path: Path, walk: Walk, state: PathState | None, limit: str = "max_string") -> Any:
    # Made by `ErrorDetails` and bounded there: only its texts come from outside, and its shape must stay. So a path
    # that means a part of it means each text in it.
    if type(part) is dict:
        return {
            name: _error(each, (path, name), walk, _below(state, name), "max_stack" if name == "stack" else limit)
            for name, each in part.items()
        }
    if type(part) is list:
        return [_error(each, (path, index), walk, _below(state, index), limit) for index, each in enumerate(part)]
    # A fingerprint holds no data, and a marker would be none.
    if state is None or state.path is None or path[1] == "fingerprint":
        return walk.text(part, path, limit)
    found = walk.item(part, path, 1, state)
    return marker("path") if found is DROP else found


def _below(state: PathState | None, name: str | int) -> PathState | None:
    return state if state is None or state.path is not None else state.step(name)
